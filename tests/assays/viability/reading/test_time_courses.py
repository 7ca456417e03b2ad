"""Proliferation rates: known doublings come back, and real spreadsheets are read as laboratories send them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinescape.assays.viability.reading.time_courses import proliferation_rates, read_time_courses
from kinescape.foundation.errors import InputError


def sheet(tmp_path: Path, columns: dict[str, float], *, cap: float = np.inf) -> Path:
    hours = np.arange(0, 97, 3)
    path = tmp_path / "courses.csv"
    lines = [",".join(["Elapsed", *columns])]
    for hour in hours:
        values = [min(5.0 * 2 ** (rate * hour / 24), cap) for rate in columns.values()]
        lines.append(",".join(map(str, [hour, *values])))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_known_doublings_come_back(tmp_path: Path) -> None:
    path = sheet(tmp_path, {"Control": 1.0, "Erl 10 nM": 0.5, "Erl 100 nM + Taxol 1 nM": -0.2})
    rates = proliferation_rates(read_time_courses(path, aliases={"Erl": "erlotinib"}))
    assert rates.table["doublings_per_day"].to_list() == pytest.approx([1.0, 0.5, -0.2])
    assert rates.table["growth_rate"].to_list() == pytest.approx([1.0, 2**0.5 - 1, 2**-0.2 - 1])
    series = rates.series()
    assert series.frame["agent"].to_list() == ["erlotinib"]
    assert any(note.code == "combinations-left-out" for note in series.notes)
    assert len(rates.to_measurements()) == 2


def test_full_wells_end_the_window_for_all(tmp_path: Path) -> None:
    rates = proliferation_rates(read_time_courses(sheet(tmp_path, {"Control": 1.5, "x 1 uM": 0.4}, cap=60.0)))
    assert rates.window_hours[1] < 60
    assert rates.table["doublings_per_day"].to_list() == pytest.approx([1.5, 0.4], abs=0.02)


def test_faults_of_time_courses_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        proliferation_rates(read_time_courses(sheet(tmp_path, {"x 1 uM": 0.4})))
    assert error.value.faults[0].code == "control-missing"
    with pytest.raises(InputError) as error:
        read_time_courses(sheet(tmp_path, {"Control": 1.0, "0.3": 0.4}))
    assert "of which drug, and in what unit" in error.value.faults[0].found
    with pytest.raises(InputError) as error:
        proliferation_rates(read_time_courses(sheet(tmp_path, {"Control": -0.5, "x 1 uM": 0.4})))
    assert error.value.faults[0].code == "control-does-not-grow"
    path = tmp_path / "none.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_time_courses(path)
    assert error.value.faults[0].code == "no-time-column"


@pytest.mark.real_data
def test_spreadsheets_of_a_laboratory_are_read(real_data) -> None:  # type: ignore[no-untyped-def]
    """PC9 cells double about once in 18 h, untreated; erlotinib slows them with its dose."""
    folder = real_data / "viability/pc9-ps-growth/grmodel/data"
    courses = read_time_courses(
        folder / "combinations/090618_PC9_TXL_Erl_rawdata.xlsx", aliases={"Erl": "erlotinib"}
    )
    rates = proliferation_rates(courses)
    assert rates.table.height == 21
    assert rates.table["doublings_per_day"][0] == pytest.approx(1.38, abs=0.02)
    erlotinib = rates.series().frame.filter(agent="erlotinib").sort("dose")["response"].to_list()
    assert erlotinib == sorted(erlotinib, reverse=True) and len(rates.to_measurements()) == 19
