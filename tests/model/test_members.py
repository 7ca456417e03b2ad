from dataclasses import replace

import numpy as np

from kinescape.measurements.table import Measurements
from kinescape.model.design import Design, Rows, build_design
from kinescape.model.fit import fit_hierarchical
from kinescape.model.members import (
    MEMBERS,
    RIDGE,
    members_for,
    members_with,
    saturating_member,
    why_baselines_only,
    why_left_out,
)
from kinescape.model.prior import Wiring


def test_names_are_distinct_and_explained() -> None:
    assert len({member.name for member in MEMBERS}) == len(MEMBERS)
    assert all(member.words for member in MEMBERS)
    assert [member.name for member in MEMBERS if member.baseline][:4] == [
        "mean",
        "nearest_condition",
        "sum_of_singles",
        "ridge",
    ]


def test_a_design_beyond_memory_gets_baselines_and_says_how_much(small_study: Measurements) -> None:
    """Two thousand conditions of five thousand readouts, each missing somewhere else."""
    design = build_design(small_study)
    rows = 2000
    random = np.random.default_rng(0)
    response = np.zeros((rows, 5000), dtype=np.float32)
    response[random.integers(rows, size=5000), np.arange(5000)] = np.nan
    texts = np.array([f"x{at} 1 uM" for at in range(rows)])
    large = replace(
        design,
        rows=Rows(np.zeros(rows, dtype=int), texts, np.ones((rows, 4))),
        response=response,
        readouts=tuple(f"r{at}" for at in range(5000)),
    )
    why = why_baselines_only(large)
    assert why is not None and "2000 rows and 5000 readouts would take" in why
    assert {member.baseline for member in members_for(large)} == {True}
    assert why_baselines_only(design) is None


def test_every_member_predicts_every_entry(small_study: Measurements) -> None:
    design = build_design(small_study)
    for member in members_for(design):
        prediction = member.fit(design).predict(design.rows)
        assert prediction.mean.shape == design.response.shape
        if prediction.low is not None and prediction.high is not None:
            assert (prediction.low < prediction.mean).all()
            assert (prediction.mean < prediction.high).all()


def test_a_member_beyond_memory_is_left_out_and_says_how_much(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    member = saturating_member(wiring)
    assert why_left_out(design, member) is None
    assert members_for(design, (RIDGE, member)) == (RIDGE, member)
    greedy = replace(member, memory_bytes=lambda design: 9_000_000_000)
    why = why_left_out(design, greedy)
    assert why is not None and "would take 9 GB, more than 4 GB" in why
    assert members_for(design, (RIDGE, greedy)) == (RIDGE,)


def test_a_core_fitted_before_gives_the_same_answer(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    core = fit_hierarchical(design)
    for member in members_with(wiring):
        if member.on_core is not None:
            shared = member.on_core(design, core).predict(design.rows)
            alone = member.fit(design).predict(design.rows)
            assert np.allclose(shared.mean, alone.mean), member.name
