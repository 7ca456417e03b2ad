"""What is compared with what: every condition with the control of its cell line and time."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kinescape.assays.phospho.site_contrasts.design import Design
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.measurements.conditions import CONTROL


@dataclass(frozen=True)
class Contrast:
    """One condition at one time against its control.

    Parameters
    ----------
    condition, against : str
        Canonical conditions.
    cell_line : str or None
    time_h, control_time_h : float or None
        Times of the two groups; they differ where no control was taken at the time of the treatment.
    """

    condition: str
    against: str
    cell_line: str | None = None
    time_h: float | None = None
    control_time_h: float | None = None

    @property
    def name(self) -> str:
        """In words, such as `dasatinib 100 nM at 1 h against control, K562`."""
        time = "" if self.time_h is None else f" at {time_words(self.time_h)}"
        other = self.control_time_h
        control = "" if other is None or other == self.time_h else f" at {time_words(other)}"
        line = "" if self.cell_line is None else f", {self.cell_line}"
        return f"{self.condition}{time} against {self.against}{control}{line}"


def time_words(hours: float) -> str:
    """A time as it is said: minutes below one hour.

    Examples
    --------
    >>> time_words(5 / 60), time_words(0.0), time_words(24)
    ('5 min', '0 h', '24 h')
    """
    return f"{hours * 60:.4g} min" if 0 < hours < 1 else f"{hours:.6g} h"


def contrasts_of(design: Design) -> tuple[tuple[Contrast, ...], tuple[Fault, ...]]:
    """Every condition against its matching control: the same cell line, the same time.

    Where the control was not taken at a treatment's time, that at no stated time is used, else the one at the
    earliest time, which a note says.
    """
    faults = Faults()
    groups = design.samples.group_by("cell_line", "condition", "time_h", "against", maintain_order=True).agg(
        pl.col("row").first()
    )
    times: dict[tuple[str | None, str], list[float | None]] = {}
    for line, condition, time, _, _ in groups.iter_rows():
        times.setdefault((line, condition), []).append(time)
    found: dict[Contrast, None] = {}
    elsewhere: dict[tuple[str, str, str | None, float], list[tuple[float | None, int]]] = {}
    for line, condition, time, stated, row in groups.iter_rows():
        against = stated or CONTROL
        if condition == against:
            continue
        at = times.get((line, against))
        if at is None:
            faults.add(
                "no-control",
                f"'{condition}'{f' of {line}' if line else ''} has no samples of '{against}' to be compared with",
                file=design.file,
                row=row,
                expected="the control of the same cell line",
            )
            continue
        if time in at:
            other = time
        elif None in at:
            other = None
        else:
            other = min(value for value in at if value is not None)
            elsewhere.setdefault((condition, against, line, other), []).append((time, row))
        found[Contrast(condition, against, line, time, other)] = None
    for (condition, against, line, other), places in elsewhere.items():
        taken = ", ".join(time_words(time) for time, _ in places if time is not None)
        treated = f"'{condition}'{f' at {taken}' if taken else ''}{f', {line},' if line else ''}"
        faults.add(
            "control-time",
            f"{treated} is compared with '{against}' at {time_words(other)}: none was taken at its own time",
            file=design.file,
            row=places[0][1],
            severity="warning",
        )
    if faults.errors:
        raise InputError(faults.errors)
    return tuple(found), tuple(faults)
