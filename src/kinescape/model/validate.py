"""Can this study's data be predicted? Held-out tasks, every member beside the baselines, on the same rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.model.design import Design
from kinescape.model.fit import HierarchicalFit, fit_hierarchical
from kinescape.model.members import MEMBERS, Member, members_for, why_left_out
from kinescape.model.scoring import Entries, coverage, interval, pearson, resampled_rmse, rmse
from kinescape.model.tasks import TASKS, Split, Task, splits

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
    Everything but `cpu_seconds` depends only on the design and the seed.
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
            found = splits(design, task, seed, repeats=repeats)
            if isinstance(found, str):
                impossible.append((name, task, found))
                continue
            entries = _entries(design, found)
            held = {}
            asked = tuple(member for member in used if member.tasks is None or task in member.tasks)
            cores = _cores(design, found) if any(member.on_core for member in asked) else None
            for member in asked:
                if progress is not None:
                    progress(f"{name}: {task.replace('_', ' ')}, {member.name}")
                held[member.name] = _hold_out(design, found, member, cores)
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


@dataclass(frozen=True)
class _Cores:
    """The hierarchical core of each split, which several members build on, and the time that all took."""

    fits: list[HierarchicalFit]
    cpu_seconds: float


def _cores(design: Design, found: list[Split]) -> _Cores:
    begun = time.process_time()
    fits = [fit_hierarchical(design.take(split.train)) for split in found]
    return _Cores(fits, time.process_time() - begun)


def _hold_out(design: Design, found: list[Split], member: Member, cores: _Cores | None) -> Held:
    means, lows, highs = [], [], []
    begun = time.process_time()
    for number, split in enumerate(found):
        train = design.take(split.train)
        if member.on_core is not None and cores is not None:
            fitted = member.on_core(train, cores.fits[number])
        else:
            fitted = member.fit(train)
        prediction = fitted.predict(design.rows.take(split.test))
        seen = ~np.isnan(design.response[split.test])
        means.append(prediction.mean[seen])
        if prediction.low is not None and prediction.high is not None:
            lows.append(prediction.low[seen])
            highs.append(prediction.high[seen])
    seconds = time.process_time() - begun
    if member.on_core is not None and cores is not None:
        seconds += cores.cpu_seconds

    def whole(parts: list[NDArray]) -> NDArray | None:
        return design.original(np.concatenate(parts)) if parts else None

    mean = whole(means)
    return Held(np.zeros(0) if mean is None else mean, whole(lows), whole(highs), seconds)


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
