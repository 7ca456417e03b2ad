"""Time courses in a study: known rates come back as growth-rate values of canonical conditions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinescape.assays.viability.reading.time_courses import proliferation_rates, read_time_courses
from kinescape.assays.viability.study_formats.study_courses import read_viability_time_course
from kinescape.foundation.errors import InputError

RATES = {"Control": 1.0, "Erl 100 nM": 0.5, "Taxol 1 nM + Erl 100 nM": -0.2, "blank": 0.0}
AGENTS = {"Erl": "erlotinib", "Taxol": "paclitaxel"}


def courses(tmp_path: Path, rates: dict[str, float], name: str = "courses.csv") -> Path:
    lines = [",".join(["Elapsed", *rates])]
    for hour in np.arange(0, 73, 3):
        lines.append(",".join(map(str, [hour, *(5.0 * 2 ** (rate * hour / 24) for rate in rates.values())])))
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def refused(path: Path, **options: object) -> list[str]:
    with pytest.raises(InputError) as error:
        read_viability_time_course(path, **{"sample": "PC9", "agents": AGENTS, **options})  # type: ignore[arg-type]
    return [fault.code for fault in error.value.faults]


def test_known_rates_come_back(tmp_path: Path) -> None:
    result = read_viability_time_course(courses(tmp_path, RATES), sample="PC9", agents=AGENTS)
    frame = result.measurements.frame
    found = dict(zip(frame["condition"], frame["value"], strict=True))
    assert found == pytest.approx(
        {"erlotinib 100 nM": 2**0.5 - 1, "erlotinib 100 nM + paclitaxel 1 nM": 2**-0.2 - 1}
    )
    row = frame.row(0, named=True)
    assert (str(row["scale"]), row["node"], row["sample"]) == ("growth_rate", "proliferation", "PC9")
    assert result.accounting["dropped"].to_list() == [1]
    assert any("blank" in note.found for note in result.notes)


def test_columns_of_one_condition_are_wells_or_experiments(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    lines = (
        courses(tmp_path, {"Control": 1.0, "Erl 100 nM": 0.5, "Erl  100 nM": 0.3}).read_text().splitlines()
    )
    path.write_text("\n".join([lines[0].replace("  ", " "), *lines[1:]]) + "\n", encoding="utf-8")
    row = read_viability_time_course(path, sample="PC9", agents=AGENTS).measurements.frame.row(0, named=True)
    assert (row["n"], row["flags"]) == (1, ["wells_of_one_plate"])
    row = read_viability_time_course(
        path, sample="PC9", agents=AGENTS, repeats="independent"
    ).measurements.frame.row(0, named=True)
    values = [2**0.5 - 1, 2**0.3 - 1]
    assert row["n"] == 2
    assert row["se"] == pytest.approx(np.std(values, ddof=1) / np.sqrt(2))


def test_bare_doses_other_controls_and_a_window(tmp_path: Path) -> None:
    path = courses(tmp_path, {"PBS": 1.0, "100": 0.5})
    result = read_viability_time_course(
        path, sample="PC9", agent="erlotinib", dose_unit="nM", window_h=[0, 48]
    )
    row = result.measurements.frame.row(0, named=True)
    assert (row["condition"], row["time_h"]) == ("erlotinib 100 nM", 48.0)
    assert row["value"] == pytest.approx(2**0.5 - 1)


def test_bad_spreadsheets_have_one_clear_message(tmp_path: Path) -> None:
    path = courses(tmp_path, RATES)
    with pytest.raises(InputError) as error:
        read_viability_time_course(path, sample="PC9", agents={"Taxol": "paclitaxel"}, name="c.csv")
    fault = error.value.faults[0]
    assert (fault.code, fault.file, fault.row) == ("unknown-agent", "c.csv", 1)
    assert refused(path, sample=None) == ["missing-key"]
    assert refused(path, window_h=[48, 0]) == ["wrong-value"]
    assert refused(path, window_h=[0, 5]) == ["window-too-short"]
    assert refused(path, only_agents=["dasatinib"]) == ["nothing-left"]
    assert refused(courses(tmp_path, {"Erl 100 nM": 0.5}, "a.csv")) == ["control-missing"]
    assert refused(courses(tmp_path, {"Control": 1.0, "100": 0.5}, "b.csv")) == ["unit-missing"]
    assert refused(courses(tmp_path, {"Control": 1.0, "Erl 100 parsec": 0.5}, "d.csv")) == ["condition"]
    dates = tmp_path / "dates.csv"
    dates.write_text(path.read_text(encoding="utf-8").replace("\n3,", "\n2026-03-01,"), encoding="utf-8")
    assert refused(dates) == ["not-a-number"]
    dates.write_text("", encoding="utf-8")
    assert refused(dates) == ["empty-file"]
    book = tmp_path / "book.xlsx"
    pl.read_csv(path).write_excel(book, worksheet="Phase")
    assert refused(book, sheet="Phas") == ["unknown-sheet"]
    nothing = tmp_path / "nothing.csv"
    nothing.write_text("Elapsed,Control,Erl 1 nM\n" + "".join(f"{h},{2.0**h},NaN\n" for h in range(9)))
    assert refused(nothing) == ["empty-table"]


@pytest.mark.real_data
def test_spreadsheets_of_a_laboratory(real_data: Path) -> None:
    folder = real_data / "viability" / "pc9-ps-growth" / "grmodel" / "data" / "combinations"
    path = folder / "050719_PC9_LCL_OSI.xlsx"
    result = read_viability_time_course(path, sample="PC9", agents={"LCL": "LCL161", "OSI": "linsitinib"})
    rates = proliferation_rates(read_time_courses(path)).table
    expected = rates.filter(~pl.col("condition").str.contains("control|blank"))["growth_rate"].to_list()
    assert sorted(result.measurements.frame["value"]) == pytest.approx(sorted(expected))
    assert all("LCL161" in text or "linsitinib" in text for text in result.measurements.conditions)
