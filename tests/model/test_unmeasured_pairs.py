from kinescape.measurements.table import Measurements
from kinescape.model.design import build_designs
from kinescape.model.unmeasured_pairs import unmeasured_pairs


def test_pairs_nobody_measured(small_study: Measurements) -> None:
    design = build_designs(small_study, kinds={"EGF": "ligand"})[0]
    assert unmeasured_pairs(design) == ()
    fewer = design.take(design.rows.condition != "AKTi 1 uM + MEKi 100 nM")
    fewer = fewer.take(fewer.rows.agent_count < 3)
    assert [pair.text for pair in unmeasured_pairs(fewer)] == ["AKTi 1 uM + MEKi 100 nM"]


def test_pairs_take_the_dose_that_was_combined(small_study: Measurements) -> None:
    """MEKi was combined at 100 nM only; without combinations the largest dose is taken."""
    design = build_designs(small_study)[0]
    singles = design.take(design.rows.agent_count == 1)
    texts = [pair.text for pair in unmeasured_pairs(singles)]
    assert "AKTi 1 uM + MEKi 100 nM" in texts
    assert len(texts) == 6
