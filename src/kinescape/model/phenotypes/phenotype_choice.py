"""Which level of data predicts the phenotype of a combination here: held-out pairs of this study decide.

Two questions are told apart: a combination that no sample was given, and one that another sample was given. A pair is
held out with all its doses. The single drugs' effects added (Bliss) answer unless another level's error is smaller by
an interval that leaves out zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import t as student

from kinescape.foundation.randomness import generator
from kinescape.measurements.conditions import Condition
from kinescape.model.design import Design
from kinescape.model.held_out.scoring import coverage, interval, pearson, resampled_rmse, rmse
from kinescape.model.members import SINGLES
from kinescape.model.phenotypes.phenotype_levels import Phenotype, levels_for, phenotypes_of
from kinescape.model.prediction import INTERVAL

FEWEST_PAIRS = 5
"""With fewer pairs nothing is held out and Bliss answers."""
MOST_FOLDS = 20
Where = Literal["nowhere", "elsewhere"]
WHERE: dict[Where, str] = {
    "nowhere": "no sample was given the pair",
    "elsewhere": "another sample was given the pair",
}
"""The two questions."""
LEVELS_SCHEMA: dict[str, pl.DataType] = {
    "readout": pl.String(),
    "pair_measured": pl.String(),
    "level": pl.String(),
    "rmse": pl.Float64(),
    "rmse_low": pl.Float64(),
    "rmse_high": pl.Float64(),
    "pearson": pl.Float64(),
    "difference": pl.Float64(),
    "difference_low": pl.Float64(),
    "difference_high": pl.Float64(),
    "coverage90": pl.Float64(),
    "pairs": pl.Int32(),
    "effect_error": pl.Float64(),
    "chosen": pl.Boolean(),
}


@dataclass(frozen=True)
class HeldPairs:
    """What was held out for one question, and what each level made of it.

    Parameters
    ----------
    where : str
        One of `WHERE`.
    measured : (n,) array
        Effects, as the design has them.
    unit : (n,) array of int
        Pair of each entry.
    predicted : mapping of level to (n,) array
        Levels that could tell every entry.
    """

    where: Where
    measured: NDArray[np.float64]
    unit: NDArray[np.int64]
    predicted: dict[str, NDArray[np.float64]]


def compare_levels(designs: Sequence[Design], *, seed: int = 0) -> pl.DataFrame:
    """Hold out this study's pairs and score every level that its data allow, for each phenotype.

    Parameters
    ----------
    designs : sequence of Design
        Signalling first, as `designs_for` makes them.
    seed : int
        Decides folds and resampling.

    Returns
    -------
    polars.DataFrame
        readout, pair_measured (``nowhere`` or ``elsewhere``), level, rmse with its 90 % interval over pairs, pearson,
        difference to `sum_of_singles` with its interval (below zero is better), coverage90 of the level's intervals,
        pairs, effect_error (root mean square of the errors on the scale of effects) and chosen. Without
        `FEWEST_PAIRS` pairs a phenotype has no rows.
    """
    rows: list[dict[str, object]] = []
    for phenotype in phenotypes_of(tuple(designs)):
        for where in WHERE:
            held = hold_out_pairs(phenotype, where, seed)
            if held is not None:
                rows.extend(_scored(phenotype, held, seed))
    return pl.DataFrame(rows, schema=LEVELS_SCHEMA)


def hold_out_pairs(phenotype: Phenotype, where: Where, seed: int = 0) -> HeldPairs | None:
    """Predictions of held-out pairs by every level; None where the study holds too few."""
    design = phenotype.design
    together = design.rows.agent_count > 1
    names = np.array([_pair(text) for text in design.rows.condition.tolist()], dtype=str)
    if where == "elsewhere":
        shared = {
            text
            for text in set(design.rows.condition[together].tolist())
            if len(set(design.rows.sample[design.rows.condition == text].tolist())) > 1
        }
        together = together & np.isin(design.rows.condition, sorted(shared))
    pairs = sorted(set(names[together].tolist()))
    if len(pairs) < FEWEST_PAIRS:
        return None
    measured, unit = [], []
    levels = levels_for(phenotype)
    predicted: dict[str, list[NDArray]] = {name: [] for name in levels}
    for fold in _folds(pairs, seed):
        out = together & np.isin(names, fold)
        everywhere = np.isin(names, fold)
        for sample in range(len(design.samples)) if where == "elsewhere" else (None,):
            test = out if sample is None else out & (design.rows.sample == sample)
            if not test.any():
                continue
            train = design.take(~everywhere if sample is None else ~test)
            signals = _without(phenotype.signals, fold)
            for name, level in levels.items():
                predicted[name].append(level(train, signals, design.rows.take(test)))
            measured.append(design.response[test, 0])
            unit.append(np.array([pairs.index(str(name)) for name in names[test]], dtype=np.int64))
    whole = {name: np.concatenate(parts) for name, parts in predicted.items()}
    return HeldPairs(
        where,
        np.concatenate(measured),
        np.concatenate(unit),
        {name: values for name, values in whole.items() if np.isfinite(values).all()},
    )


def _pair(text: str) -> str:
    return " + ".join(sorted({*Condition.parse(text).agents, *_genetic(text)}))


def _genetic(text: str) -> list[str]:
    return [part.text for part in Condition.parse(text).genetic]


def _folds(pairs: list[str], seed: int) -> list[list[str]]:
    """Each pair for itself, or twenty folds where there are more."""
    if len(pairs) <= MOST_FOLDS:
        return [[pair] for pair in pairs]
    order = generator(seed, "phenotype pairs").permutation(len(pairs))
    edges = np.linspace(0, len(pairs), MOST_FOLDS + 1).astype(int)
    return [[pairs[at] for at in order[low:high]] for low, high in pairwise(edges)]


def _without(signals: Design | None, fold: list[str]) -> Design | None:
    """The signals without those of the pairs that are held out."""
    if signals is None:
        return None
    names = np.array([_pair(text) for text in signals.rows.condition.tolist()], dtype=str)
    return signals.take(~np.isin(names, fold))


def _scored(phenotype: Phenotype, held: HeldPairs, seed: int) -> list[dict[str, object]]:
    design = phenotype.design
    measured = design.original(held.measured)
    error = {name: design.original(values) - measured for name, values in held.predicted.items()}
    drawn = {name: resampled_rmse(one, held.unit, seed) for name, one in error.items()}
    rows: list[dict[str, object]] = []
    for name, one in error.items():
        low, high = interval(drawn[name])
        gap = interval(drawn[name] - drawn[SINGLES.name])
        half = _half_widths(held.predicted[name] - held.measured, held.unit)
        rows.append(
            {
                "readout": phenotype.readout,
                "pair_measured": held.where,
                "level": name,
                "rmse": rmse(one),
                "rmse_low": low,
                "rmse_high": high,
                "pearson": pearson(design.original(held.predicted[name]), measured),
                "difference": rmse(one) - rmse(error[SINGLES.name]),
                "difference_low": gap[0],
                "difference_high": gap[1],
                "coverage90": coverage(
                    held.measured, held.predicted[name] - half, held.predicted[name] + half
                ),
                "pairs": len(np.unique(held.unit)),
                "effect_error": rmse(held.predicted[name] - held.measured),
                "chosen": False,
            }
        )
    better = [row for row in rows if float(str(row["difference_high"])) < 0]
    best = min(better, key=lambda row: float(str(row["rmse"])), default=None)
    chosen = SINGLES.name if best is None else best["level"]
    return [row | {"chosen": row["level"] == chosen} for row in rows]


def half_width(effect_error: float, pairs: int) -> float:
    """Half width of a 90 % interval from the error on so many held-out pairs."""
    return float(student.ppf(0.5 + INTERVAL / 2, max(pairs - 1, 1)) * effect_error)


def _half_widths(error: NDArray, unit: NDArray) -> NDArray[np.float64]:
    """The same for each entry, from the other pairs only."""
    units = np.unique(unit)
    found = np.zeros(len(error))
    for one in units:
        found[unit == one] = half_width(rmse(error[unit != one]), len(units) - 1)
    return found
