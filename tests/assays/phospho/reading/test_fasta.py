"""Sequences to place peptides."""

import gzip

import pytest

from kinescape.assays.phospho.reading.fasta import read_fasta
from kinescape.foundation.errors import InputError

TEXT = (
    ">sp|P1|A_HUMAN First OS=Homo sapiens GN=AAA PE=1\nMKLLS\nPEPTIDEK\n"
    ">P2 bare\nMSILK*\n>sp|P1|A_HUMAN again\nMMM\n"
)


@pytest.mark.parametrize("zipped", [False, True])
def test_read(tmp_path, zipped):
    path = tmp_path / ("a.fasta.gz" if zipped else "a.fasta")
    path.write_bytes(gzip.compress(TEXT.encode()) if zipped else TEXT.replace("\n", "\r\n").encode())
    found = read_fasta(path)
    assert found.sequences == {"P1": "MKLLSPEPTIDEK", "P2": "MSILK"}
    assert found.genes == {"P1": "AAA"}
    assert found.start("P1", "PEPTIDEK") == 6
    assert found.start("P2", "SLLK") == 2  # isoleucine and leucine weigh the same
    assert found.start("P1", "WWW") is None
    assert found.start("P9", "MK") is None


def test_what_is_no_fasta(tmp_path):
    path = tmp_path / "a.fasta"
    path.write_text("hello\n")
    with pytest.raises(InputError, match="no sequence"):
        read_fasta(path)
    with pytest.raises(InputError, match="no such file"):
        read_fasta(tmp_path / "b.fasta")
