from kinescape.measurements.table import Measurements
from kinescape.model.design import build_design
from kinescape.model.members import MEMBERS, members_for


def test_names_are_distinct_and_explained() -> None:
    assert len({member.name for member in MEMBERS}) == len(MEMBERS)
    assert all(member.words for member in MEMBERS)
    assert [member.name for member in MEMBERS if member.baseline][:4] == [
        "mean",
        "nearest_condition",
        "sum_of_singles",
        "ridge",
    ]


def test_every_member_predicts_every_entry(small_study: Measurements) -> None:
    design = build_design(small_study)
    for member in members_for(design):
        prediction = member.fit(design).predict(design.rows)
        assert prediction.mean.shape == design.response.shape
        if prediction.low is not None and prediction.high is not None:
            assert (prediction.low < prediction.mean).all()
            assert (prediction.mean < prediction.high).all()
