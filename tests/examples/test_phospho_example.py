"""The example with a phosphoproteome: reads whole, keeps its row account, and finds what the lines are known for."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kinescape.report.build import write_report
from kinescape.study.run import check_study, run_study

EXAMPLE = Path(__file__).parents[2] / "examples" / "breast-lines-phospho"


def test_it_reads_without_warnings(real_data: Path) -> None:
    inputs = check_study(EXAMPLE)
    assert [note.text for note in inputs.notes if note.severity == "warning"] == []
    assert inputs.measurements.conditions == ("OE:ERBB2", "OE:ESR1")
    (analysis,) = inputs.phospho
    assert analysis.table is not None
    assert {(count.reason, count.rows) for count in analysis.table.rows} == {
        ("kept", 1512),
        ("no protein, residue or position", 1),
    }
    # Lines of one subtype are its replicates.
    replicates = {one.name: one.effects.sites["n_treated"].max() for one in analysis.contrasts}
    assert replicates == {"OE:ERBB2 against control": 4, "OE:ESR1 against control": 6}


def test_it_runs_and_er_positive_lines_have_little_egfr(real_data: Path, tmp_path: Path) -> None:
    results = run_study(EXAMPLE, tmp_path)
    sites = pl.read_parquet(tmp_path / "tables" / "phospho_site.parquet")
    egfr = sites.filter((pl.col("site") == "EGFR_T693") & (pl.col("condition") == "OE:ESR1")).row(
        0, named=True
    )
    assert egfr["log2_fold_change"] < -2 and egfr["fdr"] < 0.05
    activities = results.measurements.where(readout="activity of MAPK1").frame
    assert activities["n"].to_list() == [4, 6]
    assert activities["se"].null_count() == 0
    page = write_report(results, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Phosphoproteomics" in page
    assert len(page.encode()) < 6_000_000


@pytest.mark.parametrize(
    "word", ["Question", "Data", "KINESCAPE_DATA", "licence", "kinescape run", "What to know"]
)
def test_it_says_where_its_data_come_from(word: str) -> None:
    assert word in (EXAMPLE / "README.md").read_text(encoding="utf-8")
