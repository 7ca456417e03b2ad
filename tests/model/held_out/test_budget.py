"""Large designs are tested in part: what the sizes say, always the same, and told."""

import numpy as np
import pytest

from kinescape.model.design import Design
from kinescape.model.fit_notes import model_checks
from kinescape.model.held_out import budget
from kinescape.model.held_out.budget import asked_in, planned_splits, split_seconds
from kinescape.model.held_out.tasks import Task, splits
from kinescape.model.members import MEMBERS, SATURATING, members_with
from kinescape.model.prior import Wiring
from kinescape.model.validate import validate


@pytest.fixture
def dear(planted: tuple[Design, Wiring], monkeypatch: pytest.MonkeyPatch) -> tuple[Design, Wiring]:
    """A small design that counts as a large one, with next to no time."""
    monkeypatch.setattr(budget, "LARGE", 10)
    monkeypatch.setattr(budget, "LONGEST_SECONDS", 1e-9)
    return planted


@pytest.mark.parametrize("task", ["unseen_combination", "unseen_inhibitor", "new_sample"])
def test_small_designs_are_tested_whole(planted: tuple[Design, Wiring], task: Task) -> None:
    design, _ = planted
    found, left_out = planned_splits(design, task, 3, MEMBERS)
    expected = splits(design, task, 3)
    assert left_out is None
    if isinstance(expected, str):
        assert found == expected
    else:
        assert [split.test.tolist() for split in found] == [split.test.tolist() for split in expected]  # type: ignore[union-attr]


def test_the_fewest_are_made_and_the_rest_is_told(dear: tuple[Design, Wiring]) -> None:
    design, wiring = dear
    found, left_out = planned_splits(design, "unseen_inhibitor", 3, MEMBERS)
    assert len(found) == 3
    assert left_out is not None and left_out.startswith("unseen inhibitor was tested for 3 of ")
    again, _ = planned_splits(design, "unseen_inhibitor", 3, MEMBERS)
    assert [s.unit[0] for s in found] == [s.unit[0] for s in again]  # type: ignore[union-attr]
    notes = [note.found for note in model_checks([design], wiring, seed=3) if note.code == "tests-shortened"]
    assert any(left_out in text for text in notes)
    table = validate(design, ["unseen_inhibitor"], seed=3, members=MEMBERS[:1]).table
    assert table["n_units"].to_list() == [3]


def test_members_with_a_network_are_asked_where_they_may_answer(dear: tuple[Design, Wiring]) -> None:
    design, wiring = dear
    members = members_with(wiring)
    assert SATURATING in {member.name for member in asked_in("unseen_inhibitor", design, members)}
    assert SATURATING not in {member.name for member in asked_in("unseen_combination", design, members)}


def test_more_rows_take_longer(planted: tuple[Design, Wiring]) -> None:
    design, _ = planted
    twice = design.take(np.tile(np.arange(len(design)), 2))
    assert split_seconds(twice, MEMBERS, 10) > split_seconds(design, MEMBERS, 10)
