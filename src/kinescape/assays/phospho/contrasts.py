"""What is compared with what: every condition with the control of its cell line and time."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kinescape.assays.phospho.design import Design
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
        time = "" if self.time_h is None else f" at {self.time_h:g} h"
        other = self.control_time_h
        control = "" if other is None or other == self.time_h else f" at {other:g} h"
        line = "" if self.cell_line is None else f", {self.cell_line}"
        return f"{self.condition}{time} against {self.against}{control}{line}"


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
            faults.add(
                "control-time",
                f"'{condition}'{'' if time is None else f' at {time:g} h'} is compared with '{against}' at "
                f"{other:g} h: none was taken at its own time",
                file=design.file,
                row=row,
                severity="warning",
            )
        found[Contrast(condition, against, line, time, other)] = None
    if faults.errors:
        raise InputError(faults.errors)
    return tuple(found), tuple(faults)
