"""The three ways kinescape stops: the input is at fault, the run failed, or the package has a defect.

Only the first two are caught by the commands: `InputError` ends with exit status 2, `RunError` with 1.
"""

from __future__ import annotations

from collections.abc import Iterable

from kinescape.foundation.issues import Fault


class KinescapeError(Exception):
    """Every error that kinescape raises on purpose."""

    exit_status = 1


class RunError(KinescapeError):
    """A run failed for a reason outside the user's input: disk full, no network, interrupted."""


class InputError(KinescapeError):
    """The user's input is at fault; carries every fault found.

    Parameters
    ----------
    faults : Fault, str or iterable of Fault
        One or many faults. A bare string is taken as a fault without a place.
    """

    exit_status = 2

    def __init__(self, faults: Fault | str | Iterable[Fault]) -> None:
        if isinstance(faults, str):
            faults = [Fault("input", faults)]
        elif isinstance(faults, Fault):
            faults = [faults]
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(self.text)

    @property
    def text(self) -> str:
        """All the faults, one a line."""
        return "\n".join(fault.text for fault in self.faults)
