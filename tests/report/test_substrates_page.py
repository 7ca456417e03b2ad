"""The page of candidates: the answer first, what decided, the figure, and no claim where nothing answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinescape.assays.phospho.substrates import find_substrates
from kinescape.report.substrates_page import substrates_page, write_substrates_page
from kinescape.study.phospho import analyse_phospho

Files = tuple[Path, Path]


def made(files: Files, kinase: str, condition: str = "KD:MAPK6"):
    sites, design = files
    text = design.read_text(encoding="utf-8").replace("trametinib 100 nM", condition)
    design.write_text(text, encoding="utf-8")
    analysis = analyse_phospho(sites, design=design)
    effects = tuple(one.effects for one in analysis.contrasts)
    return find_substrates(kinase, effects, relations=analysis.relations, motifs=False), analysis


def test_a_kinase_without_a_motif_says_that_its_contrast_decides(
    phospho_files: Files, tmp_path: Path
) -> None:
    found, analysis = made(phospho_files, "MAPK6")
    page = substrates_page(found, analysis)
    assert [section.key for section in page.sections] == ["answer", "candidates", "read", "how"]
    (answer,) = page.sections[0].context["answers"]
    assert answer["headline"].startswith("7 sites not known as a substrate answered")
    assert any("decides alone" in sentence for sentence in answer["sentences"])
    (figure,) = page.sections[1].context["figures"]
    assert (
        len(figure.chart.to_dict()["hconcat"]) == 2
    )  # the probability and the contrast; no motif, no co-regulation
    html = write_substrates_page(found, analysis, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "MAPK1_T185" in html and "Sites by their answer to the perturbation of MAPK6" in html


def test_known_substrates_are_marked_with_their_papers(phospho_files: Files) -> None:
    found, analysis = made(phospho_files, "MAP2K1", "trametinib 100 nM")
    (figure,) = substrates_page(found, analysis).sections[1].context["figures"]
    assert figure.table.frame.height == 30 < found.ranked.height
    known = figure.table.frame.filter(known="yes")
    assert {"MAPK1_T185", "MAPK3_Y204"} <= set(known["site"])
    assert known["references"].str.starts_with("PMID:").all()


def test_where_nothing_answered_no_candidate_is_claimed(phospho_files: Files) -> None:
    sites, _ = phospho_files
    lines = sites.read_text(encoding="utf-8").splitlines()
    # Only the sites that scatter are left.
    sites.write_text("\n".join([lines[0], *lines[8:]]) + "\n", encoding="utf-8")
    found, analysis = made(phospho_files, "MAPK6")
    headline = substrates_page(found, analysis).sections[0].context["answers"][0]["headline"]
    assert headline.startswith("No site clearly answered")


def test_without_replicates_there_is_an_order_and_no_probability(phospho_files: Files) -> None:
    _, design = phospho_files
    lines = design.read_text(encoding="utf-8").splitlines()
    design.write_text("\n".join([lines[0], lines[1], lines[4]]) + "\n", encoding="utf-8")
    found, analysis = made(phospho_files, "MAPK6")
    assert found.frame["probability"].null_count() == found.frame.height
    assert "no probability can be given" in found.basis and "The probability is" not in found.basis
    (figure,) = substrates_page(found, analysis).sections[1].context["figures"]
    assert "There is no probability" in figure.caption
    assert figure.table.frame["contrast"][0] == pytest.approx(figure.table.frame["contrast"].min())
