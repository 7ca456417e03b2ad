"""Counts beside their controls and those of time zero, in columns or in lines of their own."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kinescape.assays.viability.reading.dose_table import read_dose_table
from kinescape.foundation.errors import InputError

HEAD = "cell_line,agent,concentration,time,cell_count\n"


def table(tmp_path: Path, body: str, head: str = HEAD) -> Path:
    path = tmp_path / "counts.csv"
    path.write_text(head + body, encoding="utf-8")
    return path


def test_controls_and_time_zero_may_be_lines_of_their_own(tmp_path: Path) -> None:
    body = "A,-,0,0,100\nA,-,0,48,400\nA,DMSO,0,48,400\nA,x,1,48,200\nA,x,10,48,100\n"
    series = read_dose_table(table(tmp_path, body), unit="uM")
    assert series.response == "growth_rate"
    assert series.frame.select("agent", "dose").rows() == [
        ("x", pytest.approx(1e-6)),
        ("x", pytest.approx(1e-5)),
    ]
    assert series.frame["response"].to_list() == pytest.approx([2**0.5 - 1, 0.0])
    plain = read_dose_table(table(tmp_path, body.replace("A,-,0,0,100\n", "")), unit="uM")
    assert plain.response == "fraction_of_control"
    assert plain.frame["response"].to_list() == pytest.approx([0.5, 0.25])


@pytest.mark.parametrize("body", ["A,x,1,48,200\n", "A,-,0,48,400\nB,x,1,48,200\n"])
def test_counts_without_controls_are_refused(tmp_path: Path, body: str) -> None:
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, body), unit="uM")
    assert [fault.code for fault in error.value.faults] == ["control-missing"]


@pytest.mark.real_data
def test_raw_lines_give_the_values_of_the_same_data_with_controls_in_columns(real_data) -> None:  # type: ignore[no-untyped-def]
    folder = real_data / "viability/grmetrics/INPUT"
    one, other = (
        read_dose_table(folder / f"toy_example_input{number}.tsv", unit="uM", by=["perturbation"]).frame
        for number in (1, 4)
    )
    keys = ["sample", "agent", "time_h", "dose", "replicate"]
    both = one.join(other.filter(pl.col("dose") > 0), on=keys)
    assert both.height == one.height == 1008
    assert (both["response"] - both["response_right"]).abs().max() < 1e-12  # type: ignore[operator]
