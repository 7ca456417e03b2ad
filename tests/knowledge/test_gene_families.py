"""Families: their members under every name, and faults of a table."""

from kinescape.foundation.issues import Faults
from kinescape.knowledge.delimited import Row, Table
from kinescape.knowledge.families import families_from_table, load_families, members


def test_members_of_families():
    assert members("ERK") == ("MAPK1", "MAPK3")
    assert members("her family") == ("EGFR", "ERBB2", "ERBB3", "ERBB4")
    assert members("EGFR") == ("EGFR",)
    assert members("no such family") == ()
    assert load_families().nearest("MEK1/3")


def test_faults_of_a_family_table():
    rows = [
        {"gene": "A", "family": "F", "class": "RTK", "family_synonyms": "x"},
        {"gene": "A", "family": "G", "class": "RTK", "family_synonyms": ""},
        {"gene": "B", "family": "H", "class": "", "family_synonyms": "x"},
    ]
    faults = Faults()
    table = Table("own", tuple(rows[0]), tuple(Row(line, row) for line, row in enumerate(rows, start=2)))
    families_from_table(table, faults)
    assert [(fault.code, fault.row) for fault in faults] == [
        ("gene-twice", 3),
        ("cell-empty", 4),
        ("family-name-shared", 4),
    ]
