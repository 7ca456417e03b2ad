"""The command `kinescape forecast`, called as a program calls it."""

import json
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from kinescape.cli.forecast import forecast
from kinescape.foundation.errors import InputError

application = typer.Typer()
application.command()(forecast)


def run(*words: str) -> str:
    result = CliRunner().invoke(application, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_terminal_output_fits_a_hundred_columns_and_says_what_matters() -> None:
    text = run("imatinib 1y then nilotinib", "asciminib + nilotinib", "--patients", "100")
    assert max(len(line) for line in text.splitlines()) <= 100
    for words in (
        "T315I",
        "90 % interval",
        "ratio to first",
        "conditional",
        "Left out",
        "not measured against asciminib",
    ):
        assert words in " ".join(text.split())


def test_json_holds_what_people_see(tmp_path) -> None:
    page = tmp_path / "out.html"
    found = json.loads(run("imatinib", "--patients", "100", "--years", "8", "--json", "--report", str(page)))
    assert found["ok"] and found["horizon_years"] == 8
    [schedule] = found["schedules"]
    assert {"relapse", "relapse_low", "relapse_high", "mutants", "median_relapse_years"} <= set(schedule)
    assert (
        found["sensitivity"] and found["left_out"] and found["parameters"]["mutation_rate"]["value"] == 4e-8
    )
    assert page.exists()


def test_patients_of_one_s_own_set_the_decline(real_data) -> None:
    path = real_data / "resistance/michor2005_cml_patients/michor.csv"
    found = json.loads(run("imatinib", "--patients", "50", "--decline", str(path), "--json"))
    assert found["parameters"]["decline_per_day"]["references"] == "fitted to these patients"
    assert len(found["decline"]["patients"]) == 68
    text = " ".join(run("imatinib", "--patients", "50", "--decline", str(path)).split())
    assert "first slope 0.051 a day" in text and "0.0058/day" in text


def test_the_compound_that_was_measured_is_not_called_an_assumption(tmp_path) -> None:
    (tmp_path / "folds.csv").write_text(
        "target,mutant,drug,fold,source\n"
        "EGFR,T790M,osimertinib,1.1,us\nEGFR,C797S,osimertinib,80,us\nEGFR,T790M/C797S,osimertinib,200,us\n"
    )
    (tmp_path / "levels.csv").write_text("drug,target,coverage\nosimertinib,EGFR,20\n")
    (tmp_path / "lung.toml").write_text(
        'target = "EGFR"\nreference_drug = "osimertinib"\nmutation_rate = 1e-7\nuntreated_growth = 0.01\n'
        "turnover = [0.5, 0.2, 0.8]\ndiagnosis_cells = 1e9\nrelapse_cells = 1e9\ndecline_per_day = 0.03\n"
    )
    own = [f"--{name}={tmp_path / file}" for name, file in
           (("mutants", "folds.csv"), ("levels", "levels.csv"), ("setting", "lung.toml"))]  # fmt: skip
    text = " ".join(run("osimertinib", "--patients", "50", *own).split())
    assert "first T790M/C797S; their folds were measured" in text
    assert "level of osimertinib is that of your own table" in text


def test_another_target_says_what_its_disease_needs() -> None:
    with pytest.raises(InputError) as caught:
        run("osimertinib", "--target", "EGFR")
    [fault] = caught.value.faults
    assert fault.code == "target-other" and "decline_per_day" in (fault.mend or "")


@pytest.mark.parametrize("words", [[], ["imatinib", "--among", "imatinib,nilotinib"], ["imatinib 400"]])
def test_faults_end_the_command(words) -> None:
    with pytest.raises(InputError):
        run(*words)


def test_all_faults_are_told_with_status_two() -> None:
    code = "import sys; from kinescape.cli import main; sys.argv = ['kinescape', *sys.argv[1:]]; main()"
    words = ["forecast", "imatinb", "imatinib 400", "imatinib from 0 to 2y then nilotinib from 1y", "--json"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert {fault["code"] for fault in told["faults"]} == {"drug-unknown", "unit-missing", "schedule-overlap"}
    assert "Traceback" not in done.stderr
