"""Can this study's data be predicted? Held-out tasks, every member beside the baselines, on the same rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.model.design import Design
from kinescape.model.fit import fit_hierarchical
from kinescape.model.held_out.budget import asked_in, planned_splits
from kinescape.model.held_out.scoring import Entries, coverage, interval, pearson, resampled_rmse, rmse
from kinescape.model.held_out.tasks import TASKS, Split, Task, splits
from kinescape.model.members import MEMBERS, Member, members_for, why_left_out
from kinescape.model.prediction import Prediction

VALIDATION_SCHEMA: dict[str, pl.DataType] = {
    "task": pl.String(),
    "dataset": pl.String(),
    "method": pl.String(),
    "rmse": pl.Float64(),
    "rmse_low": pl.Float64(),
    "rmse_high": pl.Float64(),
    "pearson": pl.Float64(),
    "coverage90": pl.Float64(),
    "n_units": pl.Int32(),
    "cpu_seconds": pl.Float64(),
}
COMPARISON_SCHEMA: dict[str, pl.DataType] = {
    "task": pl.String(),
    "dataset": pl.String(),
    "method": pl.String(),
    "baseline": pl.String(),
    "difference": pl.Float64(),
    "difference_low": pl.Float64(),
    "difference_high": pl.Float64(),
    "n_units": pl.Int32(),
}
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Held:
    """Predictions of one method for the held-out entries of one task, in original units.

    Parameters
    ----------
    predicted, low, high : (n,) array
        Means and 90 % intervals; low and high are None for methods without one.
    cpu_seconds : float
        For all the fits and predictions of the task; that of a shared core counts for each member.
    """

    predicted: NDArray[np.float64]
    low: NDArray[np.float64] | None
    high: NDArray[np.float64] | None
    cpu_seconds: float


@dataclass(frozen=True)
class Validation:
    """What was held out, and how well each method predicted it.

    Parameters
    ----------
    table : polars.DataFrame
        One row a task and method; the columns of `VALIDATION_SCHEMA`. RMSE in original units, pooled over
        entries; its interval is the middle 90 % over resampled held-out units; `coverage90` is null for
        methods without an interval.
    comparisons : polars.DataFrame
        RMSE of each member minus that of each baseline, resampled in pairs; below zero is better.
    impossible : tuple of (dataset, task, reason)
        What the study does not allow.
    entries : mapping of (dataset, task) to Entries
        What was measured.
    held : mapping of (dataset, task, method) to Held
        What was predicted.
    """

    table: pl.DataFrame
    comparisons: pl.DataFrame
    impossible: tuple[tuple[str, str, str], ...]
    entries: dict[tuple[str, str], Entries]
    held: dict[tuple[str, str, str], Held]

    def best(self, task: str, dataset: str, *, baselines_only: bool = False) -> str | None:
        """Name of the method with the lowest RMSE in a task; None where the task was impossible."""
        rows = self.table.filter((pl.col("task") == task) & (pl.col("dataset") == dataset))
        if baselines_only:
            rows = rows.filter(pl.col("method").is_in([member.name for member in MEMBERS if member.baseline]))
        return None if rows.is_empty() else str(rows.sort("rmse", "method")["method"][0])


def dataset_name(design: Design, dataset: str) -> str:
    """Name of one design of a data set: its own name for log2 fold changes, else with what was measured."""
    if design.scale == "log2_fold_change":
        return dataset
    what = design.readouts[0] if len(design.readouts) == 1 else design.scale
    return f"{dataset}: {what}"


def impossible_tasks(
    designs: Design | Iterable[Design],
    tasks: Sequence[Task] = TASKS,
    *,
    dataset: str = "study",
    seed: int = 0,
) -> tuple[tuple[str, str, str], ...]:
    """Held-out tasks that a study does not allow, each with the reason.

    Returns
    -------
    tuple of (dataset, task, reason)
    """
    found = []
    for design in _listed(designs):
        for task in tasks:
            reason = splits(design, task, seed)
            if isinstance(reason, str):
                found.append((dataset_name(design, dataset), task, reason))
    return tuple(found)


def validate(
    designs: Design | Iterable[Design],
    tasks: Sequence[Task] = TASKS,
    *,
    dataset: str = "study",
    seed: int = 0,
    members: tuple[Member, ...] = MEMBERS,
    repeats: int | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Hold out what the study allows and score every member beside the baselines.

    Parameters
    ----------
    designs : Design or iterable of Design
        From `build_designs`; each is scored for itself.
    tasks : sequence of str
        Of `TASKS`.
    dataset : str
        Name in the table.
    seed : int
        Decides folds, seen conditions and resampling.
    members : tuple of Member
        Methods to score.
    repeats : int, optional
        Random partitions; by default five for up to 150 rows, three beyond.
    progress : callable, optional
        Called with a sentence before each fit.

    Returns
    -------
    Validation
        With `.table` in the columns task, dataset, method, rmse, rmse_low, rmse_high, pearson, coverage90,
        n_units, cpu_seconds.

    Notes
    -----
    Everything but `cpu_seconds` depends only on the design and the seed. Large designs are tested in part
    (`kinescape.model.held_out.budget`); what is left out is told by `kinescape.model.fit_notes.model_checks`.
    """
    rows: list[dict[str, object]] = []
    comparisons: list[dict[str, object]] = []
    impossible: list[tuple[str, str, str]] = []
    all_entries: dict[tuple[str, str], Entries] = {}
    all_held: dict[tuple[str, str, str], Held] = {}
    for design in _listed(designs):
        name = dataset_name(design, dataset)
        used = members_for(design, members)
        for member in members:
            if member not in used:
                reason = why_left_out(design, member) or "a baseline is enough"
                impossible.append((name, f"all tasks, {member.name}", reason))
        for task in tasks:
            found, _ = planned_splits(design, task, seed, used, repeats=repeats)
            if isinstance(found, str):
                impossible.append((name, task, found))
                continue
            entries = _entries(design, found)
            asked = asked_in(task, design, used)
            held = _hold_out(design, found, asked, f"{name}: {task.replace('_', ' ')}", progress)
            rows.extend(_scored(task, name, method, entries, result, seed) for method, result in held.items())
            comparisons.extend(_compared(task, name, asked, entries, held, seed))
            all_entries[name, task] = entries
            all_held.update({(name, task, method): result for method, result in held.items()})
    return Validation(
        pl.DataFrame(rows, schema=VALIDATION_SCHEMA),
        pl.DataFrame(comparisons, schema=COMPARISON_SCHEMA),
        tuple(impossible),
        all_entries,
        all_held,
    )


def _listed(designs: Design | Iterable[Design]) -> list[Design]:
    return [designs] if isinstance(designs, Design) else list(designs)


def _entries(design: Design, found: list) -> Entries:
    """Every measured entry of every test row; a unit keeps its number over all the splits."""
    names = sorted({str(name) for split in found for name in split.unit[split.test]})
    number = {name: index for index, name in enumerate(names)}
    values, units = [], []
    for split in found:
        response = design.response[split.test]
        seen = ~np.isnan(response)
        unit = np.array([number[str(name)] for name in split.unit[split.test]])
        values.append(design.original(response[seen]))
        units.append(np.broadcast_to(unit[:, None], response.shape)[seen])
    return Entries(np.concatenate(values), np.concatenate(units).astype(np.int64))


class _Told:
    """What one member predicted so far, and the time that it took."""

    def __init__(self) -> None:
        self.parts: tuple[list[NDArray], list[NDArray], list[NDArray]] = ([], [], [])
        self.seconds = 0.0

    def add(self, prediction: Prediction, seen: NDArray) -> None:
        for parts, values in zip(self.parts, (prediction.mean, prediction.low, prediction.high), strict=True):
            if values is not None:
                parts.append(values[seen])

    def held(self, design: Design) -> Held:
        mean, low, high = (design.original(np.concatenate(parts)) if parts else None for parts in self.parts)
        return Held(np.zeros(0) if mean is None else mean, low, high, self.seconds)


def _hold_out(
    design: Design, found: list[Split], asked: tuple[Member, ...], what: str, progress: Progress | None
) -> dict[str, Held]:
    """Every member on every split; the core of a split is fitted once, and one at a time is kept."""
    told = {member.name: _Told() for member in asked}
    shared = [member for member in asked if member.on_core is not None]
    for number, split in enumerate(found, start=1):
        train, rows = design.take(split.train), design.rows.take(split.test)
        seen = ~np.isnan(design.response[split.test])
        core, begun = None, time.process_time()
        if shared:
            if progress is not None:
                progress(f"{what}, {number} of {len(found)}, core")
            core = fit_hierarchical(train)
        for_core = time.process_time() - begun
        for member in asked:
            if progress is not None:
                progress(f"{what}, {number} of {len(found)}, {member.name}")
            begun = time.process_time()
            fitted = (
                member.fit(train) if member.on_core is None or core is None else member.on_core(train, core)
            )
            told[member.name].add(fitted.predict(rows), seen)
            told[member.name].seconds += time.process_time() - begun
        for member in shared:
            told[member.name].seconds += for_core
    return {name: one.held(design) for name, one in told.items()}


def _scored(
    task: str, dataset: str, method: str, entries: Entries, held: Held, seed: int
) -> dict[str, object]:
    error = held.predicted - entries.measured
    low, high = interval(resampled_rmse(error, entries.unit, seed))
    covered = (
        None if held.low is None or held.high is None else coverage(entries.measured, held.low, held.high)
    )
    return {
        "task": task,
        "dataset": dataset,
        "method": method,
        "rmse": rmse(error),
        "rmse_low": low,
        "rmse_high": high,
        "pearson": pearson(held.predicted, entries.measured),
        "coverage90": covered,
        "n_units": entries.n_units,
        "cpu_seconds": held.cpu_seconds,
    }


def _compared(
    task: str, dataset: str, used: tuple[Member, ...], entries: Entries, held: dict[str, Held], seed: int
) -> list[dict[str, object]]:
    errors = {name: result.predicted - entries.measured for name, result in held.items()}
    drawn = {name: resampled_rmse(error, entries.unit, seed) for name, error in errors.items()}
    found = []
    for member in used:
        for baseline in used:
            if member.baseline or not baseline.baseline:
                continue
            low, high = interval(drawn[member.name] - drawn[baseline.name])
            found.append(
                {
                    "task": task,
                    "dataset": dataset,
                    "method": member.name,
                    "baseline": baseline.name,
                    "difference": rmse(errors[member.name]) - rmse(errors[baseline.name]),
                    "difference_low": low,
                    "difference_high": high,
                    "n_units": entries.n_units,
                }
            )
    return found
