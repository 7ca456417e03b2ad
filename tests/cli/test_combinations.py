"""The command `kinescape combinations`, on the demonstration study."""

import json

import pytest
import typer
from typer.testing import CliRunner

from kinescape.cli.combinations import combinations
from kinescape.foundation.errors import InputError
from kinescape.study.demonstration import GOOD_PAIR, make_demonstration

application = typer.Typer()
application.command()(combinations)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> str:
    return str(make_demonstration(tmp_path_factory.mktemp("demo")))


def run(*words: str) -> str:
    result = CliRunner().invoke(application, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_json_holds_every_pair_and_the_planted_one_in_the_first_front(study) -> None:
    pairs = json.loads(run(study, "--json"))["combinations"]
    planted = [row for row in pairs if {row["agent_a"], row["agent_b"]} == set(GOOD_PAIR)]
    assert len(planted) == 1
    assert planted[0]["front"] == 1
    assert "AXL" in planted[0]["evidence"]


def test_the_table_fits_a_hundred_columns(study) -> None:
    lines = run(study).splitlines()
    assert max(len(line) for line in lines) <= 100


def test_without_the_model_pairs_stand_in_seconds_and_nothing_is_written(tmp_path) -> None:
    folder = make_demonstration(tmp_path / "demo").parent
    before = {path.name for path in folder.iterdir()}
    pairs = json.loads(run(str(folder), "--no-model", "--json"))["combinations"]
    assert {path.name for path in folder.iterdir()} == before
    first = pairs[0]
    assert {first["agent_a"], first["agent_b"]} == set(GOOD_PAIR)
    predicted = [row for row in pairs if row["status"] == "predicted"]
    missed = [row["bliss_excess"] for row in pairs if row["bliss_excess"] is not None]
    off = (sum(value**2 for value in missed) / len(missed)) ** 0.5
    assert predicted and all(row["effect_high"] - row["effect_low"] >= 2 * off for row in predicted)
    shown = " ".join(run(str(folder), "--no-model", "--top", "3").split())
    assert (
        f"how far off Bliss was on the {len(missed)} measured here" in shown
        and "Nothing was written" in shown
    )


def test_an_output_folder_without_the_model_is_refused(study) -> None:
    with pytest.raises(InputError, match="writes nothing"):
        run(study, "--no-model", "--out", "x")
