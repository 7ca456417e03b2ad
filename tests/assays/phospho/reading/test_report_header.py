"""Tables as files: encodings, line ends, and what is broken."""

import gzip

import polars as pl
import pytest

from kinescape.assays.phospho.reading.report_header import ROW, folded, open_report, readable
from kinescape.foundation.errors import InputError

TEXT = "Protein\tSite (STY)\tvalue\nP1\tS5\t1\nP2\t\tNaN\n"


def read(path):
    report = open_report(path)
    with readable(report):
        return report.texts(report.columns).collect()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", TEXT.encode()),
        ("a.txt", TEXT.replace("\n", "\r\n").encode()),
        ("a.tsv", b"\xef\xbb\xbf" + TEXT.encode()),
        ("a.tsv.gz", gzip.compress(TEXT.encode())),
        ("a.txt", TEXT.encode("utf-16")),
        ("a.csv", TEXT.replace("\t", ",").encode()),
        ("a.csv", TEXT.replace("\t", ";").encode()),
        ("a.tsv", TEXT.replace("S5", '"S5"').encode()),
    ],
)
def test_every_kind_of_text_reads_alike(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    frame = read(path)
    assert frame.rows() == [(2, "P1", "S5", "1"), (3, "P2", None, None)]
    assert frame.columns == [ROW, "Protein", "Site (STY)", "value"]


def test_parquet_reads_the_same(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"Protein": ["P1", "P2"], "value": [1.0, None]}).write_parquet(path)
    assert read(path).rows() == [(2, "P1", "1.0"), (3, "P2", None)]


def test_columns_are_found_whatever_their_marks(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text(TEXT)
    report = open_report(path)
    assert report.find("site..sty.") == "Site (STY)"
    assert report.find("nothing", "VALUE") == "value"
    assert report.find("nothing") is None
    assert folded("Phospho (STY) Probabilities") == folded("Phospho..STY..Probabilities")


@pytest.mark.parametrize(
    ("content", "message", "row"),
    [
        (TEXT.replace("S5\t", "S5\tmore\t"), "4 cells, the header 3", 2),
        (TEXT + "P3\tS", "breaks off in its last line, after 2 of 3", 4),
        (TEXT.replace("value", "Protein"), "two columns have the name 'Protein'", 1),
    ],
)
def test_broken_tables_are_refused_with_the_line(tmp_path, content, message, row):
    path = tmp_path / "a.tsv"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        read(path)
    assert caught.value.faults[0].row == row


def test_every_missing_column_is_named_with_the_nearest(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text(TEXT)
    with pytest.raises(InputError) as caught:
        open_report(path).require({"protein": ("Proteins",), "score": ("Score", "Points")}, "Engine")
    assert len(caught.value.faults) == 2
    assert "the nearest is 'Protein'" in caught.value.faults[0].text
    assert "'Score' or 'Points'" in caught.value.faults[1].found
