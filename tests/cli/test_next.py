"""The command `kinescape next`, on the demonstration study."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from kinescape.cli.next import next_
from kinescape.foundation.errors import InputError
from kinescape.study.demonstration import make_demonstration

application = typer.Typer()
application.command()(next_)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> str:
    return str(make_demonstration(tmp_path_factory.mktemp("demo")))


def run(*words: str) -> str:
    result = CliRunner().invoke(application, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_json_says_level_pairs_yield_and_plate(study) -> None:
    found = json.loads(run(study, "--budget", "12", "--json"))
    assert found["ok"] and found["level"] in {"L0", "L1", "L2"}
    number = found["replicates"]["number"]
    assert 1 <= len(found["pairs"]) <= 12 // number
    assert found["replicates"]["power"] >= 0.8 and not found["replicates"]["given"]
    assert "80 % power" in found["replicates"]["why"] and not found["replicates"]["assumed"]
    assert found["expected"]["of"] == len(found["pairs"])
    pairs = [row for row in found["plate_map"] if row["role"] == "pair"]
    assert len(pairs) == number * len(found["pairs"])


def test_the_plate_map_is_written_and_the_table_is_shown(study, tmp_path) -> None:
    out = tmp_path / "plate.csv"
    text = run(study, "--budget", "6", "--replicates", "2", "--plate", "384", "--out", str(out))
    assert "expect" in text and "80 % interval" in text
    assert max(len(line) for line in text.splitlines() if "plate map" not in line) <= 100
    assert "-0.00" not in text and "Order: first those that close" in " ".join(text.split())
    layout = pl.read_csv(out)
    columns = ["plate", "replicate", "well", "role", "condition", "replicates", "replicates_because"]
    assert layout.columns == columns and layout["replicates"].unique().to_list() == [2]
    assert "as given" in layout["replicates_because"][0] and "2 replicates of each pair, as given" in text
    assert layout["plate"].n_unique() == 2


def test_measured_escape_and_warnings_of_reading_are_shown(study, tmp_path) -> None:
    """The demonstration plants AXL, which the left-out pair closes; a note of the files is not lost."""
    found = json.loads(run(study, "--json"))
    top = found["pairs"][0]
    assert {top["agent_a"], top["agent_b"]} == {"bemcentinib", "osimertinib"}
    assert top["chosen_for"] == "closes a measured escape" and "AXL rises" in top["why"]
    assert found["scale"] == "fraction_of_control"
    copy = tmp_path / "copy"
    shutil.copytree(Path(study).parent, copy)
    file = copy / "study.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(f'{text}\n[[samples]]\nname = "never measured"\n', encoding="utf-8")
    notes = json.loads(run(str(copy), "--json"))["notes"]
    assert "sample-without-data" in {note["code"] for note in notes}
    assert "never measured" in CliRunner().invoke(application, [str(copy)]).output


def test_an_unknown_plate_and_a_budget_too_small(study) -> None:
    with pytest.raises(InputError, match="48"):
        run(study, "--plate", "48")
    with pytest.raises(InputError, match="2 wells"):
        run(study, "--budget", "2", "--replicates", "3")
    with pytest.raises(InputError, match="1 well"):
        run(study, "--budget", "1")


def test_a_rule_is_told_once_and_all_tested_is_told_without_a_table(study, tmp_path) -> None:
    text = " ".join(run(study).split())
    assert text.count("one receptor stands in for another") == 1
    assert "--out plate.csv writes the plate map" in text
    folder = tmp_path / "two"
    shutil.copytree(Path(study).parent, folder)
    file = folder / "study.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace(
            "[[samples]]", '[candidates]\nagents = ["MK-2206", "trametinib"]\n\n[[samples]]', 1
        ),
        encoding="utf-8",
    )
    result = CliRunner().invoke(application, [str(folder)])
    assert result.exit_code == 0
    assert "nothing left to choose" in result.output
    assert "chance" not in result.stdout and "0 wells" not in result.stdout
