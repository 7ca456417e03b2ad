"""`kinescape synergy`: table, files, JSON and page of one small screen."""

import itertools
import json

import numpy as np
import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from kinescape.cli.synergy import synergy
from kinescape.foundation.errors import InputError

DOSES = (0, 0.1, 0.3, 1, 3, 10)


@pytest.fixture
def screen(tmp_path):
    rng = np.random.default_rng(1)
    lines = ["block_id,drug1,drug2,cell_line,conc1,conc2,conc_unit,replicate,response"]
    for block, (extra, sample) in enumerate(((0.5, "S1"), (0.0, "S1"), (-0.4, "S2"), (0.0, "S2")), start=1):
        for replicate, a, b in itertools.product((1, 2, 3), DOSES, DOSES):
            left = 100 / (1 + a) / (1 + b) * (1 - extra if a and b else 1)
            value = left + rng.normal(0, 2)
            lines.append(f"{block},drug {block % 2 + 1},other,{sample},{a},{b},uM,{replicate},{value:.3f}")
    path = tmp_path / "screen.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def _run(*arguments):
    app = typer.Typer()
    app.command()(synergy)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_table_the_files_and_the_page(screen, tmp_path):
    out, cells, page = tmp_path / "s.tsv", tmp_path / "c.parquet", tmp_path / "p.html"
    result = _run(screen, "--out", out, "--cells", cells, "--report", page)
    assert result.exit_code == 0, result.output
    assert "4 of 4 combinations scored" in result.output and "FDR" in result.output
    table = pl.read_csv(out, separator="\t")
    assert table.height == 4 and table["bliss_fdr"].null_count() == 0
    assert pl.read_parquet(cells).height == 4 * 36
    text = page.read_text(encoding="utf-8")
    assert (
        "Content-Security-Policy" in text
        and "The whole screen" in text
        and "://" not in text.split("<script")[0]
    )


def test_json_says_what_the_table_says(screen):
    told = json.loads(_run(screen, "--json").stdout)
    assert told["ok"] and told["unit"] == "percentage points of inhibition"
    first = {row["block"]: row for row in told["scores"]}["1"]
    assert first["bliss_fdr"] < 0.05 and first["bliss"] > 3


def test_wrong_options_are_the_users_fault(screen, tmp_path):
    for arguments in (("--sort", "blis"), ("--column", "dose_1"), ("--out", tmp_path / "x.doc")):
        assert isinstance(_run(screen, *arguments).exception, InputError)
    with pytest.raises(InputError, match="no block '9'"):
        raise _run(screen, "--report", tmp_path / "p.html", "--block", "9").exception


def test_the_convention_is_said_in_the_table_the_json_and_the_page(screen, tmp_path):
    page = tmp_path / "p.html"
    told = _run(screen, "--convention", "synergyfinder", "--no-musyc", "--report", page)
    assert told.exit_code == 0 and "Loewe and ZIP by SynergyFinder's convention" in told.output
    text = page.read_text(encoding="utf-8")
    assert (
        "Loewe and ZIP by SynergyFinder&#39;s convention" in text or "by SynergyFinder's convention" in text
    )
    assert json.loads(_run(screen, "--no-musyc", "--json").stdout)["convention"] == "kinescape"
    with pytest.raises(InputError, match="not a convention"):
        raise _run(screen, "--convention", "theirs").exception


def test_how_the_file_was_read_is_said_once(screen):
    result = _run(screen)
    assert result.output.count("read as viability in per cent") == 1


def test_a_matrix_too_small_to_tell_its_noise_claims_no_errors(tmp_path):
    path = tmp_path / "small.csv"
    rows = "".join(f"a,b,{x},{y},uM,{100 / (1 + x) / (1 + y)}\n" for x in (0, 1) for y in (0, 1))
    path.write_text("drug1,drug2,conc1,conc2,conc_unit,response\n" + rows)
    output = _run(path).output
    assert "no errors are given" in output and "errors come from" not in output
    # Neither an error that is not shown, nor a dash without its reason.
    assert "standard error" not in output
    assert "a was tested at 1 dose alone" in output and "MuSyC: 1 too few doses" in output


def test_the_viabilities_become_measurements(screen, tmp_path):
    from kinescape.measurements.table import Measurements

    out = tmp_path / "m.tsv"
    result = _run(screen, "--no-musyc", "--measurements", out, "--hours", "72")
    assert result.exit_code == 0 and f"Written: {out}" in result.output
    table = Measurements.read_tsv(out)
    assert table.samples == ("S1", "S2") and table.frame["time_h"].unique().to_list() == [72.0]
    pair = table.frame.filter(pl.col("condition") == "drug 2 1 uM + other 1 uM")
    assert pair.height == 2 and pair["n"].to_list() == [3, 3]
    parquet = tmp_path / "m.parquet"
    assert _run(screen, "--no-musyc", "--measurements", parquet).exit_code == 0
    assert Measurements.read_parquet(parquet).frame.height == table.frame.height


def test_nothing_is_written_where_one_thing_is_refused(screen, tmp_path):
    out = tmp_path / "s.tsv"
    page = tmp_path / "p.html"
    for arguments in (
        ("--measurements", tmp_path / "m.csv"),
        ("--hours", "72"),
        ("--report", page, "--block", "nine"),
    ):
        result = _run(screen, "--no-musyc", "--out", out, *arguments)
        assert isinstance(result.exception, InputError) and not out.exists() and not page.exists()
