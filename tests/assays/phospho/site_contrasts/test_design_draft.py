"""A drafted sheet has the table's samples as they are spelt, reads once it is filled in, and overwrites nothing."""

from pathlib import Path

import pytest

from kinescape.assays.phospho.site_contrasts.design import read_design
from kinescape.assays.phospho.site_contrasts.design_draft import draft_design
from kinescape.assays.phospho.site_reading import read_sites
from kinescape.foundation.errors import InputError


@pytest.fixture
def table(tmp_path: Path):
    path = tmp_path / "sites.csv"
    path.write_text('site,"a, 1",b 2\nAKT1_S473,100000.5,200000.5\n')
    return read_sites(path)


def test_a_draft_names_every_sample_and_reads_when_filled_in(table, tmp_path: Path) -> None:
    sheet = draft_design(table, tmp_path / "samples.csv")
    assert sheet.read_text() == 'sample,condition,replicate\n"a, 1",,\nb 2,,\n'
    with pytest.raises(InputError, match="the condition is empty"):
        read_design(sheet, table)
    sheet.write_text(sheet.read_text().replace('1",,', '1",control,1').replace("b 2,,", "b 2,drug 1 nM,1"))
    assert read_design(sheet, table).samples["sample"].to_list() == ["a, 1", "b 2"]


@pytest.mark.parametrize(("name", "code"), [("samples.csv", "file-exists"), ("samples.docx", "table-suffix")])
def test_nothing_is_overwritten_and_no_other_format_taken(
    table, tmp_path: Path, name: str, code: str
) -> None:
    (tmp_path / "samples.csv").write_text("mine")
    with pytest.raises(InputError) as caught:
        draft_design(table, tmp_path / name)
    assert caught.value.faults[0].code == code
    assert (tmp_path / "samples.csv").read_text() == "mine"
