import pytest

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest


def test_a_fault_names_place_expectation_and_mend():
    fault = Fault(
        "unit", "dose '5' has no unit", "plate.csv", 7, "dose", "an amount such as 5 uM", "add a unit"
    )
    assert fault.text == (
        "plate.csv, row 7, column 'dose': dose '5' has no unit; expected an amount such as 5 uM; add a unit."
    )


def test_all_errors_are_raised_at_once_and_warnings_are_kept():
    faults = Faults()
    faults.raise_if_errors()
    faults.add("one", "first fault")
    faults.add("two", "only worth knowing", severity="warning")
    faults.add("three", "second fault")
    with pytest.raises(InputError) as caught:
        faults.raise_if_errors()
    assert [fault.code for fault in caught.value.faults] == ["one", "three"]
    assert caught.value.exit_status == 2
    assert len(faults.warnings) == 1


def test_nearest_ignores_case_dashes_and_spaces():
    assert nearest("AZD 6244", ["AZD-6244", "AZD8055"])[0] == "AZD-6244"
    assert nearest("GEFITINB", ["gefitinib", "erlotinib"], n=1) == ["gefitinib"]
    assert nearest("zzz", ["gefitinib"]) == []


def test_a_question_ends_a_fault_without_a_full_stop():
    assert Fault("x", "no such drug", mend="did you mean 'a'?").text == "no such drug; did you mean 'a'?"
