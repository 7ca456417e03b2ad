"""What laboratories call kinases."""

import polars as pl
import pytest

from kinescape.assays.phospho.site_effects import SiteEffects
from kinescape.assays.phospho.substrate_search.kinase_names import kinase_symbol, require_one_perturbation
from kinescape.foundation.errors import InputError
from kinescape.knowledge.substrates import load_site_relations


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("ERK3", "MAPK6"), ("ERK4", "MAPK4"), ("erk2", "MAPK1"), ("p38a", "MAPK14"), ("mapk6", "MAPK6")],
)
def test_one_gene_behind_a_name_is_taken_and_said(name, symbol):
    found, notes = kinase_symbol(name, load_site_relations())
    assert found == symbol
    assert notes[0].found == f"'{name}' was read as {symbol}"


@pytest.mark.parametrize("name", ["MAPK6", "CDK1", "no such kinase"])
def test_symbols_and_unknown_names_stay(name):
    assert kinase_symbol(name, load_site_relations()) == (name, ())


def test_several_genes_are_named():
    with pytest.raises(InputError, match="one of AKT1, AKT2, AKT3"):
        kinase_symbol("AKT", load_site_relations())


def effects(*names):
    return tuple(SiteEffects(name, pl.DataFrame()) for name in names)


def test_a_knockout_beside_an_overexpression_is_asked_about():
    both = effects("KO:MAPK6 against control", "OE:MAPK6 against control")
    with pytest.raises(InputError, match="--contrast 'KO:MAPK6 against control'"):
        require_one_perturbation("MAPK6", both, "f.csv")


def test_one_perturbation_and_other_kinases_are_no_matter():
    others = effects("KO:MAPK6 against control", "KO:MAPK61 against control", "X against KO:MAPK6")
    require_one_perturbation("MAPK6", others, "f.csv")
