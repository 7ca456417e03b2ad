"""Where the protein of a readout's name ends and its site begins."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.knowledge.readout_grammar import readings, residues_in, shared_stem


def taken(text):
    return {(reading.name, reading.residues) for reading in readings(text)}


@pytest.mark.parametrize(
    ("text", "name", "residues"),
    [
        ("AKT_pS473", "AKT", ("S473",)),
        ("phospho-AKT (S473)", "AKT", ("S473",)),
        ("p-ERK1/2 T202/Y204", "ERK1/2", ("T202", "Y204")),
        ("4EBP1pS65", "4EBP1", ("S65",)),
        ("4EBP1_pT37_pT46", "4EBP1", ("T37", "T46")),
        ("YB-1_PS102", "YB-1", ("S102",)),
        ("NF-kB-p65_pS536", "NF-kB-p65", ("S536",)),
        ("S6 (Ser235/236)", "S6", ("S235", "S236")),
        ("pT202/Y204 ERK", "ERK", ("T202", "Y204")),
        ("GSK3-alpha-beta_pS21_S9", "GSK3-alpha-beta", ("S21", "S9")),
        ("c-Met_pY1235-R-V", "c-Met", ("Y1235",)),
        ("pERK", "ERK", ()),
        ("phosphorylated MEK", "MEK", ()),
        ("DV:p38", "p38", ()),
    ],
)
def test_name_and_sites(text, name, residues):
    assert (name, residues) in taken(text)


def test_a_digit_after_a_letter_of_a_name_is_no_site():
    assert all(
        not reading.residues for text in ("STAT3", "GATA3", "SMAD3", "BCL2") for reading in readings(text)
    )


@pytest.mark.parametrize("text", ["p-S6 S235/S236", "pS6 S235/S236", "p-S6 (S235/236)"])
def test_a_name_that_looks_like_a_site_is_tried_as_a_name(text):
    assert any("S6" in reading.name and "S235" in reading.residues for reading in readings(text))


@pytest.mark.parametrize(
    "text", ["A_S" + "1" * 300 + "x", "A" + " S1" * 300 + "x", "p" * 5000, "S1/" * 999, "-" * 999]
)
def test_long_nonsense_is_read_quickly(text):
    start = time.perf_counter()
    list(readings(text))
    assert time.perf_counter() - start < 0.5


def test_total_says_amount():
    assert any(reading.total and reading.name == "AKT" for reading in readings("total AKT"))
    assert any(reading.total and reading.name == "ERK" for reading in readings("ERK total"))


@given(
    st.sampled_from(["AKT", "MEK1", "c-Raf", "p38", "4EBP1"]),
    st.lists(st.tuples(st.sampled_from("STY"), st.integers(1, 1999)), min_size=1, max_size=3, unique=True),
    st.sampled_from(["_p{}", " {}", " (p{})", "p{}"]),
    st.sampled_from(["/", "_", "/p", "_p"]),
)
def test_sites_written_by_rule_are_found_again(name, sites, frame, joint):
    residues = tuple(f"{letter}{number}" for letter, number in sites)
    assert (name, residues) in taken(name + frame.format(joint.join(residues)))


def test_residues_in_three_letters_and_with_shared_letter():
    assert residues_in("Thr37/46") == ("T37", "T46")
    assert residues_in("pTyr1068") == ("Y1068",)
    assert residues_in("nothing") == ()


@pytest.mark.parametrize(
    ("text", "residues"),
    [
        ("His118", ()),
        ("HIS118/120", ()),
        ("Lys63 Cys797", ()),
        ("Ser113, His118/120", ("S113",)),
        ("His 118", ()),
        ("AKT1", ()),
        ("pT185EpY187", ("T185", "Y187")),
        ("phosphoSer473", ("S473",)),
        ("S473andT308", ("S473", "T308")),
        ("pTY185/187", ("Y185", "Y187")),
        ("s240 and 244", ("S240", "S244")),
        ("pS240/p244", ("S240", "S244")),
    ],
)
def test_only_serine_threonine_and_tyrosine_are_sites(text, residues):
    assert residues_in(text) == residues


def test_shared_stems():
    assert shared_stem("STAT5A/B") == ("STAT5A", "STAT5B")
    assert shared_stem("RSK1/2/3") == ("RSK1", "RSK2", "RSK3")
    assert shared_stem("ERK1/") == ("ERK1/",)


@given(st.text(max_size=30))
def test_any_text_can_be_read(text):
    assert next(readings(text)).whole
    assert all(isinstance(reading.name, str) for reading in readings(text))
