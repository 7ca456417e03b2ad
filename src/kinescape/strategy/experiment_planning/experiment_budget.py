"""What is said of a budget of wells: whether it can be used at all, and what it cannot do."""

from __future__ import annotations

import numpy as np

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.strategy.experiment_planning.experiment_candidates import LeftOut
from kinescape.strategy.experiment_planning.replicate_number import LEAST_REPLICATES, ReplicateNumber


def note_on_power(faults: Faults, replication: ReplicateNumber, untested: int) -> None:
    """Warn where the replicates scatter too much for these wells."""
    if untested and not replication.given and not replication.reachable:
        faults.add(
            "noise-too-large",
            f"the replicates scatter so much that no number which these wells hold would do: {replication.text}",
            mend="lower the noise, give more wells, or look for larger synergies (synergy_at)",
            severity="warning",
        )


def checked_budget(
    budget: int, replicates: int | None, batch: int | None, explore: float, synergy_at: float | None
) -> Faults:
    """The faults of the options that say how much is tested."""
    faults = Faults()
    fewest = LEAST_REPLICATES if replicates is None else replicates
    if fewest < 1:
        faults.add("wrong-value", f"replicates is {replicates}", expected="1 or more")
    elif budget < fewest:
        faults.add(
            "budget-too-small",
            f"{budget} well{'' if budget == 1 else 's'} do not hold one pair in {fewest} replicates",
            mend=f"give {fewest} wells or more, or fewer replicates",
        )
    if batch is not None and batch < 1:
        faults.add("wrong-value", f"batch is {batch}", expected="1 pair or more")
    if not 0 <= explore < np.inf:
        faults.add("wrong-value", f"explore is {explore}", expected="0 or more")
    if synergy_at is not None and not 0 <= synergy_at < np.inf:
        faults.add(
            "wrong-value",
            f"synergy_at is {synergy_at}",
            expected="0 or more: how much a pair must do beyond two independent drugs",
            mend="antagonism (an excess below 0) is not looked for",
        )
    return faults


def notes_on_budget(
    faults: Faults, untested: int, wanted: int, tested: int, left_out: LeftOut, sample: str
) -> None:
    """Say whether anything is left to test, and whether the wells hold more than that.

    Raises
    ------
    InputError
        Where no pair may be tested and none has been.
    """
    if untested == 0 and tested:
        faults.add(
            "all-pairs-tested",
            f"every pair that may be tested in {sample} has been: there is nothing left to choose",
            mend="add candidates, or make a drug available",
            severity="note",
        )
    elif untested == 0:
        reasons = sorted(set(left_out.frame["reason"]))
        raise InputError(
            Fault(
                "no-pairs",
                f"there is no pair to choose from in {sample}"
                + (f": {'; '.join(reasons[:5])}" if reasons else ""),
                mend="name two candidates of known target, or add their targets to agents.tsv",
            )
        )
    elif untested < wanted:
        faults.add(
            "budget-exceeds-pairs",
            f"the budget allows {wanted} pairs and {untested} are left; all of them are listed",
            severity="note",
        )
