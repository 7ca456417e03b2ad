"""Long dose tables in a study: single drugs and matrices become conditions, bad ones are refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from kinescape.assays.reading import ReadResult
from kinescape.assays.viability.study_formats.study_doses import read_viability_doses
from kinescape.foundation.errors import InputError

HEAD = "drug1,drug2,conc1,conc2,conc_unit,response,cell_line"
MATRIX = [
    "dasatinib,trametinib,0,0,nM,100,A549",
    "dasatinib,trametinib,100,0,nM,80,A549",
    "dasatinib,trametinib,0,1000,nM,60,A549",
    "dasatinib,trametinib,100,1000,nM,30,A549",
]


def table(tmp_path: Path, lines: list[str], name: str = "doses.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def values(result: ReadResult) -> dict[str, float]:
    frame = result.measurements.frame
    return dict(zip(frame["condition"], frame["value"].round(9), strict=True))


def refused(path: Path, **options: object) -> InputError:
    with pytest.raises(InputError) as error:
        read_viability_doses(path, **options)  # type: ignore[arg-type]
    return error.value


def test_a_matrix_becomes_canonical_conditions(tmp_path: Path) -> None:
    result = read_viability_doses(table(tmp_path, [HEAD, *MATRIX]), time_h=72, name="m.csv")
    assert values(result) == {
        "dasatinib 100 nM": 0.8,
        "trametinib 1 uM": 0.6,
        "dasatinib 100 nM + trametinib 1 uM": 0.3,
    }
    frame = result.measurements.frame
    assert frame["scale"].cast(pl.String).unique().to_list() == ["fraction_of_control"]
    assert frame["node"].unique().to_list() == ["viability"]
    assert (frame["time_h"] == 72).all() and frame["se"].null_count() == 3
    account = result.accounting.row(0, named=True)
    assert (account["file"], account["sample"], account["rows"], account["control_wells"]) == (
        "m.csv",
        "A549",
        4,
        1,
    )


def test_inhibition_viability_percent_and_fraction_give_the_same(tmp_path: Path) -> None:
    expected = values(read_viability_doses(table(tmp_path, [HEAD, *MATRIX])))
    for name, turn in (
        ("inhibition", lambda v: 100 - v),
        ("fraction", lambda v: v / 100),
        ("inhibited", lambda v: 1 - v / 100),
    ):
        lines = [line.split(",") for line in MATRIX]
        changed = [",".join([*cells[:5], str(turn(float(cells[5]))), cells[6]]) for cells in lines]
        assert values(read_viability_doses(table(tmp_path, [HEAD, *changed], f"{name}.csv"))) == expected


def test_single_drugs_other_headings_and_named_replicates(tmp_path: Path) -> None:
    lines = ["Line,Cpd,uM,Alive,Exp"]
    for experiment, low in (("e1", 0.5), ("e2", 0.7)):
        lines += [f"A549,,0,1.0,{experiment}", f"A549,Sprycel,0.1,{low},{experiment}"]
        # Wells of one experiment are one replicate.
        lines += [f"A549,Sprycel,0.1,{low},{experiment}"]
    columns = {
        "sample": "Line",
        "agents": [{"agent": "Cpd", "dose": "uM"}],
        "value": "Alive",
        "replicate": "Exp",
    }
    result = read_viability_doses(table(tmp_path, lines), columns=columns, dose_unit="uM")
    row = result.measurements.frame.row(0, named=True)
    assert (row["condition"], row["n"]) == ("dasatinib 100 nM", 2)
    assert row["value"] == pytest.approx(0.6)
    assert row["se"] == pytest.approx(0.1)


def test_repeated_lines_are_wells_unless_said_to_be_experiments(tmp_path: Path) -> None:
    again = MATRIX[1].replace(",80,", ",60,")
    path = table(tmp_path, [HEAD, *MATRIX, again])
    frame = read_viability_doses(path).measurements.frame
    row = frame.filter(pl.col("condition") == "dasatinib 100 nM").row(0, named=True)
    assert (row["value"], row["n"], row["se"], row["flags"]) == (0.7, 1, None, ["wells_of_one_plate"])
    frame = read_viability_doses(path, repeats="independent").measurements.frame
    row = frame.filter(pl.col("condition") == "dasatinib 100 nM").row(0, named=True)
    assert row["n"] == 2 and row["se"] == pytest.approx(0.1)


def test_a_column_of_cells_is_no_count_beside_responses(tmp_path: Path) -> None:
    lines = [f"{HEAD},cells", *(f"{line},lung" for line in MATRIX)]
    assert len(read_viability_doses(table(tmp_path, lines)).measurements) == 3


def test_technical_repeats_are_no_replicates(tmp_path: Path) -> None:
    lines = [f"{HEAD},tech_rep"]
    for repeat in (1, 2):
        lines += [f"{line},{repeat}" for line in MATRIX]
    result = read_viability_doses(table(tmp_path, lines))
    assert result.measurements.frame["n"].unique().to_list() == [1]
    assert "technical-repeats" in {note.code for note in result.notes}


def test_counts_with_time_zero_become_growth_rates(tmp_path: Path) -> None:
    lines = ["cell_line,agent,dose,unit,cell_count,cell_count__ctrl,cell_count__time0"]
    lines += ["A549,dasatinib,1,uM,200,400,100", "A549,trametinib,1,uM,100,400,100"]
    result = read_viability_doses(table(tmp_path, lines))
    frame = result.measurements.frame
    assert frame["scale"].cast(pl.String).unique().to_list() == ["growth_rate"]
    # One doubling of two: 2^(1/2) - 1; none at all: 0.
    assert values(result) == pytest.approx({"dasatinib 1 uM": 2**0.5 - 1, "trametinib 1 uM": 0.0})


def test_what_a_study_leaves_out_is_counted(tmp_path: Path) -> None:
    other = ["nosuchdrug,trametinib,50,0,nM,90,A549", "dasatinib,trametinib,100,0,nM,90,H1299"]
    path = table(tmp_path, [HEAD, *MATRIX, *other])
    assert "unknown-agent" in {fault.code for fault in refused(path).faults}
    for option in ({"ignore": ["nosuchdrug"]}, {"only_agents": ["dasatinib", "trametinib"]}):
        result = read_viability_doses(path, only_samples=["A549"], **option)  # type: ignore[arg-type]
        assert len(result.measurements) == 3
        assert result.accounting["dropped"].to_list() == [2]
    only = read_viability_doses(path, only_agents=["trametinib"], only_samples=["A549"])
    assert values(only) == {"trametinib 1 uM": 0.6}
    assert refused(path, only_agents=["erlotinib"]).faults[0].code == "nothing-left"
    assert (
        refused(path, only_agents=["trametinib"], only_samples=["A459"]).faults[0].code
        == "sample-without-data"
    )


def test_unknown_drugs_are_told_once_with_their_row_and_the_nearest(tmp_path: Path) -> None:
    lines = [*MATRIX, "dasatinb,trametinib,10,0,nM,90,A549", "dasatinb,trametinib,20,0,nM,90,A549"]
    faults = refused(table(tmp_path, [HEAD, *lines])).faults
    assert [(f.code, f.row, f.column) for f in faults] == [("unknown-agent", 6, "drug1")]
    assert "'dasatinib'" in faults[0].found
    many = [f"nosuch{i},trametinib,10,0,nM,90,A549" for i in range(40)]
    faults = refused(table(tmp_path, [HEAD, *MATRIX, *many])).faults
    assert len(faults) == 21 and "20 more agents" in faults[-1].found


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace(",nM,", ",parsec,"), "unknown-unit"),
        (lambda text: text.replace("conc_unit", "remark"), "unit-missing"),
        (lambda text: text.replace("conc1", "remark"), "missing-column"),
        (lambda text: text.replace("response", "remark"), "missing-column"),
        (lambda text: text.replace("cell_line", "remark"), "missing-column"),
        (lambda text: text.replace(",100,0,", ",-100,0,"), "negative-dose"),
        (lambda text: text.replace(",100,0,", ",1-Mar,0,"), "date-for-dose"),
        (lambda text: text.replace(",100,0,", ",2026-03-01,0,"), "date-for-dose"),
        (lambda text: text.replace(",100,0,", ",NaN,0,"), "missing-dose"),
        (lambda text: text.replace(",100,0,", ',"0,3",0,'), "not-a-number"),
        (lambda text: text.replace("nM,80,", "nM,high,"), "not-a-number"),
        (lambda text: text.replace("dasatinib,trametinib,0,0,nM,100,A549\n", ""), "control-missing"),
        (lambda text: text.replace("nM,100,A549", "nM,40,A549"), "scale-ambiguous"),
        (lambda text: text.replace("nM,80,A549", "nM,80,"), "empty-cell"),
        (lambda text: text.replace("dasatinib,", ",", 2), "empty-cell"),
        (lambda text: text.split("\n")[0] + "\n", "empty-table"),
        (lambda text: "", "empty-file"),
    ],
)
def test_bad_tables_have_one_clear_message(tmp_path: Path, change, code: str) -> None:  # type: ignore[no-untyped-def]
    text = change("\n".join([HEAD, *MATRIX]) + "\n")
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    faults = refused(path, name="bad.csv").faults
    errors = [fault for fault in faults if fault.severity == "error"]
    assert {fault.code for fault in errors} == {code} and len(errors) <= 2
    assert errors[0].file == "bad.csv"
    assert "--" not in (errors[0].mend or "")


def test_all_values_missing_is_an_error(tmp_path: Path) -> None:
    text = "\n".join([HEAD, *MATRIX])
    for value in ("80", "60", "30"):
        text = text.replace(f"nM,{value},", "nM,NaN,")
    faults = refused(table(tmp_path, [text]), scale="percent", measures="viability").faults
    assert [fault.code for fault in faults] == ["empty-table"]
    result = read_viability_doses(table(tmp_path, [HEAD, *MATRIX[:3], MATRIX[3].replace(",30,", ",NaN,")]))
    assert len(result.measurements) == 2
    assert result.accounting["missing"].to_list() == [1]


def test_viability_and_inhibition_in_one_file_are_refused(tmp_path: Path) -> None:
    turned = [
        line.replace(f",{value},A549", f",{100 - value},H1299")
        for line, value in zip(MATRIX, (100, 80, 60, 30), strict=True)
    ]
    more = [line.replace("A549", name) for name in ("PC9", "HeLa") for line in MATRIX]
    faults = refused(table(tmp_path, [HEAD, *MATRIX, *more, *turned])).faults
    assert [fault.code for fault in faults] == ["mixed-responses"]
    assert "H1299" in faults[0].found and faults[0].row == 14


def test_without_dose_zero_the_scale_must_be_said(tmp_path: Path) -> None:
    path = table(tmp_path, [HEAD, *MATRIX[1:]])
    assert refused(path).faults[0].code == "control-missing"
    assert refused(path, scale="percent").faults[0].code == "control-missing"
    result = read_viability_doses(path, scale="percent", measures="viability")
    assert values(result)["dasatinib 100 nM"] == 0.8
    contradicted = refused(path, scale="fraction", measures="viability").faults
    assert contradicted[0].code == "scale-contradicted"


def test_log10_doses_gzipped_tables_and_a_drug_against_itself(tmp_path: Path) -> None:
    lines = ["drug,log10 dose,unit,response,cell_line", "dasatinib,2,nM,50,A549", "dasatinib,1,nM,90,A549"]
    agents = [{"agent": "drug", "dose": "log10 dose", "unit": "unit"}]
    result = read_viability_doses(
        table(tmp_path, lines), columns={"agents": agents}, scale="percent", measures="viability"
    )
    assert values(result) == {"dasatinib 100 nM": 0.5, "dasatinib 10 nM": 0.9}
    packed = tmp_path / "doses.csv.tar.gz"
    itself = MATRIX[3].replace("trametinib", "dasatinib")
    packed.write_bytes(gzip.compress("\n".join([HEAD, *MATRIX, itself]).encode()))
    result = read_viability_doses(packed)
    assert len(result.measurements) == 3
    assert "one-drug-twice" in {note.code for note in result.notes}


COUNTS = (
    "cell_line,agent,time,concentration,unit,cell_count,ctrl_tag,time0_tag\n"
    "A549,-,48,0,nM,401,,\nA549,dasatinib,48,10,nM,200,c_1,t0_1\nA549,dasatinib,48,100,nM,100,c_1,t0_1\n"
)


def test_counts_in_three_tables_become_growth_rates(tmp_path: Path) -> None:
    data, control, zero = (tmp_path / name for name in ("data.csv", "ctrl.csv", "time0.csv"))
    data.write_text(COUNTS)
    control.write_text("ctrl_tag,cell_count\nc_1,398\nc_1,402\n")
    zero.write_text("time0_tag,cell_count\nt0_1,100\n")
    result = read_viability_doses(data, controls=control, time_zero=zero)
    frame = result.measurements.frame.sort("value")
    assert frame["condition"].to_list() == ["dasatinib 100 nM", "dasatinib 10 nM"]
    assert frame["value"].to_list() == pytest.approx([0.0, 2**0.5 - 1])
    assert frame["scale"].unique().to_list() == ["growth_rate"]
    assert not [note for note in result.notes if note.severity == "warning"]
    assert any("untreated wells from ctrl.csv (2 lines, 1 tags" in note.found for note in result.notes)
    fractions = read_viability_doses(data, controls=control).measurements.frame
    assert sorted(fractions["value"].to_list()) == pytest.approx([0.25, 0.5])


def test_tables_of_counts_that_mean_nothing_or_join_nothing_are_refused(tmp_path: Path) -> None:
    data, control, zero = (tmp_path / name for name in ("data.csv", "ctrl.csv", "time0.csv"))
    control.write_text("ctrl_tag,cell_count\nc_2,400\n")
    zero.write_text("time0_tag,cell_count\nt0_1,500\n")
    data.write_text(COUNTS)
    fault = refused(data, controls=control).faults[0]
    assert fault.code == "control-missing" and "c_1" in fault.found and fault.row == 3
    control.write_text("ctrl_tag,cell_count\nc_1,400\n")
    fault = refused(data, controls=control, time_zero=zero).faults[0]
    assert fault.code == "no-growth" and "400 of 'A549' after 500" in fault.found
    data.write_text(COUNTS.replace("cell_count", "viability"))
    assert refused(data, controls=control).faults[0].code == "unused-option"
    data.write_text(COUNTS.replace("cell_count", "wells"))
    assert refused(data, controls=control).faults[0].code == "unused-option"


def test_a_wrong_sheet_is_told_with_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "doses.xlsx"
    pl.DataFrame([line.split(",") for line in MATRIX], schema=HEAD.split(","), orient="row").write_excel(
        path, worksheet="data"
    )
    assert len(read_viability_doses(path, sheet="data").measurements) == 3
    fault = refused(path, sheet="dat").faults[0]
    assert fault.code == "unknown-sheet" and "data" in (fault.mend or "")


@pytest.mark.real_data
def test_published_matrices_are_read(real_data: Path) -> None:
    folder = real_data / "viability" / "decrease" / "210_Novel_Anticancer_combinations"
    # 192 matrices of 64 lines; the page of the data set says that this file is per cent of viability.
    source = pl.read_excel(folder / "192_Combinations_.xlsx")
    agents = ["everolimus", "dactolisib", "trametinib"]
    result = read_viability_doses(folder / "192_Combinations_.xlsx", only_agents=agents)
    account = result.accounting
    assert account["rows"].sum() + account["dropped"].sum() == source.height == 12288
    pair = source.filter(
        (pl.col("Drug1") == "Everolimus") & (pl.col("Drug2") == "Dactolisib") & (pl.col("Cell") == "BT-549")
    )
    cell = pair.filter((pl.col("Conc1") > 0) & (pl.col("Conc2") > 0)).row(0, named=True)
    found = result.measurements.where(sample="BT-549").frame.filter(
        pl.col("condition").str.contains("everolimus") & pl.col("condition").str.contains("dactolisib")
    )
    assert cell["Response"] / 100 in [pytest.approx(value) for value in found["value"]]
    assert found.height == 49
    # The other file is per cent of inhibition.
    turned = read_viability_doses(folder / "18_combinations_.xlsx", only_samples=["HeLa"])
    assert any("inhibition in per cent" in note.found for note in turned.notes)
    assert turned.measurements.frame["value"].max() < 1.5


@pytest.mark.real_data
def test_screens_of_other_programs_are_read(real_data: Path) -> None:
    folder = real_data / "viability"
    mathews = read_viability_doses(
        folder / "mathews-griner" / "mathews_griner.csv.tar.gz",
        agents={"Ibrutinib (PCI-32765)": "ibrutinib"},
        only_agents=["ibrutinib", "everolimus"],
    )
    assert mathews.measurements.samples == ("TMD8",)
    assert mathews.accounting["rows"].sum() + mathews.accounting["dropped"].sum() == 466 * 36
    assert {"controls-shifted", "one-drug-twice"} <= {note.code for note in mathews.notes}
    oneil = read_viability_doses(
        folder / "synergyfinder" / "data" / "ONEIL_screening_data.csv.gz",
        agents={"L-778123 free base": "L-778123"},
    )
    assert len(oneil.measurements.samples) > 1
    assert set(oneil.measurements.frame["n"]) == {1}
