"""Four-parameter log-logistic curves without bounds, as R's `drc` fits them and SynergyFinder uses them.

The fit begins at one guess by a straight line through the logits and descends without bounds. Few points, a control
far from the other doses and responses that do not fall or rise throughout leave it ill posed: it may end at a constant,
at a step between two doses, in another local minimum, or where the last digits of the input send it. `drug_curve` and
`curve_fit` fit the same curve within bounds from several starts; this one is for agreement with published scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import copysign, exp, floor, fsum, inf, isfinite, log, log10, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.variable_metric import NotFiniteError, descend

Floats = NDArray[np.float64]

_NO_DOSE = 1e-10
_NUDGE = 1e-10
_MARGIN = 0.001
_LARGEST = 700.0


@dataclass(frozen=True)
class UnboundedCurve:
    """y(d) = lower + (upper − lower) / (1 + exp(slope · (log d − centre))).

    Parameters
    ----------
    slope, lower, upper : float
        Of the curve; a rising curve has a negative slope where lower < upper. Missing where nothing could be fitted.
    centre : float
        Natural logarithm of the EC50.
    fitted : (n,) array
        At the doses given; the responses themselves where nothing could be fitted.
    """

    slope: float
    lower: float
    upper: float
    centre: float
    fitted: Floats

    @property
    def converged(self) -> bool:
        """Whether there is a curve."""
        return isfinite(self.slope)

    def at(self, dose: float) -> float:
        """Response at a dose."""
        return _response(_log(dose), self.slope, self.lower, self.upper, self.centre)

    def doses_of(self, responses: Floats) -> Floats:
        """Doses of responses: infinite above both plateaus, 0 below both."""
        with np.errstate(all="ignore"):
            ratio = (self.upper - responses) / (responses - self.lower)
            doses = np.exp(self.centre) * np.power(ratio, 1.0 / self.slope)
        beyond = np.where(responses > max(self.lower, self.upper), np.inf, 0.0)
        found: Floats = np.where(np.isnan(doses), beyond, doses)
        return found


def fit_unbounded_curve(doses: Floats, responses: Floats, *, lower: float | None = None) -> UnboundedCurve:
    """Fit one curve.

    Parameters
    ----------
    doses : (n,) array
        Zero for untreated.
    responses : (n,) array
        Per cent of inhibition.
    lower : float, optional
        Response at dose zero, where it is given and not fitted.

    Notes
    -----
    Doses and responses are divided by the order of magnitude of their medians. If the walk comes to a place without a
    finite value, the curve is fitted on logarithms of the doses instead, with 1e-10 for dose zero.

    Examples
    --------
    >>> doses = np.array([0.0, 1, 3, 10, 30, 100])
    >>> fit = fit_unbounded_curve(doses, 80 * doses / (doses + 10))
    >>> round(float(np.exp(fit.centre)), 1), round(fit.upper, 1)
    (10.0, 80.0)
    """
    given, seen = [float(dose) for dose in doses], [float(value) for value in responses]
    if len(seen) > 1 and min(seen) == max(seen):
        seen[-1] += _NUDGE
    for on_logarithm in (False, True):
        try:
            slope, low, high, centre = _fit(given, seen, lower, on_logarithm)
        except (NotFiniteError, OverflowError, ZeroDivisionError):
            continue
        places = [_log(max(dose, _NO_DOSE) if on_logarithm else dose) for dose in given]
        fitted = np.array([_response(place, slope, low, high, centre) for place in places])
        return UnboundedCurve(slope, low, high, centre, fitted)
    return UnboundedCurve(nan, nan, nan, nan, np.array(responses, dtype=np.float64))


def _log(dose: float) -> float:
    return log(dose) if dose > 0 else -inf


def _response(log_dose: float, slope: float, lower: float, upper: float, centre: float) -> float:
    return lower + (upper - lower) / (1.0 + _exp(slope * (log_dose - centre)))


def _exp(power: float) -> float:
    return exp(power) if power < _LARGEST else inf


def _fit(
    doses: Sequence[float], seen: Sequence[float], fixed: float | None, on_logarithm: bool
) -> tuple[float, float, float, float]:
    """slope, lower, upper, centre."""
    if on_logarithm:
        dose_scale = response_scale = 1.0
        along = [log(max(dose, _NO_DOSE)) for dose in doses]
    else:
        dose_scale, response_scale = _power_of_ten(doses), _power_of_ten(seen)
        along = [dose / dose_scale for dose in doses]
    aim = [value / response_scale for value in seen]
    low = None if fixed is None else fixed / response_scale

    def squares(at: list[float]) -> float:
        slope, lower, upper, middle = at if low is None else (at[0], low, at[1], at[2])
        terms = []
        for place, value in zip(along, aim, strict=True):
            if on_logarithm:
                argument = place - middle
            else:
                ratio = place / middle
                if ratio < 0 or ratio != ratio:
                    return nan
                argument = _log(ratio)
            away = value - (lower + (upper - lower) / (1.0 + _exp(slope * argument)))
            terms.append(away * away)
        return fsum(terms)

    start = _first_guess(along if on_logarithm else [_log(place) for place in along], aim)
    if not on_logarithm:
        start[3] = exp(start[3])
    found = descend(squares, start if low is None else [start[0], start[2], start[3]])
    slope, lower, upper, middle = found if low is None else (found[0], low, found[1], found[2])
    centre = middle if on_logarithm else log(middle * dose_scale)
    return slope, lower * response_scale, upper * response_scale, centre


def _first_guess(log_dose: Sequence[float], aim: Sequence[float]) -> list[float]:
    """Plateaus a thousandth of the range outside the data; slope and centre by a straight line through the logits."""
    margin = _MARGIN * (max(aim) - min(aim))
    lower, upper = min(aim) - margin, max(aim) + margin
    told = [index for index, place in enumerate(log_dose) if isfinite(place)]
    logits = [log((upper - aim[index]) / (aim[index] - lower)) for index in told]
    level, slope = _line([log_dose[index] for index in told], logits)
    return [slope, lower, upper, -level / slope]


def _line(places: list[float], values: list[float]) -> tuple[float, float]:
    """Intercept and slope by least squares, through Householder reflections."""
    columns = [[1.0] * len(places), list(places), list(values)]
    diagonal = []
    for pivot in range(2):
        column = columns[pivot]
        length = sqrt(fsum(x * x for x in column[pivot:]))
        length = copysign(length, column[pivot]) if column[pivot] != 0 else length
        for row in range(pivot, len(column)):
            column[row] /= length
        column[pivot] += 1.0
        for other in columns[pivot + 1 :]:
            share = -sum(column[row] * other[row] for row in range(pivot, len(column))) / column[pivot]
            for row in range(pivot, len(column)):
                other[row] += share * column[row]
        diagonal.append(-length)
    slope = columns[2][1] / diagonal[1]
    return (columns[2][0] - slope * columns[1][0]) / diagonal[0], slope


def _power_of_ten(values: Sequence[float]) -> float:
    """Order of magnitude of the median; 1 where that is not above zero."""
    middle = float(np.median(values))
    return float(10.0 ** floor(log10(middle))) if middle > 0 else 1.0
