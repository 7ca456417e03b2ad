"""Wide dose columns in a study: names taken apart, doses from headings or parameters, bad tables refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kinescape.assays.viability.study_formats.study_wide import read_viability_wide
from kinescape.foundation.errors import InputError

LINES = [
    "sample,agent,experiment,control,10 nM,1 uM",
    "A549,dasatinib,1,100,90,40",
    "A549,dasatinib,2,100,94,50",
    "H1299,trametinib,1,100,80,",
]


def table(tmp_path: Path, lines: list[str] = LINES, name: str = "curves.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_lines_become_conditions_with_replicates(tmp_path: Path) -> None:
    result = read_viability_wide(table(tmp_path), columns={"replicate": "experiment"}, time_h=72)
    frame = result.measurements.frame
    row = frame.filter(pl.col("condition") == "dasatinib 1 uM").row(0, named=True)
    assert (row["sample"], row["n"], row["time_h"]) == ("A549", 2, 72.0)
    assert row["value"] == pytest.approx(0.45) and row["se"] == pytest.approx(0.05)
    assert result.accounting["missing"].to_list() == [0, 1]
    assert result.accounting["rows"].to_list() == [2, 1]
    assert len(result.measurements) == 3


def test_without_replicates_lines_of_one_curve_are_one(tmp_path: Path) -> None:
    row = read_viability_wide(table(tmp_path)).measurements.frame.row(0, named=True)
    assert (row["n"], row["se"], row["flags"]) == (1, None, ["wells_of_one_plate"])


def test_names_are_taken_apart(tmp_path: Path) -> None:
    lines = ["Name,Raw 0,Raw 1,Raw 2", "A549_MK-2206_1,1,0.9,0.5", "A549_MK-2206_2,1,0.8,0.4"]
    options = {"doses": [0, 0.1, 1], "dose_unit": "uM", "name_separator": "_"}
    result = read_viability_wide(
        table(tmp_path, lines),
        name_parts=["sample", "agent", "replicate"],
        **options,  # type: ignore[arg-type]
    )
    frame = result.measurements.frame
    assert frame["condition"].to_list() == ["MK-2206 1 uM", "MK-2206 100 nM"]
    assert frame["sample"].unique().to_list() == ["A549"] and frame["n"].to_list() == [2, 2]
    # What is left over belongs to the agent.
    with pytest.raises(InputError) as error:
        read_viability_wide(table(tmp_path, lines), **options)  # type: ignore[arg-type]
    assert "'MK-2206_1'" in error.value.faults[0].found
    with pytest.raises(InputError) as error:
        read_viability_wide(table(tmp_path, lines), **{**options, "name_separator": "|"})  # type: ignore[arg-type]
    assert error.value.faults[0].code == "name-not-split"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("dasatinib", "dasatinb", "unknown-agent"),
        ("10 nM,1 uM", "10,1", "unit-missing"),
        ("10 nM,1 uM", "-10 uM,-1 uM", "no-dose-columns"),
        ("10 nM,1 uM", "2026-03-01,1 uM", "date-for-dose"),
        ("control", "remark", "control-missing"),
        (",90,", ",high,", "not-a-number"),
        ("A549,", ",", "sample-missing"),
    ],
)
def test_bad_tables_have_one_clear_message(tmp_path: Path, old: str, new: str, code: str) -> None:
    text = "\n".join(LINES).replace(old, new)
    if code == "sample-missing":
        text = "\n".join(line.split(",", 1)[1] for line in LINES)
    with pytest.raises(InputError) as error:
        read_viability_wide(table(tmp_path, [text]), name="curves.csv")
    faults = error.value.faults
    assert {fault.code for fault in faults} == {code} or faults[0].code == code
    assert faults[0].file == "curves.csv"


def test_two_samples_cannot_be_given_one_name(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_viability_wide(table(tmp_path), sample="A549")
    assert [fault.code for fault in error.value.faults] == ["two-ways"]
    result = read_viability_wide(table(tmp_path), only_samples=["A549"])
    assert result.measurements.samples == ("A549",)
    assert result.accounting["dropped"].to_list() == [3]


@pytest.mark.real_data
def test_a_screen_of_curvecurator(real_data: Path) -> None:
    path = real_data / "viability" / "sarcoma-curvecurator" / "independent" / "ratio_data.txt"
    result = read_viability_wide(
        path,
        name_separator=" ",
        name_parts=["sample", "agent", "replicate"],
        only_agents=["dasatinib", "trametinib"],
    )
    source = pl.read_csv(path, separator="\t", infer_schema=False)
    own = source.filter(pl.col("Name").str.contains(r"(?i)^A204 dasatinib \d$"))
    row = result.measurements.frame.filter(
        (pl.col("sample") == "A204") & (pl.col("condition") == "dasatinib 10 uM")
    ).row(0, named=True)
    assert row["n"] == own.height
    assert row["value"] == pytest.approx(own["Raw 11"].cast(pl.Float64).clip(0).mean())
