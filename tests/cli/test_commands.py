"""The commands as a user calls them: what they print, and with which exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from kinescape.cli.application import application

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(typer.main.get_command(application).commands)


def kinescape(*words: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "kinescape", *map(str, words)]
    environment = {**os.environ, "COLUMNS": "100"}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Two drugs and their pair in one line, one file."""
    rows = ["Line,Treatment,Readout,Experiment,Signal"]
    for treatment, level in {"DMSO": 1.0, "erlotinib 1 uM": 0.3, "MK-2206 1 uM": 0.8}.items():
        rows += [f"A,{treatment},p-EGFR Y1068,{n},{1000 * level + 10 * n}" for n in (1, 2, 3)]
    (tmp_path / "data.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "s"\ntitle = "S"\ntarget_sample = "A"\nsuppress = "EGFR"\n\n'
        '[[files]]\npath = "data.csv"\nformat = "table_long"\nscale = "raw"\n\n[files.columns]\nsample = "Line"\n'
        'condition = "Treatment"\nreadout = "Readout"\nreplicate = "Experiment"\nvalue = "Signal"\n'
    )
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_is_documented(command):
    done = kinescape(command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert any(f"kinescape {command}" in page.read_text(encoding="utf-8") for page in pages)


def test_version_and_unknown_command():
    assert kinescape("--version").stdout.startswith("kinescape ")
    assert kinescape("rum").returncode == 2


def test_check_says_that_a_study_is_sound(study):
    done = kinescape("check", study)
    assert done.returncode == 0
    assert "The study is sound: 1 sample, 2 conditions, 1 readout, 2 rows." in done.stdout
    found = json.loads(kinescape("check", study, "--json").stdout)
    assert found["ok"]
    assert found["samples"] == ["A"]


def test_a_fault_ends_with_status_two_for_people_and_machines(study):
    data = study / "data.csv"
    data.write_text(data.read_text().replace("erlotinib 1 uM", "erlotinib 1"))
    done = kinescape("check", study)
    assert done.returncode == 2
    assert "data.csv, row 5, column 'Treatment'" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert "nothing was written" in done.stderr
    done = kinescape("check", study, "--json")
    assert done.returncode == 2
    fault = json.loads(done.stdout)["faults"][0]
    assert (fault["row"], fault["column"]) == (5, "Treatment")


def test_run_writes_the_page_and_says_where(study):
    done = kinescape("run", "study.toml", "--out", "out", "--json", folder=study)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (study / found["report"]).is_file()
    assert (study / found["tables"] / "combinations.tsv").is_file()
    assert not (study / "out" / ".stages").exists()


def test_a_results_folder_that_cannot_be_written_is_told(study):
    (study / "out").write_text("a file")
    done = kinescape("run", "study.toml", "--out", "out", folder=study)
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_study_is_told(tmp_path):
    done = kinescape("run", tmp_path / "nothing.toml")
    assert done.returncode == 2
    assert "no such study file" in done.stderr


def test_words_of_the_command_line_at_fault_are_json_too():
    for words in (
        ("escape", "--json"),
        ("nonsense", "--json"),
        ("forecast", "imatinib", "--seed", "-1", "--json"),
    ):
        done = kinescape(*words)
        assert done.returncode == 2
        assert json.loads(done.stdout)["faults"][0]["code"] == "usage"
