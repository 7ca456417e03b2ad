"""Long tables of tagged wells in a study: plates are replicates, and a well that stands twice is a pair."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kinescape.assays.viability.study_formats.study_wells import read_viability_wells
from kinescape.foundation.errors import InputError

HEAD = "BARCODE,SCAN_ID,POSITION,TAG,CELL_LINE_NAME,DRUG_ID,CONC,INTENSITY"
AGENTS = {"1": "dasatinib", "2": "trametinib"}


def lines_of(plate: str, left: float) -> list[str]:
    start = f"{plate},s{plate}"
    return [
        f"{start},1,NC-1,A549,NA,NA,1100",
        f"{start},2,NC-1,A549,NA,NA,1100",
        f"{start},3,B,A549,NA,NA,100",
        f"{start},4,L1-D1-S,A549,1,0.1,{100 + 1000 * left}",
        f"{start},5,L1-D1-C,A549,1,0.1,{100 + 500 * left}",
        f"{start},5,L2-D1-C,A549,2,0.01,{100 + 500 * left}",
        f"{start},6,UN-USED,A549,NA,NA,0",
    ]


def table(tmp_path: Path, lines: list[str]) -> Path:
    path = tmp_path / "wells.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return path


def test_plates_are_replicates_and_a_well_of_two_drugs_is_a_pair(tmp_path: Path) -> None:
    path = table(tmp_path, [*lines_of("1", 0.4), *lines_of("2", 0.6)])
    result = read_viability_wells(path, dose_unit="uM", time_h=72, agents=AGENTS)
    frame = result.measurements.frame
    assert frame["n"].to_list() == [2, 2]
    found = dict(zip(frame["condition"], frame["value"], strict=True))
    assert found == pytest.approx({"dasatinib 100 nM": 0.5, "dasatinib 100 nM + trametinib 10 nM": 0.25})
    assert frame["se"].to_list() == pytest.approx([0.1, 0.05])
    account = result.accounting.row(0, named=True)
    # Two untreated wells, one single drug and one pair on each of two plates; blanks and unused wells are no rows.
    assert (account["rows"], account["control_wells"]) == (8, 4)


def test_bad_tables_have_one_clear_message(tmp_path: Path) -> None:
    def refused(lines: list[str], **options: object) -> list[str]:
        with pytest.raises(InputError) as error:
            read_viability_wells(table(tmp_path, lines), **{"dose_unit": "uM", "agents": AGENTS, **options})  # type: ignore[arg-type]
        return [fault.code for fault in error.value.faults]

    lines = lines_of("1", 0.5)
    assert refused(lines, agents={"1": "dasatinib"}) == ["unknown-agent"]
    assert refused(lines, dose_unit="parsec") == ["unknown-unit"]
    assert refused(lines, sample="A549") == ["two-ways"]
    assert refused(lines, columns={"wel": "POSITION"}) == ["unknown-key"]
    assert refused(lines, columns={"well": "WELL"}) == ["missing-column"]
    assert refused(lines, only_agents=["erlotinib"]) == ["nothing-left"]
    assert refused(lines, only_samples=["A459"])[0] == "sample-without-data"
    assert refused([*lines, lines[3]]) == ["duplicate-well"]
    assert refused([line.replace("0.1,", "1-Mar,") for line in lines])[0] == "not-a-number"
    assert refused(lines[2:]) == ["control-missing"]
    empty = tmp_path / "empty.csv"
    empty.write_text("", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_viability_wells(empty, dose_unit="uM")
    assert error.value.faults[0].code == "unreadable-file"


@pytest.mark.real_data
def test_two_lines_of_a_published_screen(real_data: Path) -> None:
    path = real_data / "viability" / "gdsc-example" / "data" / "gdsc_example.csv.gz"
    result = read_viability_wells(
        path,
        dose_unit="uM",
        agents={"1032": "afatinib"},
        only_agents=["afatinib"],
        only_samples=["A549", "PC-14"],
    )
    frame = result.measurements.frame
    source = pl.read_csv(path, infer_schema=False, null_values=["NA"]).filter(
        (pl.col("CELL_LINE_NAME") == "A549") & (pl.col("DRUG_ID") == "1032")
    )
    assert frame.filter(pl.col("sample") == "A549")["n"].max() == source["BARCODE"].n_unique()
    # One plate and dose by hand: (signal - blank) / (untreated - blank).
    barcode, dose = source["BARCODE"][0], source["CONC"][0]
    plates = pl.read_csv(path, infer_schema=False, null_values=["NA"]).with_columns(
        value=pl.col("INTENSITY").cast(pl.Float64)
    )
    fractions = []
    for code in source.filter(pl.col("CONC") == dose)["BARCODE"].unique():
        own = plates.filter(pl.col("BARCODE") == code)
        blank = own.filter(pl.col("TAG") == "B")["value"].mean()
        untreated = own.filter(pl.col("TAG") == "NC-1")["value"].mean()
        treated = own.filter((pl.col("DRUG_ID") == "1032") & (pl.col("CONC") == dose))["value"].mean()
        fractions.append((treated - blank) / (untreated - blank))  # type: ignore[operator]
    assert barcode is not None
    expected = sum(fractions) / len(fractions)
    own = frame.filter(pl.col("sample") == "A549")
    assert min(abs(value - expected) for value in own["value"]) < 1e-9
