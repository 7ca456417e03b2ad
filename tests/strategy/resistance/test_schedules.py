import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.foundation.issues import Faults
from kinescape.strategy.resistance.schedules import DAYS_A_YEAR, parse_schedule

HORIZON = 10 * DAYS_A_YEAR


def read(text, **options):
    faults = Faults()
    return parse_schedule(text, faults, horizon_days=HORIZON, **options), faults


def phases(text):
    schedule, faults = read(text)
    assert not faults.errors, [fault.text for fault in faults.errors]
    return [(round(phase.start_days), phase.text) for phase in schedule.phases]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("imatinib", [(0, "imatinib")]),
        ("imatinib 1y then nilotinib", [(0, "imatinib"), (365, "nilotinib")]),
        ("imatinib 12 months then nilotinib", [(0, "imatinib"), (365, "nilotinib")]),
        ("imatinib for 52w then nilotinib", [(0, "imatinib"), (364, "nilotinib")]),
        ("imatinib from 0 to 1y then nilotinib from 1y", [(0, "imatinib"), (365, "nilotinib")]),
        ("asciminib + nilotinib", [(0, "asciminib + nilotinib")]),
        ("imatinib 2y then off 6mo then imatinib", [(0, "imatinib"), (730, "off"), (913, "imatinib")]),
        ("imatinib 800 mg 1y then imatinib 50%", [(0, "imatinib 800 mg"), (365, "imatinib 50%")]),
    ],
)
def test_plain_texts(text, expected):
    assert phases(text) == expected


def test_alternation_is_written_out_to_the_horizon_or_its_end():
    assert len(phases("alternate imatinib 3mo / nilotinib 3mo")) == 40
    assert phases("alternate imatinib 6mo / nilotinib 6mo for 2y then dasatinib")[-1] == (730, "dasatinib")
    schedule, _ = read("alternate imatinib 3mo / nilotinib 3mo / off 1mo")
    assert [phase.text for phase in schedule.phases[:4]] == ["imatinib", "nilotinib", "off", "imatinib"]


def test_doses_in_milligrams_levels_and_shares():
    schedule, _ = read("imatinib 0.4 uM + nilotinib 300 mg + dasatinib 50%")
    imatinib, nilotinib, dasatinib = schedule.phases[0].doses
    assert imatinib.nanomolar == pytest.approx(400)
    assert nilotinib.milligrams == 300
    assert dasatinib.fraction == 0.5
    assert schedule.drugs == ("imatinib", "nilotinib", "dasatinib")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("imatinib 400", "unit-missing"),
        ("imatinib 400 bananas", "dose-unreadable"),
        ("imatinib 5 ng/mL", "dose-unreadable"),
        ("imatinib -5 mg", "dose-negative"),
        ("imatinib 0%", "dose-negative"),
        ("imatinib -1y then nilotinib", "time-negative"),
        ("imatinib 0y then nilotinib", "time-negative"),
        ("imatinib from 0 to 2y then nilotinib from 1y to 3y", "schedule-overlap"),
        ("imatinib from 0 to 1y then nilotinib from 2y", "schedule-gap"),
        ("imatinib from 2y to 1y", "time-order"),
        ("imatinib from 0 to 3", "time-unit"),
        ("imatinib then nilotinib", "schedule-order"),
        ("alternate imatinib / nilotinib", "schedule-order"),
        ("alternate imatinib 1d / nilotinib 1d", "schedule-order"),
        ("alternate imatinib 1y", "schedule-order"),
        ("imatinib + imatinib", "drug-twice"),
        ("imatinib +", "schedule-empty"),
        ("1y then imatinib", "schedule-empty"),
        ("", "schedule-empty"),
    ],
)
def test_bad_schedules_are_told(text, code):
    schedule, faults = read(text)
    assert schedule is None
    assert code in {fault.code for fault in faults.errors}
    if text:
        assert text in faults.errors[0].found


def test_all_faults_of_one_schedule_are_told_at_once():
    _, faults = read("imatinib 400 1y then nilotinib -2y then dasatinib 3 bananas")
    assert {"unit-missing", "time-negative", "dose-unreadable"} <= {fault.code for fault in faults.errors}


def test_unknown_drugs_come_from_the_resolver():
    schedule, _ = read("IMATINIB 1y then x", resolve=lambda name: {"IMATINIB": "imatinib"}.get(name))
    assert schedule is None


@given(
    st.lists(
        st.tuples(st.sampled_from(["imatinib", "nilotinib", "off"]), st.integers(1, 900)),
        min_size=1,
        max_size=6,
    )
)
def test_phases_have_no_gaps_and_their_lengths_are_those_written(parts):
    text = " then ".join(f"{drug} {days}d" for drug, days in parts)
    schedule, faults = read(text)
    assert not faults.errors
    assert [phase.text for phase in schedule.phases] == [drug for drug, _ in parts]
    for before, after in zip(schedule.phases, schedule.phases[1:], strict=False):
        assert before.end_days == after.start_days
    for phase, (_, days) in zip(schedule.phases[:-1], parts, strict=False):
        assert phase.end_days - phase.start_days == pytest.approx(days)
    assert schedule.phases[-1].end_days == float("inf")


def test_a_last_phase_that_is_taken_to_go_on_is_told():
    schedule, faults = read("imatinib 1y")
    assert schedule is not None and schedule.phases[-1].end_days == float("inf")
    [warning] = faults.warnings
    assert warning.code == "schedule-goes-on" and "imatinib 1y then off" in (warning.mend or "")
    for text in (
        "imatinib",
        "imatinib 1y then off",
        "imatinib 10y",
        "alternate imatinib 3mo / nilotinib 3mo",
    ):
        assert not read(text)[1].warnings, text


def test_a_phase_that_is_never_reached_is_told():
    _, faults = read("imatinib 20y then nilotinib")
    [warning] = faults.warnings
    assert warning.code == "schedule-beyond" and "'nilotinib' comes after the 10y" in warning.found
