"""MuSyC fits: known surfaces come back, units change nothing, and every matrix gets a status."""

import gzip

import numpy as np
import polars as pl
import pytest

from kinescape.assays.viability import musyc
from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix, PairGrids, pair_grids
from kinescape.assays.viability.combination_scoring.dose_matrix_table import read_dose_matrices
from kinescape.assays.viability.combination_scoring.musyc_surface import musyc_grid
from kinescape.assays.viability.combination_scoring.single_curves import fit_single_curves
from kinescape.assays.viability.musyc import fit_musyc, musyc_status, refit_musyc, t_interval

DOSES = np.array([0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])


def _grids(parameters, *, noise=0.0, unit=1.0, seed=0):
    count = len(parameters)
    doses = np.tile(DOSES, (count, 1))
    left = musyc_grid(parameters, doses, doses).reshape(count, 8, 8)
    left = left + np.random.default_rng(seed).normal(0, noise, left.shape)
    return PairGrids(tuple(range(count)), doses * unit, doses * unit, 1 - left)


def _truth():
    alphas = np.log([[1.0, 1.0], [8.0, 1.0], [0.2, 5.0], [6.0, 6.0]])
    rest = [1.0, 0.4, 0.3, 0.05, np.log(0.8), np.log(1.5), np.log(1.3), np.log(1.0)]
    return np.column_stack([np.tile(rest, (4, 1)), alphas])


def test_planted_surfaces_come_back():
    grids = _grids(_truth())
    fits = fit_musyc(grids, fit_single_curves(grids))
    assert fits.sum_of_squares.max() < 1e-5
    np.testing.assert_allclose(fits.parameters[:, 8:], _truth()[:, 8:], atol=0.05)
    np.testing.assert_allclose(fits.beta, (0.3 - 0.05) / (1.0 - 0.3), atol=0.01)


def test_the_unit_of_the_doses_changes_nothing_but_c():
    one, other = (_grids(_truth(), noise=0.03, unit=unit) for unit in (1.0, 1e-9))
    a, b = (fit_musyc(grids, fit_single_curves(grids)) for grids in (one, other))
    np.testing.assert_allclose(a.sum_of_squares, b.sum_of_squares, rtol=1e-6)
    np.testing.assert_allclose(a.parameters[:, 8:], b.parameters[:, 8:], atol=1e-3)
    np.testing.assert_allclose(a.parameters[:, 4:6] + np.log(1e-9), b.parameters[:, 4:6], atol=1e-3)


def test_swapping_the_drugs_swaps_the_alphas():
    grids = _grids(_truth())
    swapped = PairGrids(grids.members, grids.second, grids.first, np.swapaxes(grids.inhibition, 1, 2))
    a = fit_musyc(grids, fit_single_curves(grids))
    b = fit_musyc(swapped, fit_single_curves(swapped))
    np.testing.assert_allclose(a.parameters[:, [8, 9]], b.parameters[:, [9, 8]], atol=0.05)


def test_intervals_of_log_alpha_cover_the_truth():
    truth = np.tile(_truth()[3], (150, 1))
    grids = _grids(truth, noise=0.03, seed=5)
    fits = fit_musyc(grids, fit_single_curves(grids))
    error = np.sqrt(fits.covariance[:, 8, 8] * fits.residual_variance)
    low, high, _ = t_interval(fits.parameters[:, 8], error, fits.points - 10, 0.95)
    covered = ((low <= truth[:, 8]) & (truth[:, 8] <= high)).mean()
    # 150 draws: the standard error of a share of 95 % is 1.8 %.
    assert 0.89 <= covered <= 0.99


def test_a_bootstrap_starts_from_the_fit_and_spreads_as_the_curvature_says():
    grids = _grids(_truth()[3:], noise=0.03, seed=2)
    fits = fit_musyc(grids, fit_single_curves(grids))
    rng = np.random.default_rng(0)
    left = musyc_grid(fits.parameters, grids.first, grids.second).reshape(1, 8, 8)
    drawn = 1 - left + rng.normal(0, np.sqrt(fits.residual_variance[0]), (300, 8, 8))
    again = refit_musyc(fits, 0, grids, drawn)
    stated = np.sqrt(fits.covariance[0, 8, 8] * fits.residual_variance[0])
    assert np.std(again.parameters[:, 8]) == pytest.approx(stated, rel=0.25)


def _matrix(first, second, values):
    doses = np.array([[a, b] for a in first for b in second])
    return DoseMatrix(
        "1",
        ("A", "B"),
        ("uM", "uM"),
        doses,
        np.asarray(values, dtype=float).reshape(1, -1),
        np.ones((1, len(doses))),
    )


def test_statuses_name_what_is_wrong():
    flat = np.random.default_rng(0).normal(0, 0.01, (8, 8))
    grids = PairGrids((0,), DOSES[None], DOSES[None], flat[None])
    fits = fit_musyc(grids, fit_single_curves(grids))
    assert musyc_status([_matrix(DOSES, DOSES, flat)], fits)[0] != "fitted"
    few = _matrix([0.0, 1.0, 2.0], DOSES, np.zeros((3, 8)))
    assert musyc_status([few], fits)[0].startswith("too few doses: A was tested at 2 doses alone")


def test_synthetic_surfaces_of_the_synergy_package(real_data):
    """Published parameters of the file's name: potency synergy alone, or efficacy synergy alone."""
    folder = real_data / "viability/synergy-fixtures/tests/combination/data"
    found = {}
    for name in ("potency_1", "efficacy_1", "reference_1"):
        frame = (
            pl.read_csv(folder / f"synthetic_musyc_{name}.csv").group_by("d1", "d2").agg(pl.col("E").mean())
        )
        frame = frame.sort("d1", "d2")
        first, second = (frame[axis].unique().sort().to_numpy() for axis in ("d1", "d2"))
        grid = 1 - frame["E"].to_numpy().reshape(first.size, second.size)
        grids = PairGrids((0,), first[None], second[None], grid[None])
        found[name] = fit_musyc(grids, fit_single_curves(grids))
    assert all(fit.sum_of_squares[0] < 0.02 * fit.total_squares[0] for fit in found.values())
    assert found["efficacy_1"].beta[0] > found["reference_1"].beta[0] + 0.05


def test_no_real_matrix_is_worse_than_a_constant_or_without_a_status(real_data):
    path = real_data / "viability/mathews-griner/mathews_griner.csv.tar.gz"
    frame = pl.read_csv(gzip.decompress(path.read_bytes())).filter(pl.col("BlockId") <= 24)
    frame = frame.sort("BlockId", "RowConcs", "ColConcs")
    blocks = frame.partition_by("BlockId", maintain_order=True)
    grids = PairGrids(
        tuple(range(len(blocks))),
        np.stack([block["RowConcs"].unique().sort().to_numpy() for block in blocks]),
        np.stack([block["ColConcs"].unique().sort().to_numpy() for block in blocks]),
        np.stack([1 - block["viability"].to_numpy().reshape(6, 6) / 100 for block in blocks]),
    )
    fits = fit_musyc(grids, fit_single_curves(grids))
    matrices = [_matrix(grids.first[i], grids.second[i], grids.inhibition[i]) for i in range(len(blocks))]
    statuses = musyc_status(matrices, fits)
    assert all(statuses)
    assert (fits.sum_of_squares <= fits.total_squares).all()


def _tries(monkeypatch):
    """Which spreads of starts a fit asks for, and for how many matrices."""
    asked = []
    real = musyc.starts_from_spread

    def counted(problem, again):
        asked.append((again, problem.viability.shape[0]))
        return real(problem, again)

    monkeypatch.setattr(musyc, "starts_from_spread", counted)
    return asked


def test_further_starts_are_tried_only_where_much_is_left_unexplained(monkeypatch):
    asked = _tries(monkeypatch)
    planted = _grids(_truth()[:2])
    noise = np.random.default_rng(1).normal(0.3, 0.2, (1, 8, 8))
    grids = PairGrids(
        (0, 1, 2),
        np.tile(DOSES, (3, 1)),
        np.tile(DOSES, (3, 1)),
        np.concatenate([planted.inhibition, noise]),
    )
    fits = fit_musyc(grids, fit_single_curves(grids))
    assert asked == [(0, 3), (1, 1), (2, 1)]
    asked.clear()
    alone = fit_musyc(planted, fit_single_curves(planted))
    assert asked == [(0, 2)]
    np.testing.assert_allclose(fits.parameters[:2], alone.parameters, rtol=1e-9)


def test_further_starts_never_lose_and_sometimes_gain(real_data, monkeypatch):
    path = real_data / "viability/decrease/210_Novel_Anticancer_combinations/192_Combinations_.xlsx"
    chosen = {"1", "21", "43", "118", "123"}
    matrices = [matrix for matrix in read_dose_matrices(path).matrices if matrix.name in chosen]
    (grids,) = pair_grids(matrices, [matrix.mean for matrix in matrices])
    curves = fit_single_curves(grids)
    found = fit_musyc(grids, curves)
    monkeypatch.setattr(musyc, "_FURTHER", 0)
    first = fit_musyc(grids, curves)
    gain = (first.sum_of_squares - found.sum_of_squares) / found.total_squares
    assert gain.min() > -1e-5
    assert (gain > 1e-2).sum() >= 2


def test_real_matrices_do_not_change_with_the_unit(real_data):
    path = real_data / "viability/decrease/210_Novel_Anticancer_combinations/192_Combinations_.xlsx"
    matrices = read_dose_matrices(path).matrices[:24]
    (grids,) = pair_grids(matrices, [matrix.mean for matrix in matrices])
    molar = PairGrids(grids.members, grids.first * 1e-9, grids.second * 1e-9, grids.inhibition)
    one, other = (fit_musyc(each, fit_single_curves(each)) for each in (grids, molar))
    np.testing.assert_allclose(one.sum_of_squares, other.sum_of_squares, rtol=1e-6)
    np.testing.assert_allclose(one.parameters[:, 8:], other.parameters[:, 8:], atol=1e-3)
