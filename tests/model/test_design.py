import numpy as np
import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.measurements.conditions import AgentDose, Condition
from kinescape.measurements.table import Measurements
from kinescape.model.design import build_design, build_designs, collinear_agents
from kinescape.model.effect_scale import from_effect, to_effect


def table(rows: list[tuple], scale: str = "log2_fold_change") -> Measurements:
    frame = pl.DataFrame(rows, schema=["sample", "condition", "node", "readout", "value"], orient="row")
    return Measurements.from_frame(frame.with_columns(scale=pl.lit(scale), assay=pl.lit("made")))


def test_rows_doses_and_values(small_study: Measurements) -> None:
    design = build_design(small_study, kinds={"EGF": "ligand"})
    assert design.samples == ("A", "B")
    assert design.agents == ("AKTi", "EGF", "ERKi", "MEKi")
    assert design.kinds == ("inhibitor", "ligand", "inhibitor", "inhibitor")
    assert design.readouts == ("p-AKT", "p-ERK1/2", "p-S6")
    row = list(zip(design.rows.sample, design.rows.condition, strict=True)).index(
        (1, "EGF 50 ng/mL + MEKi 100 nM")
    )
    assert design.rows.dose[row].tolist() == [0, 1, 0, 1]
    frame = small_study.where(sample="B", condition="EGF 50 ng/mL + MEKi 100 nM", readout="p-S6").frame
    assert design.response[row, 2] == frame["value"][0]


def test_low_dose_is_half(small_study: Measurements) -> None:
    design = build_design(small_study)
    low = design.rows.condition == "MEKi 10 nM"
    assert set(design.rows.dose[low, design.agents.index("MEKi")]) == {0.5}


def test_a_readout_of_two_nodes_counts_once() -> None:
    study = table([("A", "x", node, "p-ERK1/2", 1.0) for node in ("MAPK1", "MAPK3")])
    design = build_design(study)
    assert design.response.tolist() == [[1.0]]
    assert not [note for note in design.notes if note.code == "averaged"]


def test_times_are_averaged_and_said() -> None:
    frame = pl.concat(
        [
            table([("A", "x", "AKT1", "pAKT", v)]).frame.with_columns(time_h=pl.lit(t))
            for t, v in ((0.5, 1.0), (1.0, 2.0))
        ]
    )
    study = Measurements.from_frame(frame)
    design = build_design(study)
    assert design.response[0, 0] == 1.5
    assert "0.5 h, 1 h" in next(note for note in design.notes if note.code == "averaged").found
    assert build_design(study, times_hours=[1.0]).response[0, 0] == 2.0


def test_controls_are_left_out_and_counted() -> None:
    design = build_design(table([("A", "control", "AKT1", "pAKT", 0.0), ("A", "x", "AKT1", "pAKT", 1.0)]))
    assert len(design) == 1
    assert next(note for note in design.notes if note.code == "controls-left-out").found.startswith(
        "1 control"
    )


def test_missing_readouts_stay_missing() -> None:
    design = build_design(table([("A", "x", "AKT1", "pAKT", 1.0), ("A", "y", "EGFR", "pEGFR", 2.0)]))
    assert np.isnan(design.response).tolist() == [[False, True], [True, False]]


def test_genetic_perturbations_are_agents() -> None:
    design = build_design(table([("A", "KO:PTPN11 + x 1 uM", "AKT1", "pAKT", 1.0)]))
    assert design.agents == ("KO:PTPN11", "x")
    assert design.kinds == ("genetic", "inhibitor")
    assert design.rows.dose.tolist() == [[1.0, 1.0]]


def test_population_belongs_to_the_sample() -> None:
    frame = table([("A", "x", "AKT1", "pAKT", 1.0)]).frame.with_columns(population=pl.lit("T cells"))
    assert build_design(Measurements.from_frame(frame)).samples == ("A / T cells",)


def test_own_dose_code_of_a_row() -> None:
    def weaker_in_b(sample: str, dose: AgentDose) -> float | None:
        return 0.25 if sample == "B" and dose.agent == "x" else None

    rows = [(sample, f"{agent} 1 uM", "AKT1", "pAKT", 1.0) for sample in "AB" for agent in "xy"]
    design = build_design(table(rows), row_dose=weaker_in_b)
    assert design.rows.dose.tolist() == [[1, 0], [0, 1], [0.25, 0], [0, 1]]
    assert design.rows_for("B", [Condition.parse("x 1 uM")]).dose.tolist() == [[0.25, 0]]


def test_viability_is_a_design_of_its_own_on_log2(small_study: Measurements) -> None:
    signalling, viability = build_designs(small_study)
    assert (signalling.scale, viability.scale) == ("log2_fold_change", "fraction_of_control")
    frame = small_study.where(readout="viability", sample="A", condition="MEKi 100 nM").frame
    row = (viability.rows.condition == "MEKi 100 nM") & (viability.rows.sample == 0)
    assert viability.response[row, 0] == pytest.approx(np.log2(frame["value"][0]))


@pytest.mark.parametrize("scale", ["log2_fold_change", "fraction_of_control", "growth_rate", "z", "auc"])
def test_effects_go_back_to_their_scale(scale: str) -> None:
    values = np.array([0.05, 0.5, 1.0, 1.5])
    assert from_effect(to_effect(values, scale), scale) == pytest.approx(values)


def test_dead_cells_are_not_minus_infinity() -> None:
    assert to_effect(np.array([0.0]), "fraction_of_control").tolist() == [-6.0]


def test_nothing_treated_is_an_input_error() -> None:
    with pytest.raises(InputError, match="no treated row"):
        build_design(table([("A", "control", "AKT1", "pAKT", 0.0)]))


def test_amounts_that_cannot_be_compared_are_an_input_error() -> None:
    rows = [("A", "x 1 uM", "AKT1", "pAKT", 1.0), ("A", "x 5 ng/mL", "AKT1", "pAKT", 1.0)]
    with pytest.raises(InputError, match="x is dosed in units that cannot be compared"):
        build_design(table(rows))


def test_agents_always_given_together_are_named() -> None:
    rows = [("A", "x + y", "AKT1", "pAKT", 1.0), ("A", "z", "AKT1", "pAKT", 0.5)]
    design = build_design(table(rows))
    assert collinear_agents(design) == (("x", "y"),)
    assert any(note.code == "agents-collinear" and "x and y" in note.found for note in design.notes)


def test_what_a_reader_should_know_is_noted() -> None:
    rows = [
        ("A", "x", "AKT1", "constant", 1.0),
        ("A", "y", "AKT1", "constant", 1.0),
        ("A", "y", "AKT1", "once", 1.0),
        ("B", "x + y", "AKT1", "constant", 1.0),
    ]
    notes = {note.code: note.found for note in build_design(table(rows)).notes}
    assert notes["readout-constant"].startswith("constant has the same value in all 3")
    assert notes["readout-once"].startswith("once ")
    assert notes["no-singles"].startswith("B ")
    assert notes["few-conditions"].startswith("3 conditions")


def test_agent_absent_from_a_sample_is_named() -> None:
    rows = [("A", "x", "AKT1", "pAKT", 1.0), ("A", "y", "AKT1", "pAKT", 1.0), ("B", "x", "AKT1", "pAKT", 1.0)]
    found = [note.found for note in build_design(table(rows)).notes if note.code == "agent-absent"]
    assert found == ["B was not treated with y"]


def test_unknown_agents_of_asked_rows_are_all_named(small_study: Measurements) -> None:
    design = build_design(small_study)
    with pytest.raises(InputError) as caught:
        design.rows_for("A", [Condition.parse("foo + MEKi 10 nM"), Condition.parse("bar")])
    assert len(caught.value.faults) == 2
