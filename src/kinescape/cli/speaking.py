"""How the commands speak: faults for people on the error stream, the same faults for machines as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape

from kinescape.foundation.errors import InputError, KinescapeError
from kinescape.foundation.issues import Fault

_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def console(*, stderr: bool = False) -> Console:
    """A rich console; plain text where the output is not a terminal."""
    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def tell(error: KinescapeError, *, as_json: bool) -> None:
    """Say what stopped the command."""
    if as_json:
        faults = error.faults if isinstance(error, InputError) else (Fault("run-failed", str(error)),)
        json.dump(
            {"ok": False, "exit_status": error.exit_status, "faults": [fault.as_dict() for fault in faults]},
            sys.stdout,
            indent=2,
            ensure_ascii=False,
        )
        sys.stdout.write("\n")
        return
    if isinstance(error, InputError):
        tell_faults(error.faults)
        count = len(error.faults)
        console(stderr=True).print(f"{count} fault{'s' if count != 1 else ''} to mend; nothing was written.")
    else:
        console(stderr=True).print(f"[bold red]The run failed:[/] {escape(str(error))}")


def tell_usage(error: Any, *, as_json: bool) -> int:
    """Say what is wrong with the words of a command; the exit status is 2."""
    if as_json:
        tell(InputError(Fault("usage", error.format_message(), mend="see --help")), as_json=True)
    else:
        error.show()
    return 2


def tell_faults(faults: Iterable[Fault]) -> None:
    """Each fault on its own line, the place first."""
    out = console(stderr=True)
    for fault in faults:
        style = _STYLES[fault.severity]
        out.print(f"[{style}]{fault.severity}[/] {escape(fault.text)}")
