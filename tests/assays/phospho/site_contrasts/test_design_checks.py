"""What a sample sheet may hide."""

import pytest

from kinescape.assays.phospho.site_contrasts.design_checks import gathered, tell_amounts, tell_repeats
from kinescape.foundation.issues import Faults

from ..site_tables import design_of


def conditions(*names):
    return design_of([(f"s{index}", name, str(index)) for index, name in enumerate(names)]).samples


def test_many_different_faults_become_one_with_their_number():
    faults = Faults()
    for row in range(2, 72):
        faults.add("unknown-sample", f"the sample 's{row}' is not there", row=row, column="sample")
    faults.add("empty-cell", "the condition is empty", row=3, column="condition")
    many, single = gathered(faults)
    assert many.found.startswith("70 lines are at fault, the first: the sample 's2' is not there")
    assert single.row == 3


@pytest.mark.parametrize("name", ["Dasa 100", "erlotinib 0.5", "inhibitor_10"])
def test_amounts_without_a_unit_are_told(name):
    faults = Faults()
    tell_amounts(conditions("control", name), "condition", faults, "d.csv")
    assert [(fault.code, fault.row, fault.severity) for fault in faults] == [("unit-missing", 3, "warning")]


@pytest.mark.parametrize("name", ["CHIR 99021", "BI 2536", "dasatinib 100 nM", "KO:MAPK6", "control", "MEKi"])
def test_names_are_no_amounts(name):
    faults = Faults()
    tell_amounts(conditions(name), "condition", faults, "d.csv")
    assert not faults


def test_one_replicate_twice_is_told():
    faults = Faults()
    lines = [("a", "control", "1"), ("b", "control", "1"), ("c", "control", "2"), ("d", "X", "1")]
    tell_repeats(design_of(lines).samples, "replicate", faults, "d.csv")
    (fault,) = faults.warnings
    assert fault.row == 3 and "a, b are all 'control', replicate '1'" in fault.found


def test_other_times_and_pairs_are_other_replicates():
    faults = Faults()
    lines = [("a", "X", "1", {"time_h": 1.0}), ("b", "X", "1", {"time_h": 2.0}), ("c", "Y", "1", {"pair": "p"}),
             ("d", "Y", "1", {"pair": "q"})]  # fmt: skip
    tell_repeats(design_of(lines).samples, "replicate", faults, "d.csv")
    assert not faults
