"""SynergyFinder's Loewe and ZIP: its printed block means, what they must be by theory, and what they cannot do."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix, PairGrids
from kinescape.assays.viability.combination_scoring.synergyfinder_scores import synergyfinder_excess
from kinescape.assays.viability.synergy import score_synergy
from kinescape.foundation.errors import InputError

DOSES = np.array([0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])

# Printed by SynergyFinder Plus for its example of Mathews Griner et al. 2014: Loewe, ZIP.
PRINTED = {"1": (25.5296860712641, 19.5708123461931), "2": (-41.7897832619098, -2.9799581714081)}


def _grids(inhibition):
    return PairGrids((0,), DOSES[None], DOSES[None], np.asarray(inhibition)[None])


def _independent():
    left = 1 / (1 + DOSES)
    return 1 - np.multiply.outer(left, left)


def _matrix(inhibition, replicates=1):
    cells = np.array(list(itertools.product(DOSES, DOSES)))
    noise = np.random.default_rng(0).normal(0, 0.02, (replicates, len(cells)))
    values = np.asarray(inhibition).reshape(1, -1) + noise
    names = tuple(str(number) for number in range(replicates))
    return DoseMatrix("1", ("A", "B"), ("uM", "uM"), cells, values, np.ones_like(values), replicates=names)


def test_printed_block_means(real_data):
    path = real_data / "viability/synergyfinder/data/mathews_screening_data.csv.gz"
    result = score_synergy(path, convention="synergyfinder", musyc=False)
    for row in result.scores.iter_rows(named=True):
        loewe, zip_score = PRINTED[row["block"]]
        # A curve that its points do not tell ends where the descent stops: ZIP of block 2 shows that at 1e-4.
        assert row["loewe"] == pytest.approx(loewe, abs=1e-6)
        assert row["zip"] == pytest.approx(zip_score, abs=5e-4)


def test_independent_drugs_have_no_zip_and_a_drug_with_itself_no_loewe():
    found = synergyfinder_excess(_grids(_independent()))
    assert np.nanmax(np.abs(found["zip"])) < 0.01
    total = np.add.outer(DOSES, DOSES)
    itself = synergyfinder_excess(_grids(total / (1 + total)))["loewe"]
    # Its expectation is the best of a hundred effects, so it is right to about one per cent.
    assert np.nanmax(np.abs(itself)) < 0.011


def test_more_effect_than_independent_drugs_is_counted_as_such():
    more = _independent()
    more[1:, 1:] += 0.15 * (1 - more[1:, 1:])
    found = synergyfinder_excess(_grids(more))
    none = synergyfinder_excess(_grids(_independent()))
    for name in ("loewe", "zip"):
        assert np.nanmean(found[name]) > np.nanmean(none[name]) + 0.02


def test_only_what_was_asked_is_computed_and_only_measured_combinations_have_a_score():
    holed = _independent()
    holed[2, 3] = holed[4, 4] = np.nan
    found = synergyfinder_excess(_grids(holed), ["zip"])
    assert list(found) == ["zip"]
    cells = found["zip"].reshape(DOSES.size, DOSES.size)
    assert np.isnan(cells[0]).all() and np.isnan(cells[:, 0]).all()
    assert np.isnan(cells[2, 3]) and np.isnan(cells[4, 4]) and np.isfinite(cells[1:, 1:]).sum() == 34


def test_a_drug_that_was_hardly_measured_alone_gives_nothing():
    few = _independent()
    few[2:, 0] = np.nan
    assert all(np.isnan(cells).all() for cells in synergyfinder_excess(_grids(few)).values())


def test_the_convention_changes_loewe_and_zip_alone_and_is_said_everywhere():
    matrix = _matrix(_independent())
    ours, theirs = (score_synergy([matrix], convention=which) for which in ("kinescape", "synergyfinder"))
    one, other = ours.scores.row(0, named=True), theirs.scores.row(0, named=True)
    for name in ("bliss", "bliss_se", "hsa", "hsa_low", "alpha12", "beta"):
        assert one[name] == other[name]
    assert one["zip"] != other["zip"] and one["loewe"] != other["loewe"]
    assert one["zip_se"] is not None and other["zip_se"] is None and other["loewe_low"] is None
    assert one["convention"] == "kinescape" and other["convention"] == "synergyfinder"
    assert theirs.as_dict()["convention"] == "synergyfinder"
    assert [note.code for note in theirs.notes] == ["convention"] and not ours.notes
    assert theirs.cells["zip"].drop_nulls().len() == 36 and theirs.cells["zip_se"].null_count() == 49


def test_replicates_give_it_errors_and_tests():
    row = score_synergy([_matrix(_independent(), 4)], convention="synergyfinder", musyc=False).scores.row(
        0, named=True
    )
    assert row["zip_se"] > 0 and row["zip_p"] is not None and row["loewe_low"] < row["loewe_high"]


def test_a_matrix_of_too_few_doses_has_none_and_says_why():
    narrow = np.array(list(itertools.product(DOSES[:3], DOSES)))
    values = (1 - 1 / (1 + narrow).prod(axis=1))[None]
    matrix = DoseMatrix("1", ("A", "B"), ("uM", "uM"), narrow, values, np.ones_like(values))
    row = score_synergy([matrix], convention="synergyfinder").scores.row(0, named=True)
    assert row["zip"] is None and row["loewe"] is None and row["bliss"] is not None
    assert "A was tested at 2 doses alone" in row["curve_note"]


def test_three_drugs_and_unknown_conventions_are_refused():
    cells = np.array(list(itertools.product((0.0, 1.0, 3.0, 9.0), repeat=3)))
    values = 1 - (1 / (1 + cells)).prod(axis=1)[None]
    three = DoseMatrix("7", ("A", "B", "C"), ("uM",) * 3, cells, values, np.ones_like(values))
    with pytest.raises(InputError, match=r"block 7 holds 3 drugs \(A \+ B \+ C\)"):
        score_synergy([three], convention="synergyfinder")
    with pytest.raises(InputError, match="not a convention"):
        score_synergy([_matrix(_independent())], convention="synergy finder")


def test_the_size_of_a_common_unit_changes_nothing():
    matrix = _matrix(_independent())
    other = replace(matrix, doses=matrix.doses * 1000, units=("nM", "nM"))
    one, two = (
        score_synergy([each], convention="synergyfinder", musyc=False).scores for each in (matrix, other)
    )
    for name in ("loewe", "zip"):
        assert one[name][0] == pytest.approx(two[name][0], abs=0.01)
