"""Weights of lines, lines that stand twice, and columns that tell curves apart without being read."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinescape.assays.viability.reading.dose_table import read_dose_table
from kinescape.foundation.errors import InputError

DOSES = (0, 0.01, 0.1, 1, 10)
VALUES = (100, 98, 70, 30, 8)


def table(tmp_path: Path, head: str, lines: list[str]) -> Path:
    path = tmp_path / "doses.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def pairs() -> list[tuple[float, int]]:
    return list(zip(DOSES, VALUES, strict=True))


def test_a_column_that_tells_curves_apart_is_told_and_can_be_read(tmp_path: Path) -> None:
    lines = [
        f"A,x,{dose},{value - 5 * mutant * (dose > 0)},{mutant}"
        for mutant in (0, 1)
        for dose, value in pairs()
    ]
    path = table(tmp_path, "sample,drug,dose_uM,viability,mutant", lines)
    told = [note for note in read_dose_table(path).notes if note.severity == "warning"]
    assert [note.code for note in told] == ["column-not-read"] and "'mutant'" in told[0].found
    series = read_dose_table(path, by=["mutant"])
    assert not series.notes and set(series.frame["sample"]) == {"A, mutant 0", "A, mutant 1"}
    with pytest.raises(InputError) as error:
        read_dose_table(path, by=["mutnat"])
    assert "did you mean 'mutant'" in (error.value.faults[0].mend or "")


def test_copied_lines_are_no_repeats(tmp_path: Path) -> None:
    lines = [f"A,x,{dose},{value},{well}" for well in ("w1", "w2") for dose, value in pairs()]
    path = table(tmp_path, "sample,drug,dose_uM,viability,note_of_well", lines)
    assert [note.code for note in read_dose_table(path).notes] == ["copied-lines"]


def test_weights_come_from_their_column_or_from_errors(tmp_path: Path) -> None:
    lines = [f"A,x,{dose},{value},{1 + (dose == 10)}" for dose, value in pairs()]
    errors = read_dose_table(table(tmp_path, "sample,drug,dose_uM,viability,se", lines))
    weight = errors.frame["weight"].to_list()
    assert weight[-1] == pytest.approx(weight[0] / 4) and sum(weight) == pytest.approx(5)
    plain = read_dose_table(table(tmp_path, "sample,drug,dose_uM,viability,weight", lines))
    assert plain.frame["weight"][-1] == pytest.approx(2 * plain.frame["weight"][0])
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, "sample,drug,dose_uM,viability,se", [*lines, "A,x,20,5,0"]))
    assert [(fault.code, fault.row) for fault in error.value.faults] == [("weight", 7)]
