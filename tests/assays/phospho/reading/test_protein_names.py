"""Proteins as engines name them."""

import polars as pl
import pytest

from kinescape.assays.phospho.reading.protein_names import (
    accession,
    gene_in_header,
    is_contaminant,
    is_decoy,
    organism_of,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("P28482", "P28482"),
        ("P28482-2", "P28482-2"),
        ("sp|P28482-2|MK01_HUMAN", "P28482-2"),
        ("tr|Q4DRR5|Q4DRR5_TRYCC", "Q4DRR5"),
        ("UniProtKB:Q96GX9", "Q96GX9"),
        ("CON__P00761", "P00761"),
        ("REV__tr|V5BJN8|V5BJN8_TRYCR", "V5BJN8"),
        ("contam_sp|P00761|TRYP_PIG", "P00761"),
        ("sp|P36578|RL4_HUMAN60SribosomalproteinL4OS=Homosapiens", "P36578"),
    ],
)
def test_accessions(name, expected):
    assert pl.select(accession(pl.lit(name))).item() == expected


@pytest.mark.parametrize(
    ("name", "contaminant", "decoy"),
    [
        ("CON__P1", True, False),
        ("contam_sp|P1|A", True, False),
        ("Cont_P1", True, False),
        ("REV__P1", False, True),
        ("rev_sp|P1|A", False, True),
        ("DECOY_P1", False, True),
        ("CON__REV__P1", True, True),
        ("P1", False, False),
        (None, False, False),
    ],
)
def test_marks(name, contaminant, decoy):
    found = pl.select(
        is_contaminant(pl.lit(name, pl.String)).alias("c"), is_decoy(pl.lit(name, pl.String)).alias("d")
    )
    assert found.row(0) == (contaminant, decoy)


@pytest.mark.parametrize(
    ("header", "gene"),
    [
        (">sp|P1|A OS=Homo sapiens GN=MAPK1 PE=1 SV=3", "MAPK1"),
        ("OS=Homosapiens(Human)OX=9606GN=RPL4PE=1SV=5", "RPL4"),
        ("OS=Homo sapiens OX=9606 GN=HLA-A PE=1;>sp|P2|B GN=OTHER", "HLA-A"),
        ("OS=Homo sapiens PE=1", None),
    ],
)
def test_genes_of_headers(header, gene):
    assert pl.select(gene_in_header(pl.lit(header))).item() == gene


@pytest.mark.parametrize(
    ("texts", "genes", "expected"),
    [
        (["X OS=Homo sapiens GN=A"], [], ("human", "headers")),
        (["X OS=Mus musculus GN=A", "Y OS=Mus musculus", "Z OS=Homo sapiens"], [], ("mouse", "headers")),
        (["X OS=Danio rerio OX=7955"], [], ("Danio rerio", "headers")),
        (["MK01_HUMAN"], [], ("human", "entry names")),
        (["sp|P1|MK01_MOUSE"], [], ("mouse", "entry names")),
        (["P28482", None], ["MAPK1", "AKT1"], ("human", "case of the gene names")),
        ([], ["Mapk1", "Akt1", "Src"], ("mouse", "case of the gene names")),
        ([], [None, "x"], (None, "")),
    ],
)
def test_organisms(texts, genes, expected):
    assert organism_of(texts, genes)[:2] == expected


def test_the_share_of_the_organism():
    texts = ["A OS=Mus musculus", "B OS=Mus musculus", "C OS=Homo sapiens"]
    assert organism_of(texts, [])[2] == pytest.approx(2 / 3)
