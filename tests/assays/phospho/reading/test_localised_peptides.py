"""The engines' notations of localised phosphates, made one."""

import polars as pl
import pytest

from kinescape.assays.phospho.reading.localised_peptides import (
    localised_form,
    marked,
    probabilities_in_braces,
    probabilities_in_brackets,
    sites_of_form,
    worst_localised,
)


def value(expression):
    return pl.select(expression).item()


@pytest.mark.parametrize(
    ("text", "form", "worst"),
    [
        ("AALLAQY(0.316)ADVT(0.684)DEEK", "AALLAQYADVTDEEK", None),
        ("AALLAQY(0.016)ADVT(0.984)DEEK", "AALLAQYADVtDEEK", 0.984),
        ("RHS(0.8)HS(0.9)HS(0.3)R", "RHsHsHSR", 0.8),
        ("S(1)K", "sK", 1.0),
        ("PEPTIDE", "PEPTIDE", None),
    ],
)
def test_forms(text, form, worst):
    assert value(localised_form(pl.lit(text), 0.75)) == form
    assert value(worst_localised(pl.lit(text), 0.75)) == worst


def test_braces_of_diann():
    text = "(UniMod:1){1.000000}M{0.000000}AAC(UniMod:4)S(UniMod:21){0.789000}PPT{0.211000}PIR2"
    assert value(probabilities_in_braces(pl.lit(text))) == "MAACS(0.789000)PPTPIR2"
    assert value(localised_form(probabilities_in_braces(pl.lit(text)), 0.75)) == "MAACsPPTPIR"


def test_brackets_of_spectronaut():
    text = "_S[Phospho (STY): 0.4%]KPIPIM[Oxidation (M): 100%]PAS[Phospho (STY): 99,6%]PQK_"
    bare = probabilities_in_brackets(pl.lit(text))
    assert value(bare) == "S(0.4)KPIPIMPAS(99,6)PQK"
    assert value(localised_form(bare, 75)) == "SKPIPIMPAsPQK"


def test_one_probability_for_a_peptide():
    text = "(UniMod:1)AAS(UniMod:21)PT(UniMod:21)C(UniMod:4)K"
    assert value(marked(pl.lit(text), "(UniMod:21)", pl.lit(0.9))) == "AAS(0.9)PT(0.9)CK"


def test_sites_of_a_form():
    assert sites_of_form("AAsPtK") == ("AASPTK", (2, 4))
    assert sites_of_form("AASPTK|3,5") == ("AASPTK", (2, 4))
    assert sites_of_form("AASPTK|") == ("AASPTK", ())
