"""Names in a file: aliases, controls and amounts become canonical, or say what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.vocabulary import ConditionReader, Vocabulary, dose_text, unknown_options
from kinescape.foundation.issues import Faults
from kinescape.foundation.units import parse_quantity
from kinescape.knowledge.agents import load_agents
from kinescape.knowledge.names import load_readouts


def vocabulary(**aliases: str) -> Vocabulary:
    return Vocabulary(load_agents(), load_readouts(), aliases)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("dmso", "control"),
        ("Untreated", "control"),
        ("PLX4032 0.3 µM", "vemurafenib 300 nM"),
        ("MEKi 2nM + EGFRi 0.3uM", "EGFR inhibitor 300 nM + MEK inhibitor 2 nM"),
        ("KO:PTPN11 + trametinib 10 nM", "KO:PTPN11 + trametinib 10 nM"),
    ],
)
def test_a_condition_becomes_canonical(written: str, canonical: str) -> None:
    assert vocabulary().condition(written).text == canonical


def test_aliases_come_first_and_may_mean_several_agents_or_none() -> None:
    words = vocabulary(MEKi="trametinib", combo="gefitinib + MK-2206", carrier="control")
    assert words.condition("MEKi 2 nM").text == "trametinib 2 nM"
    assert sorted(words.condition("combo").agents) == ["MK-2206", "gefitinib"]
    assert words.condition("carrier").is_control
    assert words.condition("carrier + MEKi 2 nM").text == "trametinib 2 nM"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("gefitnib 1 uM", "did you mean 'gefitinib'"),
        ("gefitinib 1", "has no unit"),
        ("gefitinib 5 mg", "not a concentration"),
        ("gefitinib 1,5 uM", "decimal comma"),
        ("gefitinib 0 uM", "positive"),
    ],
)
def test_what_cannot_be_read_says_why(written: str, why: str) -> None:
    faults = Faults()
    reader = ConditionReader(vocabulary(), "made.csv", "drug", faults)
    assert reader.text(written, 7) is None
    assert reader.text(written, 9) is None
    assert [(fault.row, fault.column) for fault in faults.errors] == [(7, "drug")]
    assert why in faults.errors[0].text


@given(st.floats(1e-3, 1e6), st.sampled_from(["nM", "uM", "mM", "ng/mL"]))
def test_a_dose_is_the_amount_that_was_given(amount: float, unit: str) -> None:
    text = dose_text("trametinib", amount, unit)
    assert text is not None
    found = parse_quantity(text.removeprefix("trametinib "))
    assert found.in_family_units == pytest.approx(
        parse_quantity(f"{amount!r} {unit}").in_family_units, rel=1e-9
    )


def test_no_dose_is_the_agent_alone_and_zero_is_none() -> None:
    assert dose_text("trametinib", None, None) == "trametinib"
    assert dose_text("trametinib", 0.0, None) is None


def test_an_unknown_option_names_the_nearest() -> None:
    faults = Faults()
    unknown_options(
        ["vale", "sample"], ["value", "sample"], file="made.csv", faults=faults, where="[files.columns]"
    )
    assert [fault.mend for fault in faults] == ["did you mean 'value'?"]


def test_an_option_where_none_is_known_is_to_be_removed() -> None:
    faults = Faults()
    unknown_options({"x": 1}, (), file="f", faults=faults, where="[files.columns]")
    assert "expected" not in faults.errors[0].text


def test_the_shipped_tables_stand_in_for_those_a_study_does_not_give() -> None:
    found = Vocabulary.of_study(None, None, {"Tram": "trametinib"}, "solvent")
    assert found.agents is load_agents() and found.readouts is load_readouts()
    assert found.controls == ("solvent",) and found.names_of("Tram") == ("trametinib",)
