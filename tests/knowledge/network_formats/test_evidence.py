"""Signs and papers in one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.network_formats.evidence import losses, parse_reference, parse_references, parse_sign


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("PMID:15680327", "PMID:15680327"),
        ("pubmed: 15680327", "PMID:15680327"),
        ("15680327", "PMID:15680327"),
        ("#PMID: 20826718", "PMID:20826718"),
        ("PMC1234567", "PMC1234567"),
        ("https://doi.org/10.1016/j.cell.2020.01.001", "doi:10.1016/j.cell.2020.01.001"),
        ("doi:10.1000/x", "doi:10.1000/x"),
        ("Smith 2010", None),
        ("PMID:", None),
        ("PMID:0", None),
        ("PMID:12345678901", None),
    ],
)
def test_a_reference(written, reference):
    assert parse_reference(written) == reference


@given(
    st.lists(st.integers(1, 99_999_999), max_size=5, unique=True), st.sampled_from([";", "; ", "|", ",", " "])
)
def test_several_references(numbers, separator):
    cell = separator.join(f"PMID:{number}" for number in numbers)
    assert parse_references(cell) == (tuple(f"PMID:{number}" for number in numbers), ())


def test_pieces_that_are_none_are_named():
    assert parse_references("PMID:1;Smith") == (("PMID:1",), ("Smith",))


def test_a_word_that_is_no_sign():
    assert parse_sign("banana") is None
    assert parse_sign("2") is None


def test_what_is_lost_is_counted():
    network = Network(
        [
            Edge("A", "B", 1, "binding", references=("PMID:1",), status="checked"),
            Edge("A", "B", 1),
            Edge("C", "D", 0),
        ],
        licence="CC0",
        isolated=["L"],
    )
    (note,) = losses(network, "x.sif", "SIF", set())
    for words in (
        "the mechanism of 1 edge",
        "the references of 1 edge",
        "the checking status of 1 edge",
        "1 edge of unknown direction",
        "1 edge that differ",
        "1 node without edges",
        "the licence (CC0)",
    ):
        assert words in note.found
    assert losses(Network([Edge("A", "B", 1)]), "x.sif", "SIF", set()) == ()
