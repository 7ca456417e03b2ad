"""The command `kinescape escape`, called as a program calls it."""

import json

import pytest
import typer
from typer.testing import CliRunner

from kinescape.cli.escape import escape
from kinescape.foundation.errors import InputError

application = typer.Typer()
application.command()(escape)


def run(*words: str) -> str:
    result = CliRunner().invoke(application, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_json_holds_the_promised_keys() -> None:
    found = json.loads(run("EGFR", "ERBB2", "--json"))
    assert found["targets"] == ["EGFR", "ERBB2"]
    keys = {"gene", "direction", "probability", "rank", "baseline_rank", "path", "references", "agents"}
    assert all(keys <= set(route) for route in found["routes"])


def test_the_table_fits_a_hundred_columns() -> None:
    lines = run("vemurafenib", "--top", "30").splitlines()
    assert max(len(line) for line in lines) <= 100
    assert any("NRAS" in line for line in lines)


def test_a_network_of_ones_own(tmp_path) -> None:
    path = tmp_path / "mine.sif"
    path.write_text("BRAF\t1\tMAPK1\nNRAS\t1\tMAPK1\nMAPK1\t1\tproliferation\n", encoding="utf-8")
    found = json.loads(run("BRAF", "--network", str(path), "--json"))
    assert {route["gene"] for route in found["routes"]} == {"MAPK1", "NRAS"}


def test_an_unknown_name_is_the_users_fault() -> None:
    with pytest.raises(InputError, match="EGFR"):
        run("EGRF")


def test_markup_in_a_name_stays_text() -> None:
    with pytest.raises(InputError, match=r"\[bold\]"):
        run("[bold]x")
