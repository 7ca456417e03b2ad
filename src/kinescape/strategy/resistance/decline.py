"""Decline of a transcript under treatment: two slopes, as CML shows them, with their intervals.

On the log scale the transcript of a patient is two straight lines that meet at a time c:

    log y(t) = a - s1 min(t, c) - s2 max(t - c, 0)

For a given c that is linear least squares, so c is searched on a grid and everything else is closed form. The
interval of a slope is its profile: all values at which some c keeps the sum of squares within the F bound of
the best one. A sum of two exponentials is not fitted: with the seven points a patient that studies have, its
second rate is not determined and runs to 0 in many patients.

The second slope is what the forecast needs: the decline of the cells that renew themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.randomness import generator
from kinescape.knowledge.delimited import Table, read_number, read_table
from kinescape.strategy.resistance.resistance_setting import DiseaseSetting, Uncertain

Array = NDArray[np.float64]
_CHANGES = 160
_FEWEST_POINTS = 5
_STATUS_WORDS = {
    "two slopes": "with two slopes",
    "one slope": "with one slope",
    "rising": "rising again",
    "too few points": f"left out with fewer than {_FEWEST_POINTS} points",
}
_BOOTSTRAPS = 2000
_TIME_COLUMNS = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
_ALIASES = {
    "pt": "patient", "id": "patient", "subject": "patient", "sample": "patient", "day": "days", "time_days": "days",
    "month": "months", "year": "years", "week": "weeks", "prct": "percent", "bcr_abl": "percent", "bcrabl": "percent",
    "value": "percent", "ratio": "percent",
}  # fmt: skip


@dataclass(frozen=True)
class PatientDecline:
    """The decline of one patient.

    Parameters
    ----------
    patient : str
    status : {"two slopes", "one slope", "rising", "too few points"}
        `rising`: the second slope is an increase, as in resistance or a stop of treatment. `one slope`: a
        single line fits as well (F test at 5 %); the second slope is then that line's.
    n : int
        Points.
    first, first_low, first_high : float or None
        First slope per day (positive is a decline), with 90 % interval.
    second, second_low, second_high : float or None
        Second slope per day.
    change_days : float or None
        When the first passes into the second.
    residual_sd : float or None
        Of the log transcript.
    """

    patient: str
    status: str
    n: int
    first: float | None = None
    first_low: float | None = None
    first_high: float | None = None
    second: float | None = None
    second_low: float | None = None
    second_high: float | None = None
    change_days: float | None = None
    residual_sd: float | None = None


@dataclass(frozen=True)
class CohortDecline:
    """Declines of all patients of a table.

    Parameters
    ----------
    patients : tuple of PatientDecline
    first, second : Uncertain
        Medians over patients with both slopes, with 90 % bootstrap intervals over patients.
    second_log_sd : float
        Spread of the second slope between patients (log), from quartiles of the declining ones.
    left_out : int
        Patients with too few points.
    """

    patients: tuple[PatientDecline, ...]
    first: Uncertain
    second: Uncertain
    second_log_sd: float
    left_out: int

    @property
    def text(self) -> str:
        """What was fitted, in a sentence: patients, slopes, half-lives."""
        counts = [
            f"{count} {words}"
            for status, words in _STATUS_WORDS.items()
            if (count := sum(one.status == status for one in self.patients))
        ]
        slopes = [
            f"{which} slope {slope.value:.2g} a day, 90 % interval {slope.low:.2g} to {slope.high:.2g}"
            + (f", half-life {math.log(2) / slope.value:.0f} days" if slope.value > 0 else "")
            for which, slope in (("first", self.first), ("second", self.second))
        ]
        number = len(self.patients)
        return (
            f"decline of {number} patient{'' if number == 1 else 's'} ({', '.join(counts)}): {'; '.join(slopes)}. "
            "The second slope sets the decline of the self-renewing cells here"
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values for ``--json``."""
        return {
            "first_slope_per_day": dict(self.first.__dict__),
            "second_slope_per_day": dict(self.second.__dict__),
            "second_log_sd": self.second_log_sd,
            "left_out": self.left_out,
            "patients": [dict(patient.__dict__) for patient in self.patients],
        }


def two_slopes(days: Array, log_level: Array, patient: str = "") -> PatientDecline:
    """Fit the two lines to one patient.

    Parameters
    ----------
    days : (n,) array
    log_level : (n,) array
        Natural log of the transcript.
    patient : str
        Name for the result.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.array([0.0, 20, 40, 60, 100, 150, 200, 300])
    >>> fit = two_slopes(t, 4 - 0.05 * np.minimum(t, 80) - 0.006 * np.maximum(t - 80, 0))
    >>> round(fit.first, 3), round(fit.second, 4)
    (0.05, 0.006)
    """
    from scipy.stats import f as f_distribution

    order = np.argsort(days, kind="stable")
    t, y = days[order], log_level[order]
    n = int(t.size)
    if n < _FEWEST_POINTS or np.unique(t).size < _FEWEST_POINTS:
        return PatientDecline(patient, "too few points", n)
    inner = np.unique(t)
    # Each line needs two points, so the lines meet after the second and before the last but one.
    changes = np.linspace(inner[1], inner[-2], _CHANGES)
    design = np.stack(
        [
            np.ones((_CHANGES, n)),
            -np.minimum(t, changes[:, None]),
            -np.maximum(t - changes[:, None], 0.0),
        ],
        axis=-1,
    )
    normal = np.swapaxes(design, 1, 2) @ design
    inverse = np.linalg.inv(normal)
    estimates = np.einsum("cij,cnj,n->ci", inverse, design, y)
    squares = ((y - np.einsum("cni,ci->cn", design, estimates)) ** 2).sum(axis=1)
    best = int(np.argmin(squares))
    freedom = n - 4
    bound = squares[best] * (1 + f_distribution.ppf(0.9, 1, freedom) / freedom) + 1e-12
    slack = np.sqrt(np.maximum(bound - squares, 0.0))
    inside = squares <= bound
    ranges = []
    for index in (1, 2):
        reach = slack * np.sqrt(inverse[:, index, index])
        ranges.append(
            (
                float((estimates[:, index] - reach)[inside].min()),
                float((estimates[:, index] + reach)[inside].max()),
            )
        )
    first, second = float(estimates[best, 1]), float(estimates[best, 2])
    line = np.polyfit(t, y, 1)
    single = float(((y - np.polyval(line, t)) ** 2).sum())
    gain = (single - squares[best]) / 2 / max(squares[best] / freedom, 1e-12)
    status = "two slopes"
    if second <= 0:
        status = "rising"
    elif gain < f_distribution.ppf(0.95, 2, freedom):
        status = "one slope"
    return PatientDecline(
        patient,
        status,
        n,
        first,
        *ranges[0],
        second,
        *ranges[1],
        float(changes[best]),
        math.sqrt(max(squares[best], 0.0) / freedom),
    )


def fit_decline(table: str | Path | Any, *, seed: int = 1) -> CohortDecline:
    """Slopes of transcript decline of a patient or a cohort.

    Parameters
    ----------
    table : path or polars.DataFrame
        Columns ``patient`` (optional where there is one), ``days`` (or ``weeks``, ``months``, ``years``) and
        ``percent``, in any file form that a table can have.
    seed : int
        Of the bootstrap over patients.

    Returns
    -------
    CohortDecline

    Raises
    ------
    InputError
        With every fault: a negative time, a level that is not a number, no time column or two of them. Levels
        of 0 (not detected) are left out and counted in the patient's points.

    References
    ----------
    Michor et al. 2005, Nature 435:1267.
    """
    faults = Faults()
    if isinstance(table, str | Path):
        read = read_table(table, faults, aliases=_ALIASES)
        points = _points(read, faults) if read is not None else {}
    else:
        points = _frame_points(table, faults)
    faults.raise_if_errors()
    fits = []
    for patient, (days, levels) in points.items():
        t, level = np.array(days), np.array(levels)
        seen = level > 0
        fits.append(two_slopes(t[seen], np.log(level[seen]), patient))
    fitted = [fit for fit in fits if fit.first is not None and fit.second is not None]
    if not fitted:
        raise InputError(
            Fault(
                "too-few-points",
                f"none of {len(fits)} patient{'' if len(fits) == 1 else 's'} has enough points to fit a decline",
                file=str(table) if isinstance(table, str | Path) else None,
                expected=f"{_FEWEST_POINTS} detected levels or more at different times in one patient at least",
            )
        )
    first = np.array([fit.first for fit in fitted], dtype=float)
    second = np.array([fit.second for fit in fitted], dtype=float)
    drawn = generator(seed, "decline", "bootstrap").integers(0, len(fitted), (_BOOTSTRAPS, len(fitted)))
    medians = []
    for values in (first, second):
        if len(fitted) > 1:
            low, high = np.quantile(np.median(values[drawn], axis=1), [0.05, 0.95])
        else:
            one = fitted[0]
            low, high = (
                (one.first_low, one.first_high) if values is first else (one.second_low, one.second_high)
            )
        medians.append(Uncertain(float(np.median(values)), float(low or 0.0), float(high or 0.0), "per day"))
    falling = second[second > 0]
    spread = 0.0
    if falling.size > 2:
        quarter, three = np.quantile(np.log(falling), [0.25, 0.75])
        spread = float((three - quarter) / 1.349)
    return CohortDecline(tuple(fits), medians[0], medians[1], spread, len(fits) - len(fitted))


def setting_with_decline(setting: DiseaseSetting, decline: CohortDecline) -> DiseaseSetting:
    """A disease whose decline is that of these patients.

    Raises
    ------
    InputError
        Where the transcript of the median patient rises: then there is no decline to set.
    """
    second = decline.second
    if second.value <= 0:
        raise InputError(
            f"the second slope of these patients is {-second.value:.4f} a day upwards: there is no decline to set"
        )
    low = max(second.low, second.value / 10)
    value = Uncertain(
        second.value, low, max(second.high, second.value), "per day", "fitted to these patients", ""
    )
    return replace(
        setting, decline_per_day=value, decline_log_sd=decline.second_log_sd or setting.decline_log_sd
    )


def _points(table: Table, faults: Faults) -> dict[str, tuple[list[float], list[float]]]:
    given = [column for column in table.columns if column.lower() in _TIME_COLUMNS]
    if len(given) != 1:
        faults.add(
            "time-column",
            f"{len(given)} columns hold a time" if given else "no column holds a time",
            file=table.file,
            row=1,
            expected="one of days, weeks, months, years",
            mend=f"the columns are {', '.join(table.columns)}: rename the time to its unit"
            if not given
            else "keep one of them",
        )
    if "percent" not in table.columns:
        faults.add(
            "column-missing",
            "the column 'percent' is missing",
            file=table.file,
            row=1,
            mend="name the transcript level 'percent' (BCR-ABL1 over the control gene)",
        )
    if faults.errors:
        return {}
    factor = _TIME_COLUMNS[given[0].lower()]
    points: dict[str, tuple[list[float], list[float]]] = {}
    for row in table.rows:
        # Rounding errors around day 0 are as good as 0; a time before treatment is not.
        day = read_number(
            row,
            given[0],
            table.file,
            faults,
            accept=lambda number: number > -1e-6,
            expected="a time from 0 on",
        )
        level = read_number(row, "percent", table.file, faults)
        if day is None or level is None:
            continue
        days, levels = points.setdefault(row["patient"] or "patient", ([], []))
        days.append(day * factor)
        levels.append(level)
    return points


def _frame_points(frame: Any, faults: Faults) -> dict[str, tuple[list[float], list[float]]]:
    from kinescape.knowledge.delimited import Row

    columns = tuple(_ALIASES.get(name.lower(), name.lower()) for name in frame.columns)
    rows = tuple(
        Row(
            line,
            {name: "" if cell is None else str(cell) for name, cell in zip(columns, values, strict=True)},
        )
        for line, values in enumerate(frame.rows(), start=2)
    )
    return _points(Table("the table", columns, rows), faults)
