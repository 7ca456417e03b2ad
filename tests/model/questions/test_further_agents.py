"""Room for further agents gives what fitting the wider design anew would give."""

import numpy as np
import pytest

from kinescape.measurements.conditions import Condition
from kinescape.model.design import Design
from kinescape.model.fitted_model import FittedModel
from kinescape.model.members import NETWORK, NETWORK_GAIN, RIDGE, SATURATING, members_with
from kinescape.model.prior import Wiring
from kinescape.model.questions.further_agents import widened, with_room


@pytest.mark.parametrize(
    "name", [RIDGE.name, "ridge_pooled", "hierarchical", NETWORK, NETWORK_GAIN, SATURATING]
)
def test_like_a_fit_of_the_wider_design(planted: tuple[Design, Wiring], name: str) -> None:
    design, wiring = planted
    kept = design.take(design.rows.dose[:, design.agents.index("i4")] == 0)
    by_name = {member.name: member for member in members_with(wiring)}
    fits = {one: by_name[one].fit(kept) for one in {name, "hierarchical"}}
    wider = kept.with_agents(["KO:n11"])
    rows = wider.rows_for("A", [Condition.parse(text) for text in ("KO:n11", "KO:n11 + i1", "i1 + i4")])
    found = with_room(fits, wider, wiring)[name].predict(rows)
    anew = by_name[name].fit(wider).predict(rows)
    np.testing.assert_allclose(found.mean, anew.mean, atol=1e-5)
    assert found.high is not None
    assert anew.high is not None
    np.testing.assert_allclose(found.high, anew.high, atol=1e-4)


def test_rows_of_known_agents_keep_their_answer(planted: tuple[Design, Wiring]) -> None:
    design, _ = planted
    core = members_with(None)[5].fit(design)
    wider = design.with_agents(["KO:n11"])
    asked = [Condition.parse("i1 + i2")]
    before = core.predict(design.rows_for("A", asked))
    after = widened(core, wider).predict(wider.rows_for("A", asked))  # type: ignore[arg-type]
    np.testing.assert_array_equal(before.mean, after.mean)


def test_members_are_added_where_they_are_wanted(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    model = FittedModel((design,), {(0, RIDGE.name): RIDGE.fit(design)}, (), "x", 0, wiring)
    assert set(model.with_candidates([], members=[SATURATING, "nobody"]).fits) == {
        (0, RIDGE.name),
        (0, SATURATING),
    }
    assert set(model.with_candidates(["KO:n1"]).fits) == {(0, RIDGE.name)}
