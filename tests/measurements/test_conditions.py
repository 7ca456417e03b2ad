import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kinescape.foundation.units import UNITS, Quantity
from kinescape.measurements.conditions import AgentDose, Condition, GeneticPerturbation


def _agent(name):
    try:
        return AgentDose(name)
    except ValueError:
        return None


names = st.text(min_size=1, max_size=24).filter(lambda name: _agent(name) is not None)
quantities = st.builds(Quantity, st.floats(1e-4, 1e5), st.sampled_from(UNITS))
doses = st.builds(AgentDose, names, st.none() | quantities)
genes = st.from_regex(r"[A-Z][A-Z0-9]{1,6}", fullmatch=True)
genetic = st.one_of(
    st.builds(GeneticPerturbation, st.sampled_from(["KO", "KD", "OE"]), genes),
    st.builds(
        GeneticPerturbation, st.just("MUT"), genes, st.from_regex(r"[A-Z][0-9]{1,4}[A-Z]", fullmatch=True)
    ),
)


@given(st.lists(doses | genetic, max_size=4))
def test_any_condition_round_trips(parts):
    try:
        condition = Condition(tuple(parts))
    except ValueError:
        assume(False)
    again = Condition.parse(condition.text)
    assert again == condition
    assert again.text == condition.text


@given(st.lists(doses, min_size=2, max_size=4, unique_by=lambda dose: dose.agent), st.randoms())
def test_order_does_not_matter(parts, random):
    shuffled = parts[:]
    random.shuffle(shuffled)
    assert Condition(tuple(parts)) == Condition(tuple(shuffled))


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("control", "control"),
        ("HGF 50 ng/mL + erlotinib 1 µM", "erlotinib 1 uM + HGF 50 ng/mL"),
        ("erlotinib 1000nM  +  HGF 50 ng/ml", "erlotinib 1 uM + HGF 50 ng/mL"),
        ("KO:PTPN11", "KO:PTPN11"),
        ("MUT:ABL1_T315I + imatinib 1 uM", "imatinib 1 uM + MUT:ABL1_T315I"),
        ("MEKi", "MEKi"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("AZD-6244 0.1 uM", "AZD-6244 100 nM"),
        ("SB 203580 10 uM", "SB 203580 10 uM"),
        ("pyridone 6 + PD 98059", "PD 98059 + pyridone 6"),
        ("GSK-3 inhibitor 3F8 2uM", "GSK-3 inhibitor 3F8 2 uM"),
    ],
)
def test_canonical_text(written, canonical):
    assert Condition.parse(written).text == canonical


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "empty"),
        ("erlotinib 5 mg", "not a concentration"),
        ("erlotinib 5 parsec", "unknown unit"),
        ("erlotinib 1 uM + erlotinib 2 uM", "twice"),
        ("MUT:ABL1", "variant"),
        ("KO:", "gene symbol"),
        ("erlotinib 0,3 uM", "decimal comma"),
        ("control + erlotinib 1 uM", "untreated"),
    ],
)
def test_refused_with_a_reason(written, reason):
    with pytest.raises(ValueError, match=reason):
        Condition.parse(written)


def test_parts_can_be_taken_and_joined():
    pair = Condition.parse("a 1 uM + b 2 uM")
    assert pair.without("a") == Condition.parse("b 2 uM")
    assert pair.without("a").combined(Condition.parse("a 1 uM")) == pair
    assert Condition.control().combined(pair) == pair
    assert pair.agents == ("a", "b")
    assert Condition.parse("KO:EGFR + a 1 uM").genetic == (GeneticPerturbation("KO", "EGFR"),)
