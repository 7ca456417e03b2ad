"""What `kinescape run` prints of its notes."""

from kinescape.cli.run import worth_telling
from kinescape.foundation.issues import Fault


def test_what_changes_the_use_of_results_is_printed_once() -> None:
    few = Fault("few-conditions", "3 conditions are too few for a model: baselines only", severity="note")
    warning = Fault("single-replicate", "9 effects rest on one replicate", severity="warning")
    reading = Fault("ignored", "90 lines of buffer were left out", severity="note")
    assert worth_telling([few, reading, warning, few]) == [few, warning]
