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
    from kinescape.cli.speaking import tell
    from kinescape.foundation.errors import KinescapeError

    try:
        application()
    except KinescapeError as error:
        tell(error, as_json="--json" in sys.argv)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. What was finished is kept; the same command goes on from there.\n")
        sys.exit(1)
