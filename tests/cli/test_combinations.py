"""The command `kinescape combinations`, on the demonstration study."""

import json

import pytest
import typer
from typer.testing import CliRunner

from kinescape.cli.combinations import combinations
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
