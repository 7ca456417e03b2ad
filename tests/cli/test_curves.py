"""`kinescape curves`: golden run on a small file, JSON for machines, a page, and faults with exit status 2."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from kinescape.cli.curves import curves
from kinescape.foundation.errors import InputError

application = typer.Typer(pretty_exceptions_enable=False)
application.command()(curves)

ROWS = """sample,agent,dose,unit,response,replicate
PC9,erlotinib,0,nM,100,r1
PC9,erlotinib,1,nM,101,r1
PC9,erlotinib,10,nM,88,r1
PC9,erlotinib,100,nM,35,r1
PC9,erlotinib,1000,nM,14,r1
PC9,erlotinib,10000,nM,9,r1
PC9,erlotinib,0,nM,98,r2
PC9,erlotinib,1,nM,97,r2
PC9,erlotinib,10,nM,92,r2
PC9,erlotinib,100,nM,41,r2
PC9,erlotinib,1000,nM,12,r2
PC9,erlotinib,10000,nM,11,r2
PC9,water,0,nM,100,r1
PC9,water,1,nM,99,r1
PC9,water,10,nM,102,r1
PC9,water,100,nM,98,r1
PC9,water,1000,nM,101,r1
PC9,water,10000,nM,100,r1
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "doses.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_json_says_what_was_read_and_each_curve(file: Path) -> None:
    done = CliRunner().invoke(application, [str(file), "--json"])
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert "viability in per cent" in answer["read"]
    found = {row["agent"]: row for row in answer["curves"]}
    assert found["erlotinib"]["status"] == "fitted" and found["water"]["status"] == "flat"
    # Half viability lies between 10 and 100 nM by the data themselves.
    assert 3e-8 < found["erlotinib"]["ic50_dose"] < 1e-7
    assert found["erlotinib"]["interval_unit"] == "2 replicates"
    assert found["water"]["ic50"] == ">10 uM" and found["water"]["ic50_dose"] is None


def test_tables_and_page_are_written(file: Path, tmp_path: Path) -> None:
    out, page, effects = tmp_path / "curves.tsv", tmp_path / "page.html", tmp_path / "effects.tsv"
    done = CliRunner().invoke(
        application, [str(file), "--out", str(out), "--report", str(page), "--measurements", str(effects)]
    )
    assert done.exit_code == 0 and "1 fitted" in done.stdout and "1 flat" in done.stdout
    assert pl.read_csv(out, separator="\t")["agent"].to_list() == ["erlotinib", "water"]
    html = page.read_text(encoding="utf-8")
    assert "Curves with their data" in html and "erlotinib in PC9" in html
    assert "http://" not in html.split("<script")[0].replace("http://www.w3.org", "")
    assert pl.read_csv(effects, separator="\t")["node"].unique().to_list() == ["viability"]
    assert CliRunner().invoke(application, [str(file), "--fast"]).exit_code == 0


def test_bad_input_is_told_and_nothing_written(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(ROWS.replace("nM", ""), encoding="utf-8")
    done = CliRunner().invoke(application, [str(bad), "--out", str(tmp_path / "out.tsv")])
    assert isinstance(done.exception, InputError) and done.exception.exit_status == 2
    assert not (tmp_path / "out.tsv").exists()
    done = CliRunner().invoke(application, [str(bad), "--doses", "a,b"])
    assert isinstance(done.exception, InputError)


def test_mends_are_options_that_can_be_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = tmp_path / "bare.csv"
    bare.write_text(ROWS.replace(",unit", "").replace(",nM", ""), encoding="utf-8")
    done = CliRunner().invoke(application, [str(bare)])
    assert isinstance(done.exception, InputError)
    assert "--unit uM" in (done.exception.faults[0].mend or "")
    assert CliRunner().invoke(application, [str(bare), "--unit", "nM"]).exit_code == 0
    other = tmp_path / "other.csv"
    other.write_text(ROWS.replace("response", "seen"), encoding="utf-8")
    done = CliRunner().invoke(application, [str(other)])
    assert isinstance(done.exception, InputError)
    assert "--column response=…" in (done.exception.faults[0].mend or "")
    assert CliRunner().invoke(application, [str(other), "--column", "response=seen"]).exit_code == 0
    done = CliRunner().invoke(application, [str(other), "--column", "seen"])
    assert isinstance(done.exception, InputError)


def test_effects_that_cannot_be_named_leave_nothing_written(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(ROWS.replace("erlotinib", "a + b"), encoding="utf-8")
    out, effects = tmp_path / "out.tsv", tmp_path / "effects.tsv"
    done = CliRunner().invoke(application, [str(bad), "--out", str(out), "--measurements", str(effects)])
    assert isinstance(done.exception, InputError) and not out.exists() and not effects.exists()


def test_hours_and_units_are_shown(tmp_path: Path) -> None:
    both = tmp_path / "both.csv"
    lines = ROWS.splitlines()
    late = [f"{line},{hours}" for hours in (24, 72) for line in lines[1:]]
    text = "\n".join([f"{lines[0]},hours", *late]).replace("nM", "ng/mL")
    both.write_text(text + "\n", encoding="utf-8")
    done = CliRunner().invoke(application, [str(both)])
    assert done.exit_code == 0 and "4 curves:" in done.stdout and "hours" in done.stdout
    assert "ng/mL" in done.stdout and ">10 ug/mL" in done.stdout


@pytest.mark.parametrize("option", ["--out", "--measurements"])
def test_an_ending_that_is_not_written_is_refused_first(file: Path, tmp_path: Path, option: str) -> None:
    done = CliRunner().invoke(application, [str(file), option, str(tmp_path / "out.xlsx")])
    assert isinstance(done.exception, InputError) and done.exception.faults[0].code == "table-suffix"
    assert list(tmp_path.iterdir()) == [file]


def test_a_csv_has_commas(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert CliRunner().invoke(application, [str(file), "--out", str(out)]).exit_code == 0
    assert pl.read_csv(out)["agent"].sort().to_list() == ["erlotinib", "water"]


def test_the_same_fault_in_many_cells_is_one_message(tmp_path: Path) -> None:
    bad = tmp_path / "commas.csv"
    bad.write_text("drug;dose_nM;viability\n" + "".join(f"x;{dose};9{dose},5\n" for dose in range(9)))
    done = CliRunner().invoke(application, [str(bad)])
    assert isinstance(done.exception, InputError) and len(done.exception.faults) == 1
    assert "and 8 more such cells" in done.exception.faults[0].found


def test_a_page_of_no_named_sample_does_not_make_one_up(tmp_path: Path) -> None:
    path, page = tmp_path / "doses.csv", tmp_path / "page.html"
    lines = ROWS.replace("PC9,", "").replace("sample,", "")
    path.write_text(lines, encoding="utf-8")
    assert CliRunner().invoke(application, [str(path), "--report", str(page)]).exit_code == 0
    assert "erlotinib in sample" not in page.read_text(encoding="utf-8")


def test_a_page_of_growth_rates_speaks_of_gr50_and_keeps_file_names(tmp_path: Path) -> None:
    path, page = tmp_path / "low_counts.csv", tmp_path / "page.html"
    lines = ["sample,agent,dose_uM,cell_count,cell_count__ctrl,cell_count__time0,seeding"]
    for agent, least in (("a", 1.1), ("b", 0.2)):
        for at, dose in enumerate((0.001, 0.01, 0.1, 1, 10, 100)):
            for seeding in (1, 2):
                count = 400 * (least + (1 - min(least, 1.0)) / (1 + dose)) + (at + seeding) % 3
                lines.append(f"A,{agent},{dose},{count:.1f},400,100,{seeding}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = CliRunner().invoke(application, [str(path), "--report", str(page)])
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    assert "Half of the untreated growth rate" in text and "Half of the untreated response" not in text
    assert "Cells are lost, and not only kept from growing (GRmax below 0), in 1 of them, most by b" in text
    assert "GR AOC" in text and "GRinf" in text
    assert "low_counts.csv, row 1" in text and "Low_counts.csv" not in text


def test_curves_asked_for_are_drawn_and_unknown_ones_refused(file: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    with pytest.raises(InputError, match="no drug or sample 'nothing'"):
        curves(file, report=page, show=["nothing"])
    with pytest.raises(InputError, match="no page is written"):
        curves(file, show=["anything"])
    assert not page.exists()


def test_doublings_turn_viability_into_growth_rates(file: Path) -> None:
    done = CliRunner().invoke(application, [str(file), "--json", "--doublings", "2"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["response"] == "growth_rate" and "by 2 doublings" in answer["read"]
    found = {row["agent"]: row for row in answer["curves"]}
    # A tenth of the cells after two doublings is fewer than at the start: 2 ** (1 + log2(0.1) / 2) - 1.
    assert found["erlotinib"]["gr_max"] == pytest.approx(2 ** (1 + np.log2(0.1) / 2) - 1, abs=0.02)
    assert found["water"]["gr50"] == "inf" and found["water"]["gec50"] == 0
    told = CliRunner().invoke(application, [str(file), "--doublings", "PC9=2"]).output
    assert "GRmax" in told and "GR50" in told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["two"], "'two' is not a number"),
        (["PC-9=2"], "did you mean 'PC9'"),
        (["2", "PC9=2"], "one number for all samples, and more beside it"),
        (["0"], "of 0 are not possible"),
    ],
)
def test_doublings_that_cannot_be_used_are_refused(file: Path, given: list[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        curves(file, doublings=given)


def test_what_the_readers_say_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "doses.csv"
    path.write_text(ROWS.replace(",nM,", ",nM,4"), encoding="utf-8")
    with pytest.raises(InputError) as error:
        curves(path)
    assert '"' not in (error.value.faults[0].mend or "")
    head, *lines = ROWS.splitlines()
    path.write_text("\n".join([head, *(line for line in lines if ",0,nM" not in line)]), encoding="utf-8")
    done = CliRunner().invoke(application, [str(path)])
    assert done.exit_code == 0
    assert "there is no untreated well" in " ".join(done.output.split())
    assert "--scale percent or --scale fraction" in " ".join(done.output.split())
    path.write_text(
        "\n".join([head, *(re.sub(r"nM,\d+", "nM,NaN", line) for line in lines)]), encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"no row holds a response: all 18 cells.*--column response="):
        curves(path)
    with pytest.raises(InputError, match=r"this is a folder, not a file"):
        curves(tmp_path)
