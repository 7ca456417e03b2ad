"""Wells of viability: fractions of the control of the same plate, and tables read upside down refused."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.viability.long_table import read_viability_long
from kinescape.foundation.errors import InputError

COLUMNS = {"condition": "drug", "value": "lum", "replicate": "plate"}
GOLDEN = """drug,lum,plate
DMSO,100,P1
DMSO,300,P1
trametinib 10 nM,100,P1
trametinib 10 nM,140,P1
DMSO,1000,P2
trametinib 10 nM,200,P2
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "wells.csv"
    path.write_text(content, encoding="utf-8")
    return path


def read(path: Path, **options: Any) -> Any:
    return read_viability_long(path, **{"columns": COLUMNS, "scale": "raw", "sample": "A", **options})


def refusal(path: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as error:
        read(path, name=path.name, **options)
    return error.value


def test_wells_are_set_against_the_controls_of_their_plate_and_a_plate_counts_once(tmp_path: Path) -> None:
    result = read(write(tmp_path, GOLDEN))
    row = result.measurements.frame.row(0, named=True)
    # Plate 1: mean(100, 140) / mean(100, 300) = 0.6; plate 2: 0.2. Mean 0.4, standard error 0.2.
    assert row["value"] == pytest.approx(0.4)
    assert row["se"] == pytest.approx(0.2)
    assert (row["n"], row["scale"], row["node"]) == (2, "fraction_of_control", "viability")


def test_wells_of_one_plate_are_one_replicate_and_their_spread_is_in_the_account(tmp_path: Path) -> None:
    content = "drug,lum\nDMSO,90\nDMSO,110\nMEKi 1 nM,45\nMEKi 1 nM,55\n"
    result = read(write(tmp_path, content), columns={"condition": "drug", "value": "lum"})
    row = result.measurements.frame.row(0, named=True)
    assert (row["value"], row["se"], row["n"], row["flags"]) == (0.5, None, 1, ["wells_of_one_plate"])
    account = result.accounting.row(0, named=True)
    assert account["control_variation"] == pytest.approx(200**0.5 / 100)
    assert account["control_wells"] == 2
    assert "repeated wells vary by 14 %" in account["note"]


def test_a_plate_without_a_control_is_refused(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, GOLDEN + "trametinib 10 nM,5,P3\n"))
    assert [(fault.code, fault.row) for fault in error.faults] == [("control-missing", 8)]
    assert "P3" in error.text


def test_dead_wells_are_subtracted_plate_by_plate(tmp_path: Path) -> None:
    content = "drug,lum,plate\nDMSO,110,P1\nPAO,10,P1\nMEKi 1 nM,60,P1\nMEKi 2 nM,5,P1\n"
    result = read(write(tmp_path, content), background=["PAO"])
    found = dict(result.measurements.frame.select("condition", "value").rows())
    assert found == {"MEK inhibitor 1 nM": 0.5, "MEK inhibitor 2 nM": 0.0}
    assert {"background", "below-zero"} <= {note.code for note in result.notes}
    assert "no well is called blank" in refusal(write(tmp_path, content), background=["blank"]).text


@pytest.mark.parametrize(
    ("scale", "measures", "control", "treated"),
    [
        ("fraction_of_control", "viability", 1.0, 0.3),
        ("percent_of_control", "viability", 100.0, 30.0),
        ("fraction_of_control", "inhibition", 0.0, 0.7),
        ("percent_of_control", "inhibition", 0.0, 70.0),
    ],
)
def test_every_declared_scale_gives_the_same_effect(
    tmp_path: Path, scale: str, measures: str, control: float, treated: float
) -> None:
    path = write(tmp_path, f"drug,lum,plate\nDMSO,{control},1\nMEKi 1 nM,{treated},1\n")
    assert read(path, scale=scale, measures=measures).measurements.frame["value"].item() == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("scale", "measures", "control"),
    [
        ("fraction_of_control", "viability", 100.0),
        ("percent_of_control", "viability", 1.0),
        ("fraction_of_control", "viability", 0.0),
        ("percent_of_control", "inhibition", 100.0),
        ("fraction_of_control", "inhibition", 1.0),
    ],
)
def test_controls_that_contradict_the_declared_scale_refuse_the_file(
    tmp_path: Path, scale: str, measures: str, control: float
) -> None:
    path = write(tmp_path, f"drug,lum,plate\nDMSO,{control},1\nMEKi 1 nM,{control / 2},1\n")
    error = refusal(path, scale=scale, measures=measures)
    assert "scale-contradicted" in {fault.code for fault in error.faults}


def test_raw_wells_upside_down_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "drug,lum,plate\nDMSO,10,1\nMEKi 1 nM,90,1\n")
    assert [fault.code for fault in refusal(path).faults] == ["upside-down"]


def test_unknown_scale_and_direction_are_told_together(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, GOLDEN), scale="percent", measures="death")
    assert [fault.code for fault in error.faults] == ["unknown-scale", "wrong-value"]


@given(st.floats(0.01, 1e6), st.lists(st.floats(0.0, 1.9), min_size=1, max_size=5))
def test_effects_do_not_depend_on_the_gain_of_the_reader(
    tmp_path_factory: pytest.TempPathFactory, gain: float, fractions: list[float]
) -> None:
    wells = [f"MEKi {index + 1} nM,{fraction * gain!r},1\n" for index, fraction in enumerate(fractions)]
    path = write(tmp_path_factory.mktemp("wells"), f"drug,lum,plate\nDMSO,{gain!r},1\n" + "".join(wells))
    frame = read(path).measurements.frame
    found = dict(frame.select("condition", "value").rows())
    for index, fraction in enumerate(fractions):
        assert found[f"MEK inhibitor {index + 1} nM"] == pytest.approx(fraction, abs=1e-9)


def test_mcf10a_wells_agree_with_the_authors_own_normalisation(real_data: Path) -> None:
    path = real_data / "network/cnr-mcf10a/results/perturbations/wt-envision.tsv"
    result = read(
        path,
        sample="MCF10A",
        columns={"condition": "Treatment", "value": "Viability"},
        background=["PAO 10uM"],
        agents={"EGFRi": "gefitinib", "MEKi": "trametinib"},
    )
    table = result.measurements
    # 246 wells: 6 DMSO, 6 PAO (the background), 12 RAF inhibitor, 37 conditions of 6.
    assert result.accounting["rows"].to_list() == [240]
    assert len(table.conditions) == 38
    theirs = pl.read_csv(path, separator="\t").filter(pl.col("Treatment") == "EGFRi 0.3uM + MEKi 0.002uM")
    ours = table.where(condition="gefitinib 300 nM + trametinib 2 nM").frame["value"].item()
    assert ours == pytest.approx(theirs["NormalizedViability"].mean(), abs=1e-12)


def test_well_positions_are_no_replicates(tmp_path: Path) -> None:
    content = "drug,lum,plate\nDMSO,90,A1\nDMSO,110,B2\nMEKi 1 nM,45,C3\nMEKi 1 nM,55,D4\n"
    assert "these are wells" in refusal(write(tmp_path, content)).text


def test_background_and_ignored_agents_hold_in_the_layout_of_agent_columns(tmp_path: Path) -> None:
    content = (
        "drug,dose,unit,lum,plate\nDMSO,,,1000,P1\nblank,,,100,P1\nerlotinib,1,uM,550,P1\nwater,,,3,P1\n"
        "DMSO,,,1000,P2\nblank,,,100,P2\nerlotinib,1,uM,550,P2\n"
    )
    columns = {
        "agents": [{"agent": "drug", "dose": "dose", "unit": "unit"}],
        "value": "lum",
        "replicate": "plate",
    }
    result = read(write(tmp_path, content), columns=columns, background=["blank"], ignore=["water"])
    assert result.measurements.frame["value"].to_list() == pytest.approx([0.5])
    assert any("1 lines of water" in note.text for note in result.notes)
