"""Time courses: found among contrasts, a panel an enzyme or site, the surest first, none without times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinescape.report.figures.time_course import MOST_PANELS, courses_of, kinase_course, site_course
from kinescape.report.kinases_page import kinases_page, write_kinases_page
from kinescape.study.phospho import PhosphoAnalysis, analyse_phospho

MINUTES = (0, 5, 15, 60, 240)
PULSE = {0: 0.0, 5: 1.2, 15: 2.6, 60: 1.4, 240: 0.3}
ERK = ("MAPK1_T185", "MAPK1_Y187", "MAPK3_T202", "MAPK3_Y204")


@pytest.fixture(scope="module")
def stimulated(tmp_path_factory: pytest.TempPathFactory) -> PhosphoAnalysis:
    """Growth factor over four hours: MEK's sites pulse with a peak at 15 minutes, 90 others only scatter."""
    folder, random = tmp_path_factory.mktemp("course"), np.random.default_rng(1)
    samples = [(time, number) for time in MINUTES for number in (1, 2, 3)]
    lines = ["site," + ",".join(f"t{time}_{number}" for time, number in samples)]
    for site in (*ERK, *(f"GENE{index}_S{index + 7}" for index in range(90))):
        level = 20 + random.normal(0, 1.5)
        values = [level + random.normal(0, 0.2) + (PULSE[time] if site in ERK else 0) for time, _ in samples]
        lines.append(site + "," + ",".join(f"{2**value:.1f}" for value in values))
    sheet = ["sample,condition,replicate,time_min"] + [
        f"t{time}_{number},{'EGF 50 ng/mL' if time else 'control'},{number},{time}"
        for time, number in samples
    ]
    (folder / "sites.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "samples.csv").write_text("\n".join(sheet) + "\n", encoding="utf-8")
    return analyse_phospho(folder / "sites.csv", design=folder / "samples.csv")


def test_the_times_of_one_treatment_are_one_course(stimulated: PhosphoAnalysis) -> None:
    (course,) = courses_of(stimulated.contrasts)
    assert course.name == "EGF 50 ng/mL against control"
    assert course.times_hours == pytest.approx([time / 60 for time in MINUTES[1:]])
    assert course.contrasts[0].name == "EGF 50 ng/mL at 5 min against control at 0 h"
    warnings = [note for note in stimulated.notes if note.code == "control-time"]
    assert len(warnings) == 1 and "5 min, 15 min, 1 h, 4 h" in warnings[0].found


def test_the_pulse_comes_first_and_peaks_where_it_was_planted(stimulated: PhosphoAnalysis) -> None:
    (course,) = courses_of(stimulated.contrasts)
    sites = site_course(course, key="sites")
    assert sites is not None and sites.table is not None
    first = sites.table.frame["name"].unique(maintain_order=True).to_list()
    assert set(first[:4]) == set(ERK)
    pulse = sites.table.frame.filter(pl.col("name") == "MAPK1_T185").sort("time_h")["value"].to_list()
    assert pulse == pytest.approx([PULSE[time] for time in MINUTES[1:]], abs=0.5)
    enzymes = kinase_course(course, key="kinases")
    assert enzymes is not None and enzymes.table is not None
    mek = enzymes.table.frame.filter(pl.col("name") == "MAP2K1").sort("time_h")["value"].to_list()
    assert int(np.argmax(mek)) == 1


def test_panels_are_few_and_enzymes_with_one_score_share_theirs(stimulated: PhosphoAnalysis) -> None:
    (course,) = courses_of(stimulated.contrasts)
    enzymes = kinase_course(course, key="kinases")
    assert enzymes is not None
    panels = enzymes.chart.to_dict()["concat"]
    titles = [panel["title"]["text"] for panel in panels]
    assert 1 <= len(panels) <= MOST_PANELS
    assert "MAP2K1 and MAP2K2" in titles
    assert {"minutes"} == {
        layer["encoding"]["x"]["title"].split("(")[1].rstrip(")")
        for panel in panels[-1:]
        for layer in panel["layer"]
        if "x" in layer.get("encoding", {})
    }


def test_the_page_has_a_section_over_time_only_where_there_are_times(
    stimulated: PhosphoAnalysis, phospho_files: tuple[Path, Path], tmp_path: Path
) -> None:
    assert "course" in [section.key for section in kinases_page(stimulated).sections]
    assert "Sites over time" in write_kinases_page(stimulated, tmp_path / "page.html").read_text("utf-8")
    sites, design = phospho_files
    plain = analyse_phospho(sites, design=design)
    assert courses_of(plain.contrasts) == ()
    assert "course" not in [section.key for section in kinases_page(plain).sections]
