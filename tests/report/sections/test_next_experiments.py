"""The section on what to test next."""

from types import SimpleNamespace

import polars as pl
import pytest

from kinescape.knowledge.agents import Agent, AgentTable, Target
from kinescape.measurements.table import Measurements
from kinescape.report.bundle import Page, page_html
from kinescape.report.figures.plate_layout import plate_layout
from kinescape.report.sections.next_experiments import next_experiments_section
from kinescape.strategy.experiment_planning.plate_map import plate_map

from ..simulated_study import DRUGS, HOSTILE


@pytest.fixture
def chosen(results):
    """The small results with real agents, one of which has a plasma level, and no candidates named."""
    drugs = [
        Agent(
            name,
            targets=tuple(Target(gene, "inhibits") for gene in genes),
            plasma_nanomolar=50.0,
            references=("PMID:1",),
        )
        for name, genes in DRUGS.items()
        if genes
    ]
    agents = AgentTable((*drugs, Agent("EGF", kind="ligand", targets=(Target("EGFR", "activates"),))))
    return results.specified(candidates=SimpleNamespace(agents=None, exclude_pairs=())).with_(agents=agents)


def test_pairs_reasons_and_plate_of_a_study(chosen) -> None:
    section = next_experiments_section(chosen)
    assert section is not None
    rows = section.context["rows"]
    assert 1 <= len(rows) <= 10
    assert all(row["condition"] and row["why"] for row in rows)
    assert section.context["expected"].startswith("of these")
    assert section.context["plate"] is not None
    assert section.context["reachable"]
    html = page_html(Page("study", "report", (section,)))
    assert "at most" in html and "Which experiments next" in html
    assert HOSTILE not in html


def test_a_study_without_the_phenotype_has_no_such_section(chosen) -> None:
    rows = chosen.measurements.frame.filter(pl.col("node") != chosen.specification.suppress)
    assert next_experiments_section(chosen.with_(measurements=Measurements(rows))) is None


def test_the_figure_shows_every_well_of_the_first_plate_once() -> None:
    layout = plate_map(["A 1 uM + B 2 uM", "A 1 uM + C 3 uM"], replicates=2)
    figure = plate_layout(layout, key="plate")
    shown = next(iter(figure.specification()["datasets"].values()))
    assert len(shown) == (layout["plate"] == 1).sum()
    assert {row["role"] for row in shown} == {"pair", "single", "vehicle", "blank"}
    assert figure.table.frame.height == layout.height
    assert plate_layout(layout.clear(), key="none") is None
