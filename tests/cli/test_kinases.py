"""`kinescape kinases`: row accounting and clear kinases in the terminal, everything as JSON, a page, exit status 2."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from kinescape.cli.kinases import WIDTH, kinases
from kinescape.foundation.errors import InputError

application = typer.Typer(pretty_exceptions_enable=False)
application.command()(kinases)
Files = tuple[Path, Path]


def run(*words: object) -> str:
    done = CliRunner().invoke(application, [str(word) for word in words])
    assert done.exit_code == 0, done.exception
    return done.stdout


def test_the_terminal_says_what_was_read_and_which_kinases_fell(phospho_files: Files) -> None:
    sites, design = phospho_files
    text = run(sites, "--design", design)
    assert "127 of 128 rows kept" in text
    assert "left out: 1 no protein, residue or position" in text
    assert "trametinib 100 nM against control" in text
    assert "of 127 tested clearly moved" in text
    assert "up, 7 down)" in " ".join(text.split())
    starred = [line.split()[0] for line in text.splitlines() if "*" in line.split(" ", 1)[0]]
    assert "MAP2K1*" in starred
    assert max(len(line) for line in text.splitlines()) <= WIDTH


def test_json_holds_every_site_enzyme_and_row(phospho_files: Files) -> None:
    sites, design = phospho_files
    answer = json.loads(run(sites, "--design", design, "--json"))
    assert answer["ok"] is True
    assert sum(count["rows"] for count in answer["rows"]) == 128
    (contrast,) = answer["contrasts"]
    assert len(contrast["sites"]) == 127
    activity = {row["enzyme"]: row for row in contrast["activities"]}
    mek = activity["MAP2K1"]
    assert mek["score"] < 0 and mek["fdr"] < 0.05 and mek["low"] < mek["score"] < mek["high"]
    behind = {row["site"] for row in contrast["substrates"] if row["enzyme"] == "MAP2K1"}
    assert {"MAPK1_T185", "MAPK3_Y204"} <= behind
    assert all("PMID:" in row["references"] for row in contrast["substrates"] if row["enzyme"] == "MAP2K1")


def test_tables_and_a_page_are_written(phospho_files: Files, tmp_path: Path) -> None:
    sites, design = phospho_files
    table, all_sites, page = tmp_path / "kinases.tsv", tmp_path / "sites.parquet", tmp_path / "page.html"
    text = run(sites, "--design", design, "--out", table, "--sites", all_sites, "--report", page)
    assert f"Written: {page}" in text.replace("\n", "")
    assert pl.read_csv(table, separator="\t")["contrast"].unique().to_list() == [
        "trametinib 100 nM against control"
    ]
    assert pl.read_parquet(all_sites).height == 127
    assert "Which kinases moved" in page.read_text(encoding="utf-8")


def test_effects_need_no_sheet_and_are_said_not_to_be_tested(tmp_path: Path) -> None:
    lines = ["gene,site,log2FC", *(f"GENE{index},S{index + 4},{(index % 7 - 3) / 20}" for index in range(60))]
    lines += ["MAPK1,T185,-3", "MAPK1,Y187,-3.2", "MAPK3,T202,-2.9", "MAPK3,Y204,-3"]
    file = tmp_path / "effects.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = run(file)
    assert "none tested, for want of replicates" in text
    assert "MAP2K1*" in text


def test_one_site_gets_no_star_and_the_strongest_contrast_comes_first(tmp_path: Path) -> None:
    lines = ["ID,still,moved", *(f"G{row}_S9,{row % 11 - 5.1},{row % 13 / 10}" for row in range(300))]
    # One own site of EGFR, and two proteins of which MEK is the kinase.
    lines += ["EGFR_T693,0.1,90", "MAPK1_T185,0.2,-40", "MAPK1_Y187,0.2,-41", "MAPK3_T202,-0.1,-42"]
    file = tmp_path / "matrix.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = run(file)
    assert text.index("\nmoved") < text.index("\nstill")
    rows = {line.split()[0]: line for line in text.split("\nstill")[0].splitlines() if line.strip()}
    assert "MAP2K1*" in rows
    assert "EGFR" in rows and "(one site)" in rows["EGFR"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--design", "nowhere.csv"], "no such file"),
        ([], "nothing says which of its 6 samples is what"),
        (["--contrast", "dasatinib"], "nothing says which"),
        (["--design", "SHEET", "--contrast", "dasatinib"], "there is no contrast 'dasatinib'"),
        (["--design", "SHEET", "--localisation", "75"], "is no probability"),
        (["--design", "SHEET", "--out", "kinases.docx"], "cannot be written as 'kinases.docx'"),
        (["--design", "SHEET", "--network", "nowhere.tsv"], "nowhere.tsv"),
        (["--proteome", "proteins.txt"], "need a sample sheet"),
    ],
)
def test_bad_input_is_told(phospho_files: Files, words: list[str], said: str) -> None:
    sites, design = phospho_files
    given = [str(design) if word == "SHEET" else word for word in words]
    done = CliRunner().invoke(application, [str(sites), *given])
    assert isinstance(done.exception, InputError)
    assert done.exception.exit_status == 2
    assert said in str(done.exception)


def test_faults_of_the_sheet_and_of_the_relations_are_told_at_once(
    phospho_files: Files, tmp_path: Path
) -> None:
    sites, design = phospho_files
    design.write_text(design.read_text(encoding="utf-8").replace("Tram_1", "Tram_9"), encoding="utf-8")
    done = CliRunner().invoke(
        application, [str(sites), "--design", str(design), "--network", str(tmp_path / "nowhere.tsv")]
    )
    assert isinstance(done.exception, InputError)
    assert {fault.code for fault in done.exception.faults} >= {"unknown-sample", "file-missing"}


def test_mek_inhibition_of_a_public_screen_lowers_mek(real_data: Path, tmp_path: Path) -> None:
    # GSK-1120212, that is trametinib (PMID 26060313): fold changes of the public benchmark; the target is known.
    source = real_data / "phospho" / "hernandez-benchmark" / "hernandezData.csv.gz"
    if not source.is_file():
        pytest.skip("the benchmark of Hernandez-Armenta is absent")
    own = pl.read_csv(source, columns=["ID", "1296_272"], null_values="NA").drop_nulls()
    file = tmp_path / "trametinib.csv"
    own.write_csv(file)
    answer = json.loads(run(file, "--json"))
    activity = {row["enzyme"]: row for row in answer["contrasts"][0]["activities"]}
    assert activity["MAP2K1"]["score"] < -2
    assert activity["MAP2K2"]["score"] < -2


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("phospho/maxquant-sty/Phospho (STY)Sites.txt", "missing-design"),
        ("phospho/msstatsptm/maxq_tmt_evidence.tsv", "missing-design"),
        ("phospho/msstatsptm/spectronaut_input.tsv", "missing-design"),
        ("phospho/maxquant-silac/billing19.proteingroups.txt", "protein-table"),
        ("phospho/phosx/*ModificationSites.txt", "no-quantities"),
    ],
)
def test_a_real_table_without_a_sheet_is_told_for_what_it_is(real_data: Path, place: str, code: str) -> None:
    found = sorted(real_data.glob(place))
    if not found:
        pytest.skip(f"{place} is absent")
    done = CliRunner().invoke(application, [str(found[0])])
    assert isinstance(done.exception, InputError)
    assert [fault.code for fault in done.exception.faults] == [code]


def test_a_sheet_is_drafted_and_only_that(phospho_files: Files, tmp_path: Path) -> None:
    sites, _ = phospho_files
    sheet = tmp_path / "draft.csv"
    text = run(sites, "--draft", sheet)
    assert "6 samples" in text and "enzyme" not in text
    assert sheet.read_text(encoding="utf-8").splitlines()[:2] == ["sample,condition,replicate", "DMSO_1,,"]
