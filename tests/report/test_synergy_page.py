"""The page of scored combinations, and its figures on matrices with and without replicates."""

import itertools

import numpy as np
import polars as pl
import pytest

from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix
from kinescape.assays.viability.combination_scoring.musyc_surface import musyc_grid
from kinescape.assays.viability.synergy import score_synergy
from kinescape.foundation.errors import InputError
from kinescape.report.bundle import page_html
from kinescape.report.figures.dose_matrix import pair_cells
from kinescape.report.figures.dose_surface import dose_surface, surface_parameters
from kinescape.report.figures.isoboles import ADDITIVE, MEASURED, isobole_figure
from kinescape.report.figures.labels import placed_labels
from kinescape.report.figures.screen_heat_map import screen_heat_map
from kinescape.report.figures.screen_volcano import screen_volcano
from kinescape.report.figures.single_drugs import single_drugs
from kinescape.report.figures.synergy_map import SURE, long_scores, synergy_map
from kinescape.report.synergy_page import synergy_page, write_synergy_page

DOSES = np.array([0.0, 0.1, 0.3, 1.0, 3.0, 10.0])
CELLS = np.array(list(itertools.product(DOSES, DOSES)))


def _matrix(name, alpha, *, replicates=1, sample="S", drugs=("A", "<b>B</b>"), seed=0):
    parameters = np.array([[1.0, 0.2, 0.1, 0.05, 0.0, 0.3, 0.2, 0.1, np.log(alpha), np.log(alpha)]])
    left = musyc_grid(parameters, DOSES[None], DOSES[None])
    values = 1 - left + np.random.default_rng(seed).normal(0, 0.02, (replicates, 36))
    names = tuple(str(k) for k in range(replicates))
    return DoseMatrix(
        name, drugs, ("uM", "uM"), CELLS, values, np.ones_like(values), replicates=names, sample=sample
    )


@pytest.fixture(scope="module", params=[1, 3])
def screen(request):
    made = [
        _matrix(f"{k}", a, replicates=request.param, sample=s, drugs=("A", d), seed=k)
        for k, (a, s, d) in enumerate(
            ((10.0, "S1", "<b>B</b>"), (1.0, "S2", "<b>B</b>"), (0.2, "S1", "C"), (1.0, "S2", "C"))
        )
    ]
    return score_synergy(made)


def test_the_page_holds_every_part_and_escapes_names(screen):
    html = page_html(synergy_page(screen))
    assert "<b>B</b>" not in html and "What stands out" in html
    for key in ("volcano", "screen-map", "m1-map", "m1-matrix", "m1-surface", "m1-isoboles", "m1-alone"):
        assert f'id="chart-{key}"' in html
    assert ("nothing was tested" in html) == (screen.tested == 0)


def test_one_matrix_makes_a_page_without_a_screen():
    html = page_html(synergy_page(score_synergy([_matrix("1", 10.0)])))
    assert 'id="chart-volcano"' not in html and 'id="chart-m1-map"' in html


def test_the_synergistic_pair_comes_first(screen):
    assert synergy_page(screen).sections[2].heading == "A + <b>B</b> in S1"


def test_maps_call_sure_only_what_is_beyond_twice_its_error(screen):
    frame = pair_cells(screen.cells, "0", "S1")
    long = long_scores(frame.filter((pl.col("dose_1") > 0) & (pl.col("dose_2") > 0)))
    sure = long.filter(pl.col("certainty") == SURE)
    assert (sure["excess"].abs() > 2 * sure["error"]).all() and sure.height > 5
    made = synergy_map(frame, ("A", "B"), ("uM", "uM"), key="k", noise="noise")
    assert made is not None and made.table.frame.height == long.height


def test_isoboles_of_synergy_lie_below_additivity(screen):
    frame, row = pair_cells(screen.cells, "0", "S1"), screen.scores.row(0, named=True)
    made = isobole_figure(frame, row, ("A", "B"), ("uM", "uM"), key="k")
    assert made is not None
    half = made.table.frame.filter(pl.col("level") == "50 % inhibition")
    product = (
        half.with_columns((pl.col("x") * pl.col("y")).alias("area"))
        .group_by("line")
        .agg(pl.col("area").max())
    )
    areas = dict(product.iter_rows())
    assert areas[MEASURED] < 0.5 * areas[ADDITIVE]


def test_a_surface_that_was_not_fitted_is_not_drawn(screen):
    frame, row = pair_cells(screen.cells, "0", "S1"), screen.scores.row(0, named=True)
    assert surface_parameters(row) is not None
    assert dose_surface(frame, row, ("A", "B"), ("uM", "uM"), key="k") is not None
    failed = {**row, "musyc_status": "not converged"}
    assert dose_surface(frame, failed, ("A", "B"), ("uM", "uM"), key="k") is None
    assert isobole_figure(frame, failed, ("A", "B"), ("uM", "uM"), key="k") is None


def test_the_volcano_shows_p_only_with_replicates(screen):
    made = screen_volcano(screen.scores)
    assert made is not None
    assert ("no test" in made.caption) == (screen.tested == 0)
    heat = screen_heat_map(screen.scores)
    assert heat is not None and heat.table.frame.height == 4


def test_the_page_says_whose_loewe_and_zip_and_where_the_synergy_is():
    html = page_html(synergy_page(score_synergy([_matrix("1", 10.0)], convention="synergyfinder")))
    assert "(Loewe and ZIP as SynergyFinder computes them)" in html
    assert "Its curves have no bounds and one start" in html
    assert "Highest 3 × 3 doses" in html
    ours = page_html(synergy_page(score_synergy([_matrix("1", 10.0)])))
    assert "SynergyFinder" not in ours


def test_scores_without_errors_are_counted_as_such():
    made = [_matrix("1", 10.0), _matrix("2", 0.1, sample="T")]
    results = score_synergy(made, convention="synergyfinder")
    html = page_html(synergy_page(results, by="zip"))
    assert "1 above and 1 below expectation (ZIP); their errors are not known" in html


def test_single_drugs_show_every_measured_dose_and_the_edge_of_the_surface(screen):
    frame, row = pair_cells(screen.cells, "0", "S1"), screen.scores.row(0, named=True)
    made = single_drugs(frame, row, ("A", "B"), ("uM", "uM"), key="k", noise="noise")
    assert made is not None
    measured = made.table.frame
    assert measured.filter(pl.col("drug") == "A")["dose"].to_list() == list(DOSES[1:])
    alone = frame.filter((pl.col("dose_1") > 0) & (pl.col("dose_2") == 0)).sort("dose_1")
    assert measured.filter(pl.col("drug") == "A")["inhibition"].to_list() == alone["inhibition"].to_list()
    lines = [rows for rows in made.specification()["datasets"].values() if len(rows) > 50]
    assert len(lines) == 2
    # The fitted edge runs through the measured points, within a few of their errors of 2 percentage points.
    for rows, drug in zip(lines, ("A", "B"), strict=True):
        own = measured.filter(pl.col("drug") == drug)
        at = np.interp(
            np.log(own["dose"]), np.log([r["dose"] for r in rows]), [r["inhibition"] for r in rows]
        )
        assert np.abs(at - own["inhibition"].to_numpy()).max() < 8
    without = single_drugs(
        frame, {**row, "musyc_status": "not converged"}, ("A", "B"), ("uM", "uM"), key="k", noise="noise"
    )
    assert without is not None and "Line:" not in without.caption
    none = frame.filter((pl.col("dose_1") > 0) == (pl.col("dose_2") > 0))
    assert single_drugs(none, row, ("A", "B"), ("uM", "uM"), key="k", noise="noise") is None


def test_a_row_and_a_column_of_doses_claim_no_error():
    whole = _matrix("1", 10.0)
    few = (CELLS[:, 0] == 0) | (CELLS[:, 1] == 0) | (CELLS[:, 0] == 1.0)
    one = DoseMatrix("1", ("A", "B"), ("uM", "uM"), CELLS[few], whole.inhibition[:, few], whole.wells[:, few])
    html = page_html(synergy_page(score_synergy([one])))
    assert "nothing to tell the noise" not in html and "errors from not known" not in html
    assert "errors are not known" in html and "Round tiles" in html and "Large tiles" not in html
    assert "Not repeated independently" in html and "1 independent replicate" not in html
    assert (
        "combined along one line of doses only" in html and "isoboles" not in html.split("combined along")[0]
    )
    (section,) = [part for part in synergy_page(score_synergy([one])).sections if part.key == "matrix-1"]
    assert {figure.key for figure in section.context["figures"]} == {"m1-map", "m1-matrix", "m1-alone"}


def test_names_of_the_volcano_keep_off_the_zero_line():
    at = {"x": [325.0, 345.0, 100.0], "y": [50.0, 90.0, 50.0]}
    free = placed_labels(at["x"], at["y"], ["name of a pair"] * 3, width=680, wanted=3)
    kept = placed_labels(at["x"], at["y"], ["name of a pair"] * 3, width=680, wanted=3, line=340.0)
    assert [label.align for label in free] == ["left", "left", "left"]
    assert [label.align for label in kept] == ["right", "left", "left"]


def test_the_page_is_written_whole(screen, tmp_path):
    path = write_synergy_page(screen, tmp_path / "page.html", blocks=("0",))
    assert "The whole screen" in path.read_text(encoding="utf-8")
    with pytest.raises(InputError, match="no block 'nine'"):
        write_synergy_page(screen, tmp_path / "other.html", blocks=("nine",))
    assert not (tmp_path / "other.html").exists()
