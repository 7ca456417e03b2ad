import pytest

from kinescape.foundation.errors import InputError
from kinescape.strategy.resistance.schedule_choice import best_schedules, candidate_schedules


def test_candidates_are_singles_pairs_orders_and_turns():
    assert len(candidate_schedules(["a", "b", "c"])) == 3 + 3 + 6 + 3


def test_the_best_come_first_and_the_choice_says_what_it_did_not_weigh():
    result = best_schedules(["imatinib", "nilotinib"], patients=100, horizon_years=8)
    chances = [one.relapse[-1] for one in result.schedules]
    assert chances == sorted(chances)
    assert all(ratio.against == result.schedules[0].schedule.text for ratio in result.ratios)
    assert result.notes[0].code == "schedules-tried"
    assert "harm" in result.notes[0].found


def test_one_drug_is_no_choice():
    with pytest.raises(InputError):
        best_schedules(["imatinib"])


def test_an_unknown_drug_is_told_once():
    with pytest.raises(InputError) as caught:
        best_schedules(["imatinib", "nilotinb"])
    assert len(caught.value.faults) == 1
    assert "nilotinib" in (caught.value.faults[0].mend or "")
