"""The tables of a scored screen: values with errors, intervals, tests and false discovery rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix
from kinescape.assays.viability.combination_scoring.musyc_problem import LARGEST_ALPHA
from kinescape.assays.viability.combination_scoring.musyc_surface import PARAMETERS
from kinescape.assays.viability.combination_scoring.synergy_noise import CellNoise
from kinescape.assays.viability.musyc import t_interval
from kinescape.measurements.false_discovery import false_discovery_rate
from kinescape.measurements.replicate_error import moderated_error

if TYPE_CHECKING:
    from kinescape.assays.viability.combination_scoring.matrix_scores import Scored

Floats = NDArray[np.float64]
POINTS = 100.0
"""Scores are percentage points."""
_ENOUGH_TO_STEADY = 6
"""Fewer replicated matrices do not tell what variance is usual: each keeps its own."""


def score_frame(
    matrices: Sequence[DoseMatrix],
    reasons: Sequence[str],
    scored: Sequence[Scored | None],
    replicates: Mapping[int, list[Scored]],
    noise: CellNoise,
    *,
    level: float,
    scores: tuple[str, ...],
) -> pl.DataFrame:
    """One row a matrix; see `SynergyResults.scores`."""
    count = len(matrices)
    basis = ["replicates" if index in replicates else noise.basis[index] for index in range(count)]
    columns: dict[str, Any] = {
        "block": [matrix.name for matrix in matrices],
        "sample": [matrix.sample for matrix in matrices],
        "drugs": [matrix.pair for matrix in matrices],
        "status": ["not scored" if reason else "scored" for reason in reasons],
        "reason": [reason or None for reason in reasons],
        "combinations": [int(((matrix.doses > 0).sum(axis=1) > 1).sum()) for matrix in matrices],
        "replicates": [len(replicates[i]) if i in replicates else 1 for i in range(count)],
        "noise": basis,
        "noise_sd": _known(POINTS * np.sqrt(noise.variance)),
    }
    for name in scores:
        columns.update(_score_columns(name, matrices, scored, replicates, noise, level))
    stacked = np.array([columns[name] for name in scores], dtype=np.float64).reshape(len(scores), count)
    columns["least"] = _known(
        np.where(np.isfinite(stacked).any(axis=0), np.nanmin(stacked, axis=0, initial=np.inf), np.nan)
    )
    columns["curve_note"] = [(one.note.strip() or None) if one is not None else None for one in scored]
    columns.update(_musyc_columns(scored, replicates, level))
    types = {name: pl.Float64 for name in columns if name not in _TEXTS and name not in _COUNTS}
    return pl.DataFrame(
        columns, schema_overrides={**types, **dict.fromkeys(_TEXTS, pl.String)} | _COUNT_TYPES
    )


_TEXTS = ("block", "sample", "drugs", "status", "reason", "noise", "musyc_status", "curve_note")
_COUNTS = ("combinations", "replicates")
_COUNT_TYPES: dict[str, Any] = dict.fromkeys(_COUNTS, pl.Int64)


def _score_columns(
    name: str,
    matrices: Sequence[DoseMatrix],
    scored: Sequence[Scored | None],
    replicates: Mapping[int, list[Scored]],
    noise: CellNoise,
    level: float,
) -> dict[str, list[float | None]]:
    count = len(matrices)
    value, error, degrees = np.full(count, np.nan), np.full(count, np.nan), np.zeros(count)
    for index, one in enumerate(scored):
        if one is None or name not in one.mean:
            continue
        value[index] = one.mean[name]
        if name in one.jacobian and np.isfinite(noise.variance[index]):
            error[index] = mean_error(one, name, _cell_variance(matrices[index], noise.variance[index]))
            degrees[index] = noise.degrees[index]
    tested = _by_replicates(replicates, value, error, degrees, lambda one: one.mean.get(name, np.nan))
    low, high, p_value = t_interval(value, error, degrees, level)
    p_value = np.where(tested, p_value, np.nan)
    return {
        name: _known(POINTS * value),
        f"{name}_se": _known(POINTS * error),
        f"{name}_low": _known(POINTS * low),
        f"{name}_high": _known(POINTS * high),
        f"{name}_p": _known(p_value),
        f"{name}_fdr": _known(false_discovery_rate(p_value)),
    }


def _by_replicates(
    replicates: Mapping[int, list[Scored]], value: Floats, error: Floats, degrees: Floats, read: Any
) -> NDArray[np.bool_]:
    """Replace value, error and degrees of freedom (in place) where replicates tell them; says where."""
    count = value.size
    own, number = np.full(count, np.nan), np.ones(count)
    for index, several in replicates.items():
        found = np.array([read(one) for one in several], dtype=np.float64)
        found = found[np.isfinite(found)]
        if found.size > 1:
            value[index] = found.mean()
            own[index], number[index] = found.std(ddof=1) / np.sqrt(found.size), found.size
        elif found.size:
            error[index] = np.nan
    known = np.isfinite(own)
    if known.sum() >= _ENOUGH_TO_STEADY:
        steadied = moderated_error(own[known], number[known])
        error[known], degrees[known] = steadied.se, steadied.degrees
    else:
        error[known], degrees[known] = own[known], number[known] - 1
    return known


def _musyc_columns(
    scored: Sequence[Scored | None], replicates: Mapping[int, list[Scored]], level: float
) -> dict[str, list[Any]]:
    count = len(scored)
    parts = [one.musyc if one is not None else {"status": "not scored"} for one in scored]
    columns: dict[str, list[Any]] = {"musyc_status": [str(part["status"]) for part in parts]}
    degrees = np.array([part.get("degrees", 0.0) for part in parts], dtype=np.float64)
    for name, key in (("alpha12", "log_alpha12"), ("alpha21", "log_alpha21"), ("beta", "beta")):
        value = np.array([part.get(key, np.nan) for part in parts], dtype=np.float64)
        error = np.array([part.get(f"{key}_se", np.nan) for part in parts], dtype=np.float64)
        own = degrees.copy()
        tested = _by_replicates(replicates, value, error, own, _reader(key))
        low, high, p_value = t_interval(value, error, own, level)
        p_value = np.where(tested & np.isfinite(value), p_value, np.nan)
        columns[name] = _known(_alpha(value) if key != "beta" else value)
        columns[f"{name}_low"] = _known(_alpha(low) if key != "beta" else low)
        columns[f"{name}_high"] = _known(_alpha(high) if key != "beta" else high)
        columns[f"{name}_p"] = _known(p_value)
        columns[f"{name}_fdr"] = _known(false_discovery_rate(p_value))
    values = np.stack([part.get("parameters", np.full(10, np.nan)) for part in parts]).reshape(count, 10)
    for at, name in enumerate(PARAMETERS[:8]):
        shown = values[:, at] if at < 4 else np.exp(values[:, at])
        columns[name.removeprefix("log_")] = _known(shown)
    columns["r_squared"] = _known(
        np.array([part.get("r_squared", np.nan) for part in parts], dtype=np.float64)
    )
    return columns


def _alpha(logarithm: Floats) -> Floats:
    """The factor, within what can be told at all."""
    return np.exp(np.clip(logarithm, -np.log(LARGEST_ALPHA), np.log(LARGEST_ALPHA)))


def _reader(key: str) -> Any:
    return lambda one: one.musyc.get(key, np.nan)


def mean_error(one: Scored, name: str, variance: Floats) -> float:
    """Standard error of the mean excess, from the variances of the cells."""
    there = np.isfinite(one.excess[name])
    if not there.any():
        return float("nan")
    gradient = one.jacobian[name][there].mean(axis=0)
    return float(np.sqrt(np.nansum(gradient**2 * variance)))


def _cell_variance(matrix: DoseMatrix, variance: float) -> Floats:
    """Variance of the mean of each cell: more wells, less."""
    return variance / np.maximum(matrix.wells.sum(axis=0), 1.0)


def cell_frame(
    matrices: Sequence[DoseMatrix],
    scored: Sequence[Scored | None],
    replicates: Mapping[int, list[Scored]],
    noise: CellNoise,
    *,
    scores: tuple[str, ...],
) -> pl.DataFrame:
    """One row a measured combination of doses; see `SynergyResults.cells`."""
    width = max(len(matrix.drugs) for matrix in matrices)
    parts: list[dict[str, Any]] = []
    for index, (matrix, one) in enumerate(zip(matrices, scored, strict=True)):
        cells = matrix.doses.shape[0]
        part: dict[str, Any] = {"block": [matrix.name] * cells, "sample": [matrix.sample] * cells}
        for drug in range(width):
            given = drug < len(matrix.drugs)
            part[f"dose_{drug + 1}"] = matrix.doses[:, drug] if given else np.full(cells, np.nan)
        part["inhibition"] = POINTS * matrix.mean
        part["wells"] = matrix.wells.sum(axis=0)
        several = replicates.get(index)
        variance = _cell_variance(matrix, noise.variance[index])
        part["inhibition_se"] = POINTS * (_spread(list(matrix.inhibition)) if several else np.sqrt(variance))
        for name in scores:
            part[name], part[f"{name}_se"] = _cell_excess(one, several, name, variance, cells)
        parts.append(part)
    names = list(parts[0])
    joined = {name: np.concatenate([np.asarray(part[name]) for part in parts]) for name in names}
    frame = pl.DataFrame(joined, schema_overrides={"block": pl.String, "sample": pl.String})
    return frame.with_columns(pl.selectors.float().fill_nan(None)).filter(pl.col("inhibition").is_not_null())


def _cell_excess(
    one: Scored | None, several: list[Scored] | None, name: str, variance: Floats, cells: int
) -> tuple[Floats, Floats]:
    nothing = np.full(cells, np.nan)
    if one is None or name not in one.excess:
        return nothing, nothing
    if several:
        stack = [each.excess.get(name, nothing) for each in several]
        there = np.isfinite(stack)
        total = np.where(there, stack, 0.0).sum(axis=0)
        mean = np.where(there.any(axis=0), total / np.maximum(there.sum(axis=0), 1), np.nan)
        return POINTS * mean, POINTS * _spread(stack)
    if name not in one.jacobian:
        return POINTS * one.excess[name], nothing
    error = np.sqrt((one.jacobian[name] ** 2) @ np.nan_to_num(variance))
    known = np.isfinite(one.excess[name]) & np.isfinite(variance)
    return POINTS * one.excess[name], POINTS * np.where(known, error, np.nan)


def _spread(stack: list[Floats]) -> Floats:
    """Standard error over replicates; NaN where there are fewer than two."""
    values = np.stack(stack)
    number = np.isfinite(values).sum(axis=0)
    safe = np.where(np.isfinite(values), values, 0.0)
    mean = safe.sum(axis=0) / np.maximum(number, 1)
    squares = (np.where(np.isfinite(values), values - mean, 0.0) ** 2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(number > 1, np.sqrt(squares / (number - 1) / number), np.nan)


def _known(values: Floats) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in np.asarray(values, dtype=np.float64)]
