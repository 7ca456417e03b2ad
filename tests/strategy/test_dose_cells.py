import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.strategy.dose_cells import decrease_design, fill_dose_matrix, next_dose_cells

SINGLE = np.array([1.0, 0.98, 0.95, 0.9, 0.8, 0.65, 0.5, 0.4])


def surface(depth: float) -> np.ndarray:
    """Bliss, less a smooth synergy of middle and high doses."""
    bliss = np.outer(SINGLE, SINGLE)
    dose = np.arange(8) / 7
    return bliss - depth * np.outer(dose, dose) * 4 * bliss * (1 - bliss)


def designed(matrix: np.ndarray) -> np.ndarray:
    return np.where(decrease_design(*matrix.shape), matrix, np.nan)


def test_without_departure_the_answer_is_bliss() -> None:
    filled = fill_dose_matrix(designed(surface(0.0)))
    np.testing.assert_allclose(filled.mean, surface(0.0), atol=1e-12)


def test_a_smooth_synergy_is_found_off_the_diagonal() -> None:
    truth = surface(0.3)
    filled = fill_dose_matrix(designed(truth))
    rest = ~filled.measured
    ours = np.sqrt(np.mean((filled.mean - truth)[rest] ** 2))
    bliss = np.sqrt(np.mean((filled.bliss - truth)[rest] ** 2))
    assert ours < 0.4 * bliss
    assert np.mean((truth >= filled.low)[rest] & (truth <= filled.high)[rest]) == 1.0


def test_measured_cells_stand_and_predicted_ones_carry_doubt() -> None:
    filled = fill_dose_matrix(designed(surface(0.2)))
    np.testing.assert_array_equal(filled.mean[filled.measured], surface(0.2)[filled.measured])
    assert np.all(filled.sd[filled.measured] == 0)
    assert np.all(filled.sd[~filled.measured] >= filled.noise)
    # The corner of one high and one low dose is farther from the diagonal than its neighbour.
    assert filled.sd[2, 6] > filled.sd[5, 6]


@given(st.integers(0, 1000))
def test_turning_the_matrix_turns_the_answer(seed) -> None:
    rng = np.random.default_rng(seed)
    matrix = np.clip(surface(0.2) + rng.normal(0, 0.03, (8, 8)), 0.01, None)
    cells = decrease_design(8, 8) | (rng.random((8, 8)) < 0.1)
    one = fill_dose_matrix(np.where(cells, matrix, np.nan))
    other = fill_dose_matrix(np.where(cells, matrix, np.nan).T)
    np.testing.assert_allclose(one.mean, other.mean.T, atol=1e-5)


def test_next_cells_are_untested_and_take_more_doubt_than_others() -> None:
    filled = fill_dose_matrix(designed(surface(0.2)))
    chosen = next_dose_cells(filled, 4)
    assert len(set(chosen)) == 4
    assert not any(filled.measured[cell] for cell in chosen)
    places = [tuple(place) for place in np.argwhere(~filled.measured)]

    def doubt_after(cells: list[tuple[int, int]]) -> float:
        known = [places.index(cell) for cell in cells]
        part = filled.covariance[np.ix_(known, known)] + filled.noise**2 * np.eye(len(known))
        cross = filled.covariance[:, known]
        return float(np.trace(filled.covariance - cross @ np.linalg.solve(part, cross.T)))

    best_single = min(places, key=lambda cell: doubt_after([cell]))
    assert doubt_after(chosen[:1]) == pytest.approx(doubt_after([best_single]))
    assert doubt_after(chosen) < doubt_after(places[:4])
    assert next_dose_cells(filled, 99).__len__() == len(places)


def test_other_shapes_and_a_full_matrix() -> None:
    assert decrease_design(5, 9).sum() == 5 + 9 - 1 + 8
    full = fill_dose_matrix(surface(0.1))
    assert next_dose_cells(full, 3) == []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [((0, 3, np.nan), "alone"), ((0, 0, 0.0), "control"), ((4, 0, np.nan), "alone")],
)
def test_what_cannot_be_filled(spoil, message) -> None:
    matrix = designed(surface(0.1))
    matrix[spoil[0], spoil[1]] = spoil[2]
    with pytest.raises(ValueError, match=message):
        fill_dose_matrix(matrix)


def test_shape_share_and_size_are_checked() -> None:
    with pytest.raises(ValueError, match="two rows"):
        fill_dose_matrix(np.ones((1, 4)))
    with pytest.raises(ValueError, match="share"):
        fill_dose_matrix(np.ones((3, 3)), share=2)
    with pytest.raises(ValueError, match="negative"):
        next_dose_cells(fill_dose_matrix(np.ones((3, 3))), -1)
