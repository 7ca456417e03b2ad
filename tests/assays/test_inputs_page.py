"""The page on input files names every format, option, column and scale that the readers know."""

import inspect
from pathlib import Path

import pytest

from kinescape.assays.against_control import SCALES_IN
from kinescape.assays.cells import LARGEST_BYTES
from kinescape.assays.long_readings import LONG_COLUMNS
from kinescape.assays.signalling import midas
from kinescape.assays.signalling.table_wide import WIDE_COLUMNS
from kinescape.assays.viability.long_table import SCALES
from kinescape.assays.vocabulary import CONTROL_NAMES
from kinescape.study.formats import READERS

PAGE = (Path(__file__).parents[2] / "docs" / "inputs.md").read_text(encoding="utf-8")
INNER = {"agent_table", "readout_table", "name"}
MARKS = (("`", "`"), ("[files.", "]"))


@pytest.mark.parametrize("name", READERS)
def test_every_format_and_option_is_on_the_page(name: str) -> None:
    assert f"## `{name}`" in PAGE
    section = PAGE.split(f"## `{name}`")[1].split("\n## ")[0]
    common = PAGE.split("## Tables")[0]
    for option in set(inspect.signature(READERS[name]).parameters) - INNER:
        assert any(f"{left}{option}{right}" in common + section for left, right in MARKS), option


@pytest.mark.parametrize("word", [*SCALES_IN, *SCALES, *LONG_COLUMNS, *WIDE_COLUMNS, *midas.COLUMNS])
def test_every_scale_and_column_is_on_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_controls_and_the_limit_of_size_are_on_the_page() -> None:
    for name in CONTROL_NAMES:
        assert f"`{name}`".casefold() in PAGE.casefold()
    assert f"{LARGEST_BYTES // 1_000_000} MB" in PAGE
