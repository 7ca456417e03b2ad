"""The `kinescape` command: one file a command, each a thin shell over one public function."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; exit status 0 done, 1 the run failed, 2 the user's input is at fault."""
    # The matrices here are small: threads of the linear algebra library cost more than they give, and one
    # thread gives the same last digits on every machine. Whoever sets the variable decides.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from kinescape.cli.application import application
    from kinescape.cli.speaking import tell, tell_usage
    from kinescape.foundation.errors import KinescapeError

    as_json = "--json" in sys.argv
    try:
        status = application(standalone_mode=False)
    except KinescapeError as error:
        tell(error, as_json=as_json)
        sys.exit(error.exit_status)
    except Exception as error:
        if hasattr(error, "format_message"):
            # The words of the command line itself are at fault: an unknown command, option or value.
            sys.exit(tell_usage(error, as_json=as_json))
        if type(error).__name__ != "Abort":
            raise
        _stopped(as_json)
    except KeyboardInterrupt:
        _stopped(as_json)
    sys.exit(status if isinstance(status, int) else 0)


def _stopped(as_json: bool) -> None:
    from kinescape.cli.speaking import tell
    from kinescape.foundation.errors import RunError

    tell(
        RunError("stopped. What was finished is kept; the same command goes on from there."), as_json=as_json
    )
    sys.exit(1)
