"""What two single drugs lead one to expect of the pair, and how far a measured pair lies from it.

Two expectations: Bliss (the drugs act independently) and HSA (the pair does what the better drug does alone).
On fractions of control Bliss multiplies; on log2 fold changes and z scores it adds. Errors are those of
independent replicates, carried through the formula. Positive excess means more effect than expected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
NullModel = Literal["product", "sum"]

NULL_MODEL: dict[str, NullModel] = {
    "fraction_of_control": "product",
    "log2_fold_change": "sum",
    "z": "sum",
}
"""How independent effects join on each scale; other scales have no such rule and get no prediction."""


@dataclass(frozen=True)
class Expectation:
    """The expected value of a pair.

    Parameters
    ----------
    value : (n,) array
        On the scale of the singles.
    se : (n,) array
        Standard error; NaN where that of a single drug is not known.
    degrees : (n,) array
        Degrees of freedom of `se` (Welch and Satterthwaite).
    """

    value: Floats
    se: Floats
    degrees: Floats


@dataclass(frozen=True)
class Excess:
    """How much more a measured pair does than expected, with its standard error."""

    value: Floats
    se: Floats


def bliss_expectation(
    value_a: ArrayLike,
    value_b: ArrayLike,
    *,
    model: NullModel,
    se_a: ArrayLike = np.nan,
    se_b: ArrayLike = np.nan,
    degrees_a: ArrayLike = np.inf,
    degrees_b: ArrayLike = np.inf,
    background: ArrayLike | None = None,
) -> Expectation:
    """Expected value of the pair where the drugs act independently.

    Parameters
    ----------
    value_a, value_b : (n,) arrays
        Effects of the single drugs.
    model : {"product", "sum"}
        How independent effects join on this scale; see `NULL_MODEL`.
    se_a, se_b : (n,) arrays
        Standard errors over independent replicates; NaN where unknown.
    degrees_a, degrees_b : (n,) arrays
        Their degrees of freedom.
    background : (n,) array, optional
        Value of what both singles have in common (a ligand); 1 (product) or 0 (sum) by default. Taken as
        known without error.

    Notes
    -----
    product: E = a b / g,  var E = (a² s_b² + b² s_a² + s_a² s_b²) / g², exact for independent errors.
    sum:     E = a + b − g,  var E = s_a² + s_b².

    References
    ----------
    Bliss 1939, doi:10.1111/j.1744-7348.1939.tb06990.x.

    Examples
    --------
    >>> bliss_expectation([0.5], [0.4], model="product").value.tolist()
    [0.2]
    """
    a, b, sa, sb, da, db = np.broadcast_arrays(
        *(np.asarray(item, dtype=np.float64) for item in (value_a, value_b, se_a, se_b, degrees_a, degrees_b))
    )
    if model == "product":
        g = np.ones_like(a) if background is None else np.asarray(background, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(g > 0, a * b / g, np.nan)
            part_a, part_b = (b * sa / g) ** 2, (a * sb / g) ** 2
            variance = part_a + part_b + (sa * sb / g) ** 2
    else:
        g = np.zeros_like(a) if background is None else np.asarray(background, dtype=np.float64)
        value = a + b - g
        part_a, part_b = sa**2, sb**2
        variance = part_a + part_b
    return Expectation(value, np.sqrt(variance), joined_degrees((part_a, part_b), (da, db)))


def joined_degrees(variances: tuple[Floats, ...], degrees: tuple[Floats, ...]) -> Floats:
    """Degrees of freedom of a sum of variances, by Welch and Satterthwaite."""
    total = np.sum(variances, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.sum(
            [np.where(d > 0, v**2 / d, np.inf) for v, d in zip(variances, degrees, strict=True)], axis=0
        )
        joined: Floats = np.where(parts > 0, total**2 / parts, np.inf)
    return joined


def bliss_excess(measured: ArrayLike, se: ArrayLike, expected: Expectation) -> Excess:
    """Expected less measured: positive where the pair does more than independence expects.

    Parameters
    ----------
    measured, se : (n,) arrays
        The pair's value and its standard error over independent replicates (NaN where unknown).
    expected : Expectation
        From `bliss_expectation`, on the same scale.
    """
    value = np.asarray(measured, dtype=np.float64)
    return Excess(expected.value - value, np.hypot(np.asarray(se, dtype=np.float64), expected.se))


def hsa_excess(
    measured: ArrayLike,
    se: ArrayLike,
    value_a: ArrayLike,
    value_b: ArrayLike,
    *,
    se_a: ArrayLike = np.nan,
    se_b: ArrayLike = np.nan,
) -> Excess:
    """The better single less the measured pair: positive where the pair beats the better drug alone.

    Notes
    -----
    The smaller of two noisy values is biased downward, so that this excess errs on the cautious side.
    """
    a, b, sa, sb = (np.asarray(item, dtype=np.float64) for item in (value_a, value_b, se_a, se_b))
    better = np.minimum(a, b)
    se_better = np.where(a <= b, sa, sb)
    return Excess(
        better - np.asarray(measured, dtype=np.float64),
        np.hypot(np.asarray(se, dtype=np.float64), se_better),
    )


def single_agent_room(
    values_a: ArrayLike, values_b: ArrayLike, *, model: NullModel, background: float | None = None
) -> float:
    """How little of the way the two drugs alone already go: mean over dose pairs of a b − min(a, b).

    Parameters
    ----------
    values_a : (n_doses_a,) array
        Effect of the first drug alone at each of its doses.
    values_b : (n_doses_b,) array
        The same of the second.
    model : {"product", "sum"}
        Scale of the values. Sums (log2 fold changes) are turned into fractions first.
    background : float, optional
        Value of what the singles have in common.

    Returns
    -------
    float
        Near 0 where at least one drug does nothing alone, about −0.25 where both halve the cells; NaN where
        a drug was not measured alone.

    Examples
    --------
    >>> single_agent_room([0.5], [0.5], model="product")
    -0.25
    """
    a = np.asarray(values_a, dtype=np.float64)[:, None]
    b = np.asarray(values_b, dtype=np.float64)[None, :]
    if a.size == 0 or b.size == 0:
        return float("nan")
    if model == "sum":
        ground = 0.0 if background is None else background
        a, b = np.exp2(a - ground), np.exp2(b - ground)
    elif background is not None:
        a, b = a / background, b / background
    return float(np.mean(a * b - np.minimum(a, b)))


def pooled_deviation(se: ArrayLike, n: ArrayLike) -> tuple[float, int]:
    """Standard deviation between replicates, pooled over conditions, with its degrees of freedom.

    Parameters
    ----------
    se : (n_conditions,) array
        Standard error of each condition; NaN where there is one replicate.
    n : (n_conditions,) array
        Independent replicates of each.

    Returns
    -------
    tuple of float and int
        s² = Σ (n − 1) n se² / Σ (n − 1); NaN and 0 where no condition has two replicates.

    Examples
    --------
    >>> pooled_deviation([1.0, float("nan")], [4, 1])
    (2.0, 3)
    """
    errors, counts = np.asarray(se, dtype=np.float64), np.asarray(n, dtype=np.float64)
    used = np.isfinite(errors) & (counts > 1)
    degrees = int(np.sum(counts[used] - 1))
    if degrees == 0:
        return float("nan"), 0
    variance = np.sum((counts[used] - 1) * counts[used] * errors[used] ** 2) / degrees
    return float(np.sqrt(variance)), degrees
