"""Treatment schedules from plain text: one drug, sequences, combinations, alternation, holidays.

=============================================== ===================================================
text                                            meaning
=============================================== ===================================================
``imatinib``                                    until the end
``imatinib 1y then nilotinib``                  a year of one, then the other
``asciminib + nilotinib``                       both at once
``imatinib 800 mg``, ``imatinib 222 nM``        another daily dose, or another level at the target
``imatinib 50%``                                half the level
``imatinib 2y then off 6mo then imatinib``      a holiday
``alternate imatinib 3mo / nilotinib 3mo``      in turn, until the end (``for 2y`` ends it)
``imatinib from 0 to 1y then nilotinib from 1y`` the same with explicit times
=============================================== ===================================================

Times are in d, w, mo or y. A dose without a unit, a negative time, phases that overlap or leave a gap are
faults, all told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from kinescape.foundation.issues import Faults
from kinescape.foundation.units import parse_quantity

DAYS_A_YEAR = 365.25
_UNITS = {"d": 1.0, "w": 7.0, "mo": DAYS_A_YEAR / 12, "y": DAYS_A_YEAR}
_SPELLINGS = {
    "d": "d", "day": "d", "days": "d", "w": "w", "wk": "w", "week": "w", "weeks": "w", "mo": "mo", "month": "mo",
    "months": "mo", "y": "y", "yr": "y", "yrs": "y", "year": "y", "years": "y",
}  # fmt: skip
_TIME = re.compile(rf"^([+-]?\d+(?:\.\d+)?)\s*({'|'.join(sorted(_SPELLINGS, key=len, reverse=True))})$", re.I)
_BARE = re.compile(r"^[+-]?\d+(?:\.\d+)?$")
_OFF = {"off", "holiday", "pause", "nothing", "stop"}
_MOST_PHASES = 400


@dataclass(frozen=True)
class Dose:
    """One drug in a phase.

    Parameters
    ----------
    drug : str
    text : str
        As written, such as ``800 mg``; empty for the usual dose.
    fraction : float
        Of the usual level (1 for the usual dose).
    nanomolar : float or None
        Level at the target that replaces the usual one.
    milligrams : float or None
        Daily dose that scales the usual one.
    """

    drug: str
    text: str = ""
    fraction: float = 1.0
    nanomolar: float | None = None
    milligrams: float | None = None


@dataclass(frozen=True)
class Phase:
    """A stretch of time with the same drugs; no drugs is a holiday."""

    start_days: float
    end_days: float
    doses: tuple[Dose, ...]

    @property
    def text(self) -> str:
        """Such as ``asciminib + nilotinib``, or ``off``."""
        return " + ".join(f"{dose.drug} {dose.text}".strip() for dose in self.doses) or "off"


@dataclass(frozen=True)
class Schedule:
    """A treatment from diagnosis on; the last phase lasts.

    Parameters
    ----------
    text : str
        As the user wrote it, spaces tidied.
    phases : tuple of Phase
        Without gaps, the first from 0.
    """

    text: str
    phases: tuple[Phase, ...]

    @property
    def drugs(self) -> tuple[str, ...]:
        """Every drug of the schedule, in the order in which it comes."""
        return tuple(dict.fromkeys(dose.drug for phase in self.phases for dose in phase.doses))


def parse_schedule(
    text: str, faults: Faults, *, horizon_days: float, resolve: Callable[[str], str | None] | None = None
) -> Schedule | None:
    """Read a schedule.

    Parameters
    ----------
    text : str
    faults : Faults
        Where faults go; nothing is raised here.
    horizon_days : float
        How far alternation is written out.
    resolve : callable, optional
        From a drug's name to its name in the tables; None (with its own fault) where it is unknown.

    Returns
    -------
    Schedule or None
        None where there was a fault.

    Examples
    --------
    >>> schedule = parse_schedule("imatinib 1y then nilotinib", Faults(), horizon_days=3650)
    >>> [phase.text for phase in schedule.phases]
    ['imatinib', 'nilotinib']
    """
    tidy = " ".join(text.replace("→", " then ").split())
    before = len(faults)
    reader = _Reader(tidy, faults, horizon_days, resolve or (lambda name: name.lower()))
    phases = reader.read()
    if phases is None or reader.unknown or any(fault.severity == "error" for fault in list(faults)[before:]):
        return None
    return Schedule(tidy, phases)


class _Reader:
    """Reads one schedule's text into phases."""

    def __init__(
        self, text: str, faults: Faults, horizon_days: float, resolve: Callable[[str], str | None]
    ) -> None:
        self.text = text
        self.faults = faults
        self.horizon = horizon_days
        self.resolve = resolve
        self.unknown = False

    def fault(self, code: str, found: str, expected: str | None = None, mend: str | None = None) -> None:
        self.faults.add(code, f"{found} (in '{self.text}')", expected=expected, mend=mend)

    def read(self) -> tuple[Phase, ...] | None:
        parts = [part.strip() for part in re.split(r"\bthen\b|,(?=\s*[A-Za-z])", self.text, flags=re.I)]
        if not self.text or any(not part for part in parts):
            self.fault(
                "schedule-empty", "a part of the schedule is empty", "such as 'imatinib 1y then nilotinib'"
            )
            return None
        phases: list[Phase] = []
        clock: float | None = 0.0
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            if clock is None:
                self.fault(
                    "schedule-order",
                    f"'{parts[index - 1]}' has no end, so nothing can follow it",
                    mend=f"say how long it lasts, such as '{parts[index - 1]} 1y'",
                )
                clock = phases[-1].start_days if phases else 0.0
            if part.lower().startswith(("alternate ", "alternating ")):
                clock = self._alternate(part, clock, phases, last)
                continue
            found = self._segment(part, clock, last)
            if found is None:
                continue
            self._placed(found, clock, phases)
            phases.append(found)
            clock = found.end_days if found.end_days != float("inf") else None
        if not phases:
            return None
        lasting = phases[-1]
        self._told_of_horizon(phases, parts[-1])
        # The last phase goes on: resistance is not asked for beyond a treatment that ended in the air.
        phases[-1] = Phase(lasting.start_days, float("inf"), lasting.doses)
        return tuple(phases)

    def _told_of_horizon(self, phases: list[Phase], last: str) -> None:
        """Say where a last phase goes on beyond its written end, and which phases are never reached."""
        end = phases[-1].end_days
        if end < self.horizon - 1e-9:
            self.faults.add(
                "schedule-goes-on",
                f"'{phases[-1].text}' is taken to go on after {_time_text(end)} (in '{self.text}')",
                mend=f"write '{last} then off' where treatment ends then",
                severity="warning",
            )
        beyond = [phase.text for phase in phases if phase.start_days >= self.horizon - 1e-9]
        if beyond:
            self.faults.add(
                "schedule-beyond",
                f"'{beyond[0]}' comes after the {_time_text(self.horizon)} that are looked at, and changes nothing "
                f"(in '{self.text}')",
                mend="look further ahead (--years), or shorten what comes before",
                severity="warning",
            )

    def _placed(self, phase: Phase, clock: float, phases: list[Phase]) -> None:
        if phase.start_days < clock - 1e-9:
            self.fault(
                "schedule-overlap",
                f"'{phase.text}' starts at {_time_text(phase.start_days)}, before '{phases[-1].text}' ends "
                f"at {_time_text(clock)}",
                mend="give the drugs at once as 'a + b', or let one end before the next starts",
            )
        elif phase.start_days > clock + 1e-9:
            self.fault(
                "schedule-gap",
                f"nothing is given from {_time_text(clock)} to {_time_text(phase.start_days)}",
                mend=f"write the holiday: 'off {_time_text(phase.start_days - clock)}'",
            )

    def _alternate(self, part: str, clock: float, phases: list[Phase], last: bool) -> float | None:
        body = part.split(maxsplit=1)[1]
        limit = re.search(r"\bfor\s+([^/]+)$", body, flags=re.I)
        until = float("inf")
        if limit:
            duration = self._time(limit[1].strip(), part)
            until = clock + duration if duration is not None else float("inf")
            body = body[: limit.start()].strip()
        turns = []
        for piece in body.split("/"):
            turn = self._segment(piece.strip(), 0.0, False)
            if turn is None:
                continue
            if turn.end_days == float("inf"):
                self.fault(
                    "schedule-order",
                    f"'{piece.strip()}' alternates without a length",
                    "such as 'imatinib 3mo'",
                )
                continue
            turns.append(turn)
        if len(turns) < 2:
            if not self.faults.errors:
                self.fault("schedule-order", "alternation needs two turns", "'alternate a 3mo / b 3mo'")
            return clock
        end = min(until, self.horizon) if last or until == float("inf") else until
        shortest = sum(turn.end_days for turn in turns)
        if (end - clock) / shortest * len(turns) > _MOST_PHASES:
            self.fault(
                "schedule-order", f"this makes more than {_MOST_PHASES} phases", mend="take longer turns"
            )
            return clock
        at = clock
        index = 0
        while at < end - 1e-9:
            turn = turns[index % len(turns)]
            stop = min(at + turn.end_days, until)
            phases.append(Phase(at, stop, turn.doses))
            at, index = stop, index + 1
        return None if until == float("inf") else until

    def _segment(self, part: str, clock: float, last: bool) -> Phase | None:
        explicit = re.search(r"\bfrom\s+(.+?)(?:\s+to\s+(.+))?$", part, flags=re.I)
        start, end = clock, float("inf")
        if explicit:
            first = 0.0 if explicit[1].strip() in {"0", "start"} else self._time(explicit[1].strip(), part)
            second = self._time(explicit[2].strip(), part) if explicit[2] else float("inf")
            if first is None or second is None:
                return None
            start, end = first, second
            part = part[: explicit.start()].strip()
            if end <= start:
                self.fault("time-order", f"'{part}' ends at {_time_text(end)}, not after {_time_text(start)}")
                return None
        else:
            part, duration = self._duration(part)
            if duration is not None:
                end = start + duration
            elif duration is None and part.endswith("\0"):
                return None
        if not part:
            self.fault("schedule-empty", "a time stands without a drug", "such as 'imatinib 1y'")
            return None
        if part.lower() in _OFF:
            return Phase(start, end, ())
        doses: list[Dose] = []
        for piece in part.split("+"):
            dose = self._dose(piece.strip())
            if dose is not None:
                if dose.drug in {other.drug for other in doses}:
                    self.fault("drug-twice", f"'{dose.drug}' is given twice at once")
                doses.append(dose)
        return Phase(start, end, tuple(doses)) if doses else None

    def _duration(self, part: str) -> tuple[str, float | None]:
        """A segment without its trailing length, and the length in days."""
        match = re.search(
            rf"(?:\bfor\s+)?([+-]?\d+(?:\.\d+)?)\s*({'|'.join(sorted(_SPELLINGS, key=len, reverse=True))})$",
            part,
            re.I,
        )
        if not match:
            return part, None
        days = self._time(match[0].removeprefix("for").strip(), part)
        rest = part[: match.start()].strip()
        return (rest, days) if days is not None else (rest + "\0", None)

    def _time(self, text: str, part: str) -> float | None:
        match = _TIME.match(text)
        if not match:
            what = "has no unit" if _BARE.match(text) else "is no time"
            self.fault("time-unit", f"'{text}' {what}", "a number with d, w, mo or y, such as 18mo")
            return None
        value = float(match[1])
        if value <= 0:
            what = "negative" if value < 0 else "zero"
            self.fault("time-negative", f"'{text}' is a {what} time", "a time above 0")
            return None
        return value * _UNITS[_SPELLINGS[match[2].lower()]]

    def _dose(self, piece: str) -> Dose | None:
        words = piece.split(maxsplit=1)
        if not words:
            self.fault("schedule-empty", "a '+' stands without a drug on each side", "such as 'a + b'")
            return None
        name = self.resolve(words[0])
        if name is None:
            self.unknown = True
            return None
        if len(words) == 1:
            return Dose(name)
        amount = words[1].strip()
        if re.fullmatch(r"[+-]?\d+(?:\.\d+)?\s*%", amount):
            share = float(amount.rstrip("% "))
            if share <= 0:
                self.fault("dose-negative", f"'{piece}' is no dose", "above 0 %; a holiday is written 'off'")
                return None
            return Dose(name, amount, fraction=share / 100)
        milligrams = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*mg(?:/d|/day|\s+a\s+day)?", amount, re.I)
        if milligrams:
            if float(milligrams[1]) <= 0:
                self.fault("dose-negative", f"'{piece}' is no dose", "above 0 mg; a holiday is written 'off'")
                return None
            return Dose(name, amount, milligrams=float(milligrams[1]))
        if _BARE.match(amount):
            self.fault(
                "unit-missing",
                f"dose '{amount}' of {name} has no unit",
                "mg a day, % of the usual level, or a level at the target such as 400 nM",
                f"write '{name} {amount} mg' or '{name} {amount} nM'",
            )
            return None
        try:
            molar = parse_quantity(amount).molar
        except ValueError as error:
            self.fault(
                "dose-unreadable", f"'{piece}': {error}", "such as 'imatinib 800 mg' or 'imatinib 400 nM'"
            )
            return None
        if molar is None:
            self.fault(
                "dose-unreadable", f"'{piece}' is not a molar level", "mg a day, %, or nM and its like"
            )
            return None
        return Dose(name, amount, nanomolar=molar * 1e9)


def _time_text(days: float) -> str:
    if days == float("inf"):
        return "the end"
    for unit in ("y", "mo", "w"):
        count = days / _UNITS[unit]
        if count >= 1 and abs(count - round(count)) < 0.02:
            return f"{round(count)}{unit}"
    return f"{days:.0f}d"
