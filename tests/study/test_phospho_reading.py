"""A phosphoproteome in a study: sites and activities become readouts, tables and a section of the report."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.report.build import write_report
from kinescape.study.activity_errors import activity_errors
from kinescape.study.phospho_methods import phospho_methods
from kinescape.study.phospho_reading import activity_text, read_phospho
from kinescape.study.run import check_study, run_study

STUDY = """\
[study]
name = "phospho"
title = "MEK inhibition"
target_sample = "A375"
suppress = "MAPK1"

[[files]]
path = "sites.csv"
format = "phospho"
sample = "A375"
design = "{design}"
"""


def test_sites_and_activities_become_readouts(phospho_files: tuple[Path, Path]) -> None:
    sites, design = phospho_files
    reading = read_phospho(sites, design=design, sample="A375")
    frame = reading.measurements.frame
    activities = frame.filter(pl.col("scale").cast(pl.String) == "z")
    mek = activities.filter(pl.col("node") == "MAP2K1").row(0, named=True)
    assert mek["readout"] == activity_text("MAP2K1")
    assert mek["condition"] == "trametinib 100 nM" and mek["sample"] == "A375"
    assert mek["value"] < 0 and mek["n"] == 3 and 0 < mek["se"] < abs(mek["value"])
    (contrast,) = reading.analysis.contrasts
    over_replicates = activity_errors(contrast, reading.analysis.table, reading.analysis.design)["MAP2K1"][0]
    sites = contrast.activities.frame.filter(pl.col("enzyme") == "MAP2K1").row(0, named=True)
    over_sites = (sites["high"] - sites["low"]) / (2 * 1.645)
    assert mek["se"] == pytest.approx((over_replicates**2 + over_sites**2) ** 0.5)
    assert "several_sites" in mek["flags"]
    changes = frame.filter(pl.col("scale").cast(pl.String) == "log2_fold_change")
    erk = changes.filter(pl.col("readout") == "p-MAPK1 T185").row(0, named=True)
    assert erk["value"] == pytest.approx(-2, abs=0.5) and erk["n"] == 3
    assert reading.accounting["dropped"].sum() == 1
    assert len(reading.analysis.contrasts) == 1


def test_a_study_without_a_phenotype_needs_none(phospho_files: tuple[Path, Path], tmp_path: Path) -> None:
    _, design = phospho_files
    study = STUDY.format(design=design.name)
    (tmp_path / "study.toml").write_text(study.replace('suppress = "MAPK1"\n', ""), encoding="utf-8")
    results = run_study(tmp_path, tmp_path / "results")
    assert results.combinations.is_empty()
    assert any(note.code == "nothing-to-suppress" for note in results.notes)
    page = write_report(results, tmp_path / "report.html").read_text(encoding="utf-8")
    studied = page.split('id="study-heading"')[1].split("</section>")[0]
    assert "The aim" not in studied and "is to fall" not in studied
    (tmp_path / "study.toml").write_text(study.replace("MAPK1", "viability"), encoding="utf-8")
    with pytest.raises(InputError, match="'viability' was not measured"):
        check_study(tmp_path)


def test_a_study_runs_to_tables_and_a_section(phospho_files: tuple[Path, Path], tmp_path: Path) -> None:
    _, design = phospho_files
    (tmp_path / "study.toml").write_text(STUDY.format(design=design.name), encoding="utf-8")
    results = run_study(tmp_path, tmp_path / "results")
    tables = tmp_path / "results" / "tables"
    activity = pl.read_csv(tables / "phospho_activity.tsv", separator="\t")
    assert {"file", "contrast", "enzyme", "score"} <= set(activity.columns)
    assert (tables / "phospho_site.parquet").is_file() and (tables / "phospho_substrate.tsv").is_file()
    page = write_report(results, tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="phospho-heading"' in page
    assert "against control: less active: " in page
    hashed = {entry["name"] for entry in results.provenance["inputs"]}
    assert {"sites.csv", design.name} <= hashed


def test_a_missing_sheet_and_a_wrong_option_are_told_together(
    phospho_files: tuple[Path, Path], tmp_path: Path
) -> None:
    text = STUDY.format(design="nowhere.csv") + "locallisation = 0.9\n"
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as told:
        check_study(tmp_path)
    assert {"unknown-key", "missing-file"} <= {fault.code for fault in told.value.faults}
    assert "did you mean 'localisation'?" in str(told.value)


def test_a_drug_that_nobody_knows_is_a_fault_of_the_sheet(phospho_files: tuple[Path, Path]) -> None:
    sites, design = phospho_files
    design.write_text(
        design.read_text(encoding="utf-8").replace("trametinib", "tramitinob"), encoding="utf-8"
    )
    with pytest.raises(InputError, match="trametinib"):
        read_phospho(sites, design=design, sample="A375")


def test_methods_are_named_where_they_were_used(phospho_files: tuple[Path, Path]) -> None:
    sites, design = phospho_files
    analysis = read_phospho(sites, design=design, sample="A375").analysis
    assert [method.name for method in phospho_methods([analysis])] == [
        "Differential sites",
        "Kinase activities",
    ]
    assert phospho_methods([]) == ()
