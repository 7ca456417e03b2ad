"""`kinescape substrates`: candidates ranked, known ones marked, what decided said; JSON; bad input."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from kinescape.cli.kinases import WIDTH
from kinescape.cli.substrates import substrates
from kinescape.foundation.errors import InputError

application = typer.Typer(pretty_exceptions_enable=False)
application.command()(substrates)
Files = tuple[Path, Path]


def run(*words: object) -> str:
    done = CliRunner().invoke(application, [str(word) for word in words])
    assert done.exit_code == 0, done.exception
    return done.stdout


def test_what_a_knockdown_lowers_comes_first_and_known_sites_are_marked(phospho_files: Files) -> None:
    sites, design = phospho_files
    text = run("MAP2K1", sites, "--design", design, "--top", 7)
    ranked = [line.split() for line in text.splitlines() if "_" in "".join(line.split()[1:2])]
    # Seven sites fall fourfold; four of them are known to be MEK's.
    assert len(ranked) == 7
    assert {cells[1] for cells in ranked} >= {"MAPK1_T185", "MAPK3_Y204"}
    assert sum("known" in cells for cells in ranked) == 4
    assert max(len(line) for line in text.splitlines()) <= WIDTH


def test_a_kinase_without_a_motif_is_decided_by_its_contrast_and_that_is_said(phospho_files: Files) -> None:
    sites, design = phospho_files
    design.write_text(
        design.read_text(encoding="utf-8").replace("trametinib 100 nM", "KD:MAPK6"), encoding="utf-8"
    )
    answer = json.loads(run("MAPK6", sites, "--design", design, "--json"))
    assert answer["ok"] is True and answer["contrast"] == "KD:MAPK6 against control"
    assert "decides alone" in answer["basis"]
    assert answer["used"] == ["contrast"]
    assert len(answer["candidates"]) == 127
    assert sum(count["rows"] for count in answer["rows"]) == 128


def test_where_no_site_answered_the_terminal_says_so(phospho_files: Files) -> None:
    sites, design = phospho_files
    lines = sites.read_text(encoding="utf-8").splitlines()
    # Only the sites that scatter are left.
    sites.write_text("\n".join([lines[0], *lines[8:]]) + "\n", encoding="utf-8")
    text = run("MAPK6", sites, "--design", design)
    assert "No site clearly answered the perturbation" in text
    (heads,) = [line.split() for line in text.splitlines() if line.split()[:2] == ["#", "site"]]
    assert heads[2:] == ["score", "answered", "contrast", "FDR"]


def test_a_list_says_how_far_it_is_above_the_base_rate(phospho_files: Files, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    known = ["GSK3B_S9", "FOXO3_S253", "BAD_S99", "AKT1S1_T246"]
    names = known + [f"GENE{row}_S{row + 7}" for row in range(100)]
    together = random.normal(size=12)
    lines = ["ID," + ",".join(f"drug {column}" for column in range(12))]
    for row, name in enumerate(names):
        changes = random.normal(scale=0.3, size=12) + (together if row < 7 else 0)
        lines.append(name + "," + ",".join(f"{value:.3f}" for value in changes))
    file = tmp_path / "matrix.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    answer = json.loads(run("AKT1", file, "--no-motifs", "--json"))
    assert answer["used"] == ["co_regulation"]
    best = answer["candidates"][0]
    assert best["fold"] == pytest.approx(best["probability"] / (4.5 / 105), rel=1e-6)
    text = " ".join(run("AKT1", file, "--no-motifs", "--top", 5).split())
    assert "the base rate at best)" in text and "× base" in text and "answered" not in text
    assert "known substrates: 4 of 104 ranked sites" in text


def test_an_overexpressed_kinase_is_looked_for_among_what_rises(phospho_files: Files) -> None:
    sites, design = phospho_files
    falls = json.loads(run("MAPK6", sites, "--design", design, "--direction", "less", "--json"))
    rises = json.loads(run("MAPK6", sites, "--design", design, "--direction", "more", "--json"))
    first, last = (answer["candidates"][0]["contrast"] for answer in (falls, rises))
    assert first < -1 and last > 0


def test_the_table_is_written(phospho_files: Files, tmp_path: Path) -> None:
    sites, design = phospho_files
    out = tmp_path / "candidates.tsv"
    run("MAP2K1", sites, "--design", design, "--out", out)
    assert pl.read_csv(out, separator="\t").height == 127


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["MAPK66"], "no table knows"),
        (["MAP2K1", "--contrast", "dasatinib"], "there is no contrast 'dasatinib'"),
        (["MAP2K1", "--direction", "up"], "'up' is no direction"),
        (["MAP2K1", "--out", "candidates.docx"], "cannot be written as"),
    ],
)
def test_bad_input_is_told(phospho_files: Files, words: list[str], said: str) -> None:
    sites, design = phospho_files
    kinase, *more = words
    done = CliRunner().invoke(application, [kinase, str(sites), "--design", str(design), *more])
    assert isinstance(done.exception, InputError)
    assert said in str(done.exception)


def test_a_page_is_written(phospho_files: Files, tmp_path: Path) -> None:
    sites, design = phospho_files
    page = tmp_path / "page.html"
    assert f"Written: {page}" in run("MAP2K1", sites, "--design", design, "--report", page).replace("\n", "")
    assert "Substrates of MAP2K1" in page.read_text(encoding="utf-8")


def test_changes_of_proteins_are_taken_out_of_computed_effects(tmp_path: Path) -> None:
    sites, proteins = tmp_path / "KD-MAPK6.csv", tmp_path / "proteins.csv"
    # Thirty sites whose protein falls with them, and one that falls alone.
    falls = [(f"GENE{index}", -0.1 * index) for index in range(30)]
    lines = [f"{gene},S10,{change}" for gene, change in falls] + ["ALONE,S5,-2"]
    sites.write_text("gene,site,log2FC\n" + "\n".join(lines) + "\n", encoding="utf-8")
    proteins.write_text(
        "gene,log2FC\n" + "\n".join(f"{gene},{change}" for gene, change in [*falls, ("ALONE", 0.0)]) + "\n",
        encoding="utf-8",
    )
    plain = json.loads(run("MAPK6", sites, "--json"))
    adjusted = json.loads(run("MAPK6", sites, "--proteome", proteins, "--json"))
    assert plain["candidates"][0]["site"] == "GENE29_S10"
    assert adjusted["candidates"][0]["site"] == "ALONE_S5"
    assert any(note["code"] == "protein-regressed" for note in adjusted["about"])


def test_what_kinases_takes_substrates_takes_too(phospho_files: Files) -> None:
    sites, design = phospho_files
    words = ["--intensities", "linear", "--no-normalise", "--no-motifs", "--json"]
    assert json.loads(run("MAP2K1", sites, "--design", design, *words))["used"] == ["contrast"]


def test_the_help_names_the_extra_whole() -> None:
    assert "kinescape[motif]" in run("--help")


def test_a_common_name_is_read_as_its_gene_and_several_perturbations_are_asked_about(tmp_path: Path) -> None:
    sites, design = tmp_path / "sites.csv", tmp_path / "samples.csv"
    random = np.random.default_rng(0)
    lines = [
        f"GENE{i}_S{i}," + ",".join(f"{v:.0f}" for v in 2 ** random.normal(22, 2, 6)) for i in range(1, 41)
    ]
    sites.write_text("site,a,b,c,d,e,f\n" + "\n".join(lines) + "\n", encoding="utf-8")
    conditions = ("control", "control", "KO:MAPK6", "KO:MAPK6", "OE:MAPK6", "OE:MAPK6")
    rows = [
        f"{name},{text},{i % 2 + 1}" for i, (name, text) in enumerate(zip("abcdef", conditions, strict=True))
    ]
    design.write_text("sample,condition,replicate\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = CliRunner().invoke(application, ["ERK3", str(sites), "--design", str(design)])
    assert isinstance(done.exception, InputError)
    assert "2 contrasts perturb MAPK6" in done.exception.text
    answer = json.loads(run("ERK3", sites, "--design", design, "--contrast", "KO:MAPK6", "--json"))
    assert answer["kinase"] == "MAPK6"
