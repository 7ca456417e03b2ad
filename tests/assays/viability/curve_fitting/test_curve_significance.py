"""CurveCurator's own output as the oracle, and uniform p values without effect."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from kinescape.assays.viability.curve_fitting.curve_fit import fit_logistic
from kinescape.assays.viability.curve_fitting.curve_problem import expit, log_dose
from kinescape.assays.viability.curve_fitting.curve_significance import (
    degrees_of_freedom,
    f_statistic,
    p_value,
    relevance,
)


@pytest.mark.real_data
def test_f_p_and_relevance_are_those_of_curvecurator(real_data) -> None:  # type: ignore[no-untyped-def]
    """From its published parameters and its data, at its settings (alpha 0.05, log2 limit 0.3), to 1e-6."""
    path = real_data / "viability/ctrp-curvecurator/curves_40.0.txt"
    table = pl.read_csv(path, separator="\t", infer_schema_length=None)
    dose = [
        0.0,
        0.0012,
        0.0024,
        0.0049,
        0.0097,
        0.019,
        0.039,
        0.078,
        0.16,
        0.31,
        0.62,
        1.2,
        2.5,
        5,
        10,
        20,
        40,
    ]
    y = table.select([f"Ratio {i}" for i in range(17)]).to_numpy().astype(float)
    x = log_dose(np.array(dose))
    centre = np.log(10.0) * (6.0 - table["pEC50"].to_numpy())
    slope, front, back = (table[f"Curve {name}"].to_numpy() for name in ("Slope", "Front", "Back"))
    curve = front[:, None] + (back - front)[:, None] * expit(slope[:, None] * (x - centre[:, None]))
    points = np.isfinite(y).sum(axis=1)
    null = np.nansum((y - table["Null Model"].to_numpy()[:, None]) ** 2, axis=1)
    f = f_statistic(null, np.nansum((y - curve) ** 2, axis=1), points)
    assert f == pytest.approx(table["Curve F_Value"].to_numpy(), rel=1e-6)
    assert p_value(f, points) == pytest.approx(table["Curve P_Value"].to_numpy(), rel=1e-6)
    last = y.shape[1] - 1 - np.isfinite(y)[:, ::-1].argmax(axis=1)
    highest = curve[np.arange(len(y)), last]
    corrected, score = relevance(f, np.log2(highest), points, alpha=0.05, fold_change_limit=0.3)
    assert corrected == pytest.approx(table["Curve F_Value SAM Corrected"].to_numpy(), rel=1e-6)
    assert score == pytest.approx(table["Curve Relevance Score"].to_numpy(), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("points", [7, 11])
def test_curves_without_effect_are_called_at_the_level(points: int) -> None:
    """5 % of 1,500 null curves, within four standard errors (0.56 % each)."""
    y = 1.0 + np.random.default_rng(0).normal(0.0, 0.05, (1500, points))
    fits = fit_logistic(10.0 ** np.linspace(-9, -5, points), y)
    null = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    p = p_value(f_statistic(null, fits.sum_of_squares, points), points)
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.0225)


def test_too_few_points_have_no_p_value() -> None:
    above, below = degrees_of_freedom([4, 5, 12])
    assert np.isnan(above[0]) and np.isnan(below[0]) and (below[1:] > 0).all()
    assert np.isnan(p_value([3.0], [4]))[0]
    assert degrees_of_freedom([12], calibrated=False)[1][0] == 8.0


def test_an_effect_of_nothing_is_not_relevant() -> None:
    corrected, score = relevance([50.0, 50.0], [0.0, -3.0], [12, 12], alpha=0.05, fold_change_limit=0.3)
    assert corrected[0] == 0.0 and score[0] == pytest.approx(0.0, abs=1e-12) and score[1] > 1.3
    with pytest.raises(ValueError, match="alpha"):
        relevance([1.0], [1.0], [12], alpha=0.0, fold_change_limit=0.3)
