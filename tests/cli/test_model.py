"""The command `kinescape model`, on a small study of two files."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from kinescape.cli.model import _cells, model
from kinescape.foundation.errors import InputError
from kinescape.study.demonstration import make_demonstration

application = typer.Typer()
application.command()(model)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> str:
    from kinescape.model.fitted_model import designs_for, fit_model
    from kinescape.model.members import SATURATING
    from kinescape.model.on_disk.model_folder import save_model
    from kinescape.study.run import check_study

    place = make_demonstration(tmp_path_factory.mktemp("demo"))
    inputs = check_study(place)
    designs = designs_for(inputs.measurements, agents=inputs.agents)
    fitted = fit_model(designs, agents=inputs.agents, network=inputs.network, members=(SATURATING,))
    save_model(fitted, Path(place).parent / "results" / "model")
    return str(place)


def run(*words: str) -> str:
    result = CliRunner().invoke(application, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_table_of_at_most_100_columns(study: str) -> None:
    text = run(study, "--block", "MAP2K1")
    assert "What if: MAP2K1 blocked" in text
    assert "the model of the study's last run" in text
    assert max(len(line) for line in text.splitlines() if "model:" not in line.lower()) <= 100


def test_json_of_one_sample(study: str) -> None:
    every = json.loads(run(study, "--block", "MAP2K1", "--fix", "AKT1=-1", "--json"))
    names = {row["sample"] for row in every["answers"]}
    one = json.loads(run(study, "--push", "EGFR", "--sample", sorted(names)[0], "--json"))
    assert {row["sample"] for row in one["answers"]} == {sorted(names)[0]}
    assert all(row["low"] <= row["mean"] <= row["high"] for row in one["answers"] if row["low"] is not None)


def test_unknown_names(study: str) -> None:
    with pytest.raises(InputError, match="nearest: AXL") as caught:
        run(study, "--block", "AXLL")
    assert caught.value.exit_status == 2
    with pytest.raises(InputError, match="--fix MAPK1 cannot be read"):
        run(study, "--fix", "MAPK1")
    with pytest.raises(InputError, match="--fix MAPK1 is given twice, as 1 and as -1"):
        run(study, "--fix", "MAPK1=1", "--fix", "MAPK1=-1")
    with pytest.raises(InputError, match="NODE=1 or NODE=-1"):
        run(study, "--block", "AKT1", "--own-target", "AKT1=3")


def test_without_a_run_the_model_is_fitted(study: str, tmp_path: Path) -> None:
    text = run(study, "--block", "MAP2K1", "--out", str(tmp_path))
    assert "not tested on held-out data" in " ".join(text.split())


def test_a_fraction_of_the_control_has_no_sign() -> None:
    row = {
        "readout": "viability",
        "mean": 0.5,
        "low": 0.4,
        "high": 0.6,
        "no_effect": 1.0,
        "network_mean": None,
        "disagreement": None,
        "rests_on": "this agent",
    }
    assert _cells(row)[1:4] == ["0.50", "0.40 to 0.60", "down"]
    assert _cells({**row, "no_effect": 0.0})[1:4] == ["+0.50", "+0.40 to +0.60", "up"]
