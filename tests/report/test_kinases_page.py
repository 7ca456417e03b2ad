"""The page of a phosphoproteome: answer first, every row accounted for, figures, and no text that runs as markup."""

from __future__ import annotations

from pathlib import Path

from kinescape.report.kinase_words import headline
from kinescape.report.kinases_page import MOST_CONTRASTS, kinases_page, write_kinases_page
from kinescape.study.phospho import analyse_phospho


def test_a_table_with_a_sheet_makes_a_page(phospho_files: tuple[Path, Path], tmp_path: Path) -> None:
    sites, design = phospho_files
    analysis = analyse_phospho(sites, design=design)
    page = kinases_page(analysis)
    assert [section.key for section in page.sections] == ["answer", "read", "contrast-1", "how"]
    keys = [figure.key for figure in page.sections[2].context["figures"]]
    assert keys == ["c1-kinases", "c1-ladder", "c1-kinome", "c1-sites"]
    assert headline(analysis.contrasts[0]).startswith("Less active: ")
    rows = page.sections[1].context["rows"].frame
    assert rows["rows"].sum() == 128
    html = write_kinases_page(analysis, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "MAP2K1" in html and "PMID:" in html
    assert len(html) < 3_000_000


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    lines = [
        "site,<script>alert(1)</script>",
        *(f"GENE{index}_S{index + 3},{index % 5 - 2}.1" for index in range(40)),
    ]
    lines += ["MAPK1_T185,-4", "MAPK1_Y187,-4.2"]
    file = tmp_path / "effects.csv"
    file.write_text("\n".join(line.replace("site,", "ID,") for line in lines) + "\n", encoding="utf-8")
    html = write_kinases_page(analyse_phospho(file), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in html
    assert "this is no volcano" in html


def test_many_contrasts_keep_an_overview_and_the_clearest_sections(tmp_path: Path) -> None:
    header = "ID," + ",".join(f"drug {number}" for number in range(6))
    lines = [
        header,
        *(f"GENE{row}_S9," + ",".join(str((row * 7 + c) % 11 - 5.5) for c in range(6)) for row in range(60)),
    ]
    # Only the last drug touches ERK.
    lines += [
        f"{site},0.1,0.2,-0.1,0.1,0.3,-30"
        for site in ("MAPK1_T185", "MAPK1_Y187", "MAPK3_T202", "MAPK3_Y204")
    ]
    file = tmp_path / "matrix.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    analysis = analyse_phospho(file)
    page = kinases_page(analysis)
    headings = [section.heading for section in page.sections if section.key.startswith("contrast-")]
    assert len(headings) == MOST_CONTRASTS and headings[0] == "drug 5"
    first = page.sections[0].context["answers"][0]
    assert first["question"].endswith(" clear enzymes") and first["headline"].startswith(
        "drug 5: less active: "
    )
    table = page.sections[1].context["contrasts"]
    assert table.frame["contrast"].to_list() == [f"drug {number}" for number in range(6)]
    assert table.written[0][2:5] == ["–", "–", "–"]
    assert page.sections[0].context["overview"] is not None
    assert "2 contrasts more" in page.sections[0].context["answers"][-1]["headline"]


def test_enzymes_on_the_same_sites_are_said_not_to_be_told_apart(phospho_files: tuple[Path, Path]) -> None:
    sites, design = phospho_files
    (contrast,) = analyse_phospho(sites, design=design).contrasts
    groups = contrast.same_sites(["MAP2K1", "MAP2K2", "MAPK3"])
    # The two MEKs share their measured sites on ERK, and ERK1 has others of its own.
    assert groups == (("MAP2K1", "MAP2K2"),)


def test_one_replicate_is_drawn_by_intensity_and_warned_of(phospho_files: tuple[Path, Path]) -> None:
    sites, design = phospho_files
    lines = [
        line for line in design.read_text(encoding="utf-8").splitlines() if line[-2:] not in (",2", ",3")
    ]
    design.write_text("\n".join(lines) + "\n", encoding="utf-8")
    page = kinases_page(analyse_phospho(sites, design=design))
    assert any("1 treated and 1 control" in warning for warning in page.sections[0].context["warnings"])
    volcano = page.sections[2].context["figures"][-1]
    assert "not tested" in volcano.title and "mean intensity" in volcano.caption
