"""The example studies read whole: how many samples, conditions and readouts, and which faults none may have."""

from pathlib import Path

import pytest

from kinescape.study.inputs import load_inputs
from kinescape.study.specification import read_specification

EXAMPLES = Path(__file__).parents[2] / "examples"
COUNTS = {
    "mcf10a-pi3k": (2, 38, 11, 4),
    "crc14": (10, 47, 14, 10),
    "melanoma-rppa": (1, 89, 87, 3),
}


@pytest.mark.parametrize("name", COUNTS)
def test_an_example_reads_without_warnings(real_data: Path, name: str) -> None:
    inputs = load_inputs(read_specification(EXAMPLES / name))
    table = inputs.measurements
    counts = (len(table.samples), len(table.conditions), len(table.readouts), len(inputs.paths))
    assert counts == COUNTS[name]
    assert [note.text for note in inputs.notes if note.severity == "warning"] == []
    # One value a condition in the public files: no standard error may be made up.
    assert table.frame["n"].unique().to_list() == [1]
    assert table.frame["se"].null_count() == len(table)


@pytest.mark.parametrize("name", COUNTS)
def test_an_example_says_where_its_data_come_from(name: str) -> None:
    text = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    for word in ("Question", "Data", "KINESCAPE_DATA", "licen", "kinescape run", "What to know"):
        assert word.casefold() in text.casefold() or (word == "licen" and "GPL" in text)
