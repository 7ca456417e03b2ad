import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.foundation.issues import Faults
from kinescape.knowledge.codon_spectrum import GENETIC_CODE, RESIDUE_NAMES
from kinescape.knowledge.mutant_references import load_references
from kinescape.knowledge.protein_variants import mutant_name, parse_variant

ABL1 = load_references()["ABL1"]


def read(text, **options):
    faults = Faults()
    variant = parse_variant(text, faults, **options)
    return variant, faults


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ABL1 T315I", "ABL1 T315I"),
        ("T315I", "ABL1 T315I"),
        ("BCR-ABL p.Thr315Ile", "ABL1 T315I"),
        ("ABL1:p.(Thr315Ile)", "ABL1 T315I"),
        ("NM_005157.6:c.944C>T", "ABL1 T315I"),
        ("NM_007313:p.T334I", "ABL1 T315I"),
        ("NM_007313.2:c.1001C>T", "ABL1 T315I"),
        ("ABL1 NM_007313:p.T334I", "ABL1 T315I"),
        ("ABL1 c.763_764delinsAT", "ABL1 E255M"),
        ("E255K/T315I", "ABL1 E255K/T315I"),
        ("ABL1 T315I+E255K", "ABL1 E255K/T315I"),
        ("L858R/T790M", "EGFR T790M/L858R"),
        ("EGFR E746_A750del", "EGFR E746_A750del"),
        ("NM_005157.6(ABL1):c.944C>T (p.Thr315Ile)", "ABL1 T315I"),
        ("ABL1:NM_007313.2:exon6:c.1001C>T:p.T334I", "ABL1 T315I"),
        ("ABL1 c.944C>T, p.(Thr315Ile)", "ABL1 T315I"),
        ("NP_009297.2:p.Thr334Ile", "ABL1 T315I"),
        ("ENST00000372348.2:c.1001C>T", "ABL1 T315I"),
        ("ENST00000318560:p.T315I", "ABL1 T315I"),
        ("ENST00000275493.7:c.2369C>T", "EGFR T790M"),
    ],
)
def test_spellings_mean_one_variant(text, name):
    variant, faults = read(text)
    assert not faults.errors
    assert variant is not None and variant.text == name


def test_a_wrong_residue_says_what_is_there():
    variant, faults = read("ABL1 A315I")
    assert variant is None
    [fault] = faults.errors
    assert "T (Thr)" in fault.found and fault.expected == "T315I"


def test_another_numbering_is_recognised():
    _, faults = read("ABL1 T334I")
    assert "T315I here" in (faults.errors[0].mend or "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ABL1 T9999I", "reference-residue"),
        ("KRAS G12D", "gene-unknown"),
        ("rubbish", "gene-unknown"),
        ("ABL1", "variant-missing"),
        ("T315I/T315M", "residue-twice"),
        ("ABL1 T315T", "no-change"),
        ("ABL1 c.944A>T", "reference-base"),
        ("ABL1 c.945T>C", "no-change"),
        ("ABL1 c.940_950delinsA", "variant-unreadable"),
        ("ABL1 315", "variant-unreadable"),
        ("ABL1 c.944C>T (p.Thr315Met)", "names-disagree"),
        ("ABL1 T315I F317L", "variant-unreadable"),
    ],
)
def test_bad_names_are_told(text, code):
    variant, faults = read(text)
    assert variant is None
    assert [fault.code for fault in faults.errors] == [code]


def test_targets_without_reference_are_read_and_said_to_be_unchecked():
    variant, faults = read("KRAS G12D", unchecked=("KRAS",))
    assert variant is not None and variant.text == "KRAS G12D"
    assert not faults.errors and len(faults.warnings) == 1


@given(st.integers(1, ABL1.length), st.sampled_from(sorted(set(GENETIC_CODE.values()) - {"*"})))
def test_one_and_three_letter_names_round_trip(position, new):
    old = ABL1.residue(position)
    if old == new:
        return
    short, _ = read(f"ABL1 {old}{position}{new}")
    long, _ = read(f"ABL1 p.{RESIDUE_NAMES[old]}{position}{RESIDUE_NAMES[new]}")
    shifted, _ = read(f"NM_007313:p.{old}{position + 19}{new}")
    assert short is not None
    assert short.mutant == long.mutant == shifted.mutant == f"{old}{position}{new}"


def test_names_of_compounds_are_ordered_by_residue():
    assert mutant_name("T315I + E255K") == "E255K/T315I"
