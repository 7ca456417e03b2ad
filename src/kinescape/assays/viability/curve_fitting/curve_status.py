"""What became of each curve, in words: nothing is dropped, and no number is given that the data do not hold."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.curve_fitting.curve_fit import LogisticFits
from kinescape.assays.viability.curve_fitting.curve_problem import Array
from kinescape.assays.viability.reading.dose_unit import dose_text

FEWEST_POINTS, FEWEST_DOSES = 5, 4
FLAT_ABOVE = 0.05
"""A curve counts as an effect where the false discovery rate of its F test over the screen is at most this."""
OTHER_SHAPE_BELOW = 0.01
"""Two phases are told where the false discovery rate against one phase is at most this."""


class CurveStatus(StrEnum):
    """What became of a curve; `reason` of the table says it in a sentence."""

    FITTED = "fitted"
    FLAT = "flat"
    OUTSIDE = "ec50_outside_doses"
    TOO_FEW = "too_few_points"
    NON_MONOTONE = "non_monotone"
    FAILED = "failed"


MEANING: dict[CurveStatus, str] = {
    CurveStatus.FITTED: "the four-parameter curve describes the data and its EC50 lies among the doses",
    CurveStatus.FLAT: "no dose effect beyond noise: a constant describes the data as well",
    CurveStatus.OUTSIDE: "there is an effect, but its EC50 lies outside the tested doses and is a bound only",
    CurveStatus.TOO_FEW: "fewer than five points or four doses: four parameters cannot be told apart",
    CurveStatus.NON_MONOTONE: "two phases describe the data better than one; the one-phase numbers mislead",
    CurveStatus.FAILED: "no curve could be fitted; the reason is given",
}


def classify(
    fits: LogisticFits,
    points: NDArray[np.int64],
    doses: NDArray[np.int64],
    log_low: Array,
    log_high: Array,
    fdr: Array,
    two_phase_fdr: Array,
    shape: NDArray[np.str_],
) -> tuple[list[CurveStatus], list[str]]:
    """Status and reason of every curve.

    Parameters
    ----------
    fits : LogisticFits
        The curves.
    points, doses : (n_curves,) array
        Points used, and different doses above zero among them.
    log_low, log_high : (n_curves,) array
        Natural logarithms of the lowest and highest dose.
    fdr : (n_curves,) array
        False discovery rate of the F test against a constant.
    two_phase_fdr : (n_curves,) array
        The same of two phases against one.
    shape : (n_curves,) array of str
        Shape of the two phases.
    """
    few = (points < FEWEST_POINTS) | (doses < FEWEST_DOSES)
    lost = ~np.isfinite(fits.log_ec50) | ~np.isfinite(fits.sum_of_squares)
    stuck = ~lost & ~fits.converged
    flat = ~(fdr <= FLAT_ABOVE)
    two = two_phase_fdr <= OTHER_SHAPE_BELOW
    above, below = fits.log_ec50 > log_high, fits.log_ec50 < log_low
    order = (
        (few, CurveStatus.TOO_FEW),
        (lost | stuck, CurveStatus.FAILED),
        (flat, CurveStatus.FLAT),
        (two, CurveStatus.NON_MONOTONE),
        (above | below, CurveStatus.OUTSIDE),
    )
    status = np.select(
        [mask for mask, _ in order], [str(name) for _, name in order], default=str(CurveStatus.FITTED)
    )
    reasons = np.full(len(points), "", dtype=object)
    for i in np.flatnonzero(few):
        reasons[i] = (
            "nothing was measured"
            if points[i] == 0
            else f"{points[i]} points at {doses[i]} doses; {FEWEST_POINTS} points at {FEWEST_DOSES} are needed"
        )
    reasons[status == CurveStatus.FAILED] = "the search did not come to rest within its bounds"
    for i in np.flatnonzero(status == CurveStatus.FLAT):
        reasons[i] = f"false discovery rate against a constant {fdr[i]:.2g}"
    for i in np.flatnonzero(status == CurveStatus.NON_MONOTONE):
        reasons[i] = f"{shape[i]}: two phases fit better (false discovery rate {two_phase_fdr[i]:.2g})"
    outside = status == CurveStatus.OUTSIDE
    reasons[outside & above] = "the EC50 lies above the highest dose"
    reasons[outside & below] = "the EC50 lies below the lowest dose"
    return [CurveStatus(one) for one in status], [str(reason) for reason in reasons]


def dose_or_bound(
    log_value: Array, log_low: Array, log_high: Array, known: NDArray[np.bool_], units: list[str]
) -> list[str]:
    """Doses in words: a number inside the tested range, a bound (`>10 uM`) outside it, empty where unknown.

    Parameters
    ----------
    log_value, log_low, log_high : (n_curves,) array
        Natural logarithms of doses; `log_value` may be infinite.
    known : (n_curves,) bool array
        Where false, nothing is said.
    units : list of str
        Base unit of the doses of each curve.
    """
    texts = []
    for value, low, high, told, unit in zip(log_value, log_low, log_high, known, units, strict=True):
        if not told or np.isnan(value):
            texts.append("")
        elif value > high:
            texts.append(f">{dose_text(float(np.exp(high)), unit)}")
        elif value < low:
            texts.append(f"<{dose_text(float(np.exp(low)), unit)}")
        else:
            texts.append(dose_text(float(np.exp(value)), unit))
    return texts
