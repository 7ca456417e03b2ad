"""MIDAS: golden files of our own, properties, and the public files of four laboratories."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.signalling.midas import read_midas
from kinescape.foundation.errors import InputError
from kinescape.knowledge.agents import AgentTable, load_agents

HEADER = "TR:LineA:CellLine,TR:EGF:Stimuli,TR:MEK:Inhibitors,TR:PI3Ki,DA:ALL,DV:AKT,DV:ERK\n"


def write(folder: Path, lines: str, header: str = HEADER) -> Path:
    path = folder / "MD-made.csv"
    path.write_text(header + lines, encoding="utf-8")
    return path


def refusal(path: Path, **options: object) -> InputError:
    with pytest.raises(InputError) as error:
        read_midas(path, name=path.name, **options)  # type: ignore[arg-type]
    return error.value


def value(result: object, condition: str, readout: str, time_h: float) -> float:
    frame = result.measurements.frame.filter(  # type: ignore[attr-defined]
        (pl.col("condition") == condition) & (pl.col("readout") == readout) & (pl.col("time_h") == time_h)
    )
    return float(frame["value"].unique().item())


def test_raw_values_become_log2_ratios_to_the_control_of_the_same_time(tmp_path: Path) -> None:
    path = write(
        tmp_path, "1,0,0,0,0,8,1\n1,0,0,0,30,10,2\n1,1,0,0,30,40,4\n1,0,1,0,30,10,0.5\n1,1,1,1,30,5,NA\n"
    )
    result = read_midas(path, scale="raw")
    table = result.measurements
    assert table.samples == ("LineA",)
    assert table.conditions == ("EGF", "EGF + MEK inhibitor + PI3K inhibitor", "MEK inhibitor")
    assert value(result, "EGF", "AKT", 0.5) == pytest.approx(2.0)
    assert value(result, "EGF", "ERK", 0.5) == pytest.approx(1.0)
    assert value(result, "MEK inhibitor", "ERK", 0.5) == pytest.approx(-2.0)
    assert value(result, "EGF + MEK inhibitor + PI3K inhibitor", "AKT", 0.5) == pytest.approx(-1.0)
    assert set(table.where(readout="ERK").nodes) == {"MAPK1", "MAPK3"}
    assert result.accounting["missing"].to_list() == [1]
    assert {note.code for note in result.notes} >= {"missing-values", "replicates-unnamed"}


def test_repeated_lines_count_once_unless_the_study_says_they_are_independent(tmp_path: Path) -> None:
    lines = "1,0,0,0,30,1,1\n1,0,0,0,30,1,1\n1,1,0,0,30,2,1\n1,1,0,0,30,8,1\n"
    wells = read_midas(write(tmp_path, lines), scale="raw").measurements.where(readout="AKT").frame
    assert wells["n"].unique().to_list() == [1]
    assert wells["se"].null_count() == wells.height
    assert "wells_of_one_plate" in wells["flags"][0]
    own = read_midas(write(tmp_path, lines), scale="raw", repeats="independent").measurements
    frame = own.where(readout="AKT").frame
    # log2 of 2 and 8 is 1 and 3: mean 2, standard deviation √2, standard error 1; the controls do not vary.
    assert frame["n"].unique().to_list() == [2]
    assert frame["value"].unique().to_list() == [2.0]
    assert frame["se"][0] == pytest.approx(1.0)


def test_the_error_of_controls_of_other_experiments_is_added(tmp_path: Path) -> None:
    lines = "1,0,0,0,30,1,1\n1,0,0,0,30,4,1\n1,1,0,0,30,2,1\n1,1,0,0,30,8,1\n"
    result = read_midas(write(tmp_path, lines), scale="raw", repeats="independent")
    # Treated 1 ± 1 ... controls log2 0 and 2: mean 1, standard error 1. Effect 2 − 1 = 1, error √(1² + 1²).
    frame = result.measurements.where(readout="AKT").frame
    assert frame["value"][0] == pytest.approx(1.0)
    assert frame["se"][0] == pytest.approx(2**0.5)


def test_columns_of_combined_inhibitors_are_told_apart_by_an_alias(tmp_path: Path) -> None:
    header = "TR:A:CellLine,TR:PBS:Stimuli,TR:drugX_drugY:Inhibitors,DA:ALL,DV:AKT\n"
    path = write(tmp_path, "1,1,0,30,4\n1,1,1,30,1\n", header)
    aliases = {"PBS": "control", "drugX_drugY": "MEK inhibitor + PI3K inhibitor"}
    result = read_midas(path, scale="raw", agents=aliases)
    assert result.measurements.conditions == ("MEK inhibitor + PI3K inhibitor",)
    assert value(result, "MEK inhibitor + PI3K inhibitor", "AKT", 0.5) == -2.0


def test_each_readout_may_have_its_own_time(tmp_path: Path) -> None:
    header = "TR:A:CellLine,TR:EGF,DA:AKT,DA:ERK,DV:AKT,DV:ERK\n"
    result = read_midas(write(tmp_path, "1,0,5,30,1,1\n1,1,5,30,2,4\n", header), scale="raw")
    assert value(result, "EGF", "AKT", 5 / 60) == 1.0
    assert value(result, "EGF", "ERK", 0.5) == 2.0


def test_all_the_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    header = "TR:A:CellLine,TR:EGF,TR:gefitnib,DA:ALL,DV:AKT,DV:pBogusin,DV:ERK\n"
    path = write(tmp_path, '1,0,0,30,1,1,1\n1,1,0,30,"1,5",1,1\n1,0,1,30,1,1,inf\n0,1,0,30,1,1,1\n', header)
    error = refusal(path, scale="raw")
    found = {(fault.code, fault.row, fault.column) for fault in error.faults}
    assert ("not-a-number", 3, "DV:AKT") in found
    assert ("not-a-number", 4, "DV:ERK") in found
    assert ("unknown-agent", 4, None) in found
    assert ("unknown-readout", 2, None) in found
    assert ("empty-cell", 5, None) in found
    assert "gefitinib" in error.text


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("a,b\n", "no DV: column"),
        ("TR:A:CellLine,TR:EGF,DV:AKT\n", "the times are missing"),
        ("TR:A:CellLine,TR:EGF,DA:ERK,DV:AKT\n", "no DA: column for AKT"),
    ],
)
def test_another_table_is_not_taken_for_midas(tmp_path: Path, header: str, why: str) -> None:
    cells = ",".join("1" for _ in header.split(",")) + "\n"
    assert why in refusal(write(tmp_path, cells, header), scale="raw").text


def test_a_file_without_control_or_of_an_unknown_scale_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "1,1,0,0,30,1,1\n")
    assert "no control at 0.5 h for AKT, ERK" in refusal(path, scale="raw").text
    assert "'log' is not a scale" in refusal(path, scale="log").text
    assert "the file has 0.5 h" in refusal(path, scale="raw", times_h=[1.0]).text


def test_contradicting_effects_are_refused_and_agreeing_ones_counted_once(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, "1,1,0,0,30,1,2\n1,1,0,0,30,1,5\n"), scale="log2_fold_change")
    assert [fault.code for fault in error.faults] == ["duplicate"]
    assert "rows 2, 3 contradict each other: LineA, EGF, ERK" in error.text
    same = read_midas(write(tmp_path, "1,1,0,0,30,1,2\n1,1,0,0,30,1,2\n"), scale="log2_fold_change")
    assert same.measurements.frame["n"].unique().to_list() == [1]


@given(st.lists(st.floats(0.01, 1000), min_size=2, max_size=6), st.floats(0.01, 100))
def test_effects_do_not_depend_on_the_unit_of_the_instrument(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], factor: float
) -> None:
    folder = tmp_path_factory.mktemp("midas")
    control, *treated = values

    def effects(scale: float) -> list[float]:
        lines = f"1,0,0,0,30,{control * scale!r},1\n" + "".join(
            f"1,1,0,0,{60 * time},{one * scale!r},1\n1,0,0,0,{60 * time},{control * scale!r},1\n"
            for time, one in enumerate(treated, start=1)
        )
        frame = (
            read_midas(write(folder, lines), scale="raw").measurements.where(readout="AKT", node="AKT1").frame
        )
        return frame.sort("time_h")["value"].to_list()

    assert effects(factor) == pytest.approx(effects(1.0), abs=1e-9)


def test_colorectal_lines_give_47_conditions_and_14_readouts(real_data: Path) -> None:
    folder = real_data / "network/eduati-crc14/data/base/MIDAS"
    for path in sorted(folder.glob("*.csv")):
        result = read_midas(
            path, scale="log2_fold_change", times_h=[0.5], agents={"PLXmuti": "BRAF inhibitor"}
        )
        table = result.measurements
        assert len(table.conditions) == 47
        assert len(table.readouts) == 14
        account = result.accounting.row(0, named=True)
        # 94 lines, half of them at time zero; 47 × 14 readings at 30 minutes, of which 18 are missing.
        assert (account["rows"], account["dropped"], account["missing"]) == (47, 658, 18)
        assert table.frame.unique(["condition", "readout"]).height == 47 * 14 - 18
        raw = pl.read_csv(path, null_values="nan").row(47, named=True)
        assert raw["DA:ALL"] == 30
        given = [key for key, level in raw.items() if key.startswith("TR:") and level and "Cell" not in key]
        assert len(given) == 1
        agent = load_agents().resolve(given[0].removeprefix("TR:")).name
        own = table.where(condition=agent, readout="AKT").frame["value"].unique()
        assert own.item() == raw["DV:AKT"]


def test_breast_lines_of_the_dream_challenge(real_data: Path, tmp_path: Path) -> None:
    aliases = {
        "PBS": "control",
        "Serum": "FBS",
        "GSK690693_GSK1120212": "GSK690693 + trametinib",
    }
    path = real_data / "network/hpn-dream8/MD_MCF7_main.csv"
    header = pl.read_csv(path, n_rows=0).columns
    readouts = [name.removeprefix("DV:") for name in header if name.startswith("DV:")]
    kept = ["AKT_pS473", "MAPK_pT202_Y204"]
    agent_table = _with_agents(tmp_path, "GSK690693", "FBS")
    result = read_midas(
        path,
        scale="raw",
        times_h=[0.5],
        agents=aliases,
        ignore_readouts=[name for name in readouts if name not in kept],
        agent_table=agent_table,
    )
    table = result.measurements
    assert table.samples == ("MCF7",)
    assert table.readouts == tuple(sorted(kept))
    assert "GSK690693 + trametinib" in table.conditions
    # An AKT inhibitor of this type raises pAKT; EGF raises ERK.
    assert table.where(condition="EGF", node="MAPK1").frame["value"].item() > 0


def _with_agents(folder: Path, *names: str) -> AgentTable:
    path = folder / "agents.tsv"
    lines = [f"{name}\tAKT1\tinhibits\n" for name in names if load_agents().get(name) is None]
    path.write_text("name\ttargets\teffect\n" + "".join(lines), encoding="utf-8")
    return load_agents(path)
