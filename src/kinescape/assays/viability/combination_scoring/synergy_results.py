"""What scoring a screen of combinations gives: one row a matrix, one row a cell, and the surfaces behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from kinescape.assays.viability.combination_scoring.dose_matrices import DoseMatrices
from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix
from kinescape.foundation.issues import Fault
from kinescape.measurements.table import Measurements

SCORES = ("bliss", "hsa", "loewe", "zip")
"""Excess over four expectations, in percentage points of inhibition: positive where the pair does more."""
SCORE_NAMES = {"bliss": "Bliss", "hsa": "HSA", "loewe": "Loewe", "zip": "ZIP"}
CONVENTIONS = ("kinescape", "synergyfinder")
"""Whose Loewe and ZIP: ours, or those of SynergyFinder for agreement with published scores."""
RANKINGS = ("least", *SCORES, "beta")
"""What screens can be ranked by; `least` is the smallest of the scores: synergy by every expectation."""
_ALPHA_BOUNDS = (1.0001e-4, 9999.0)
"""Factors beyond these are the bounds of the fit."""
_TELLS_NOTHING = 100.0
"""An interval of alpha from below 1/100 to above 100 tells neither direction nor size."""


@dataclass(frozen=True)
class SynergyResults:
    """Scores of a screen.

    Parameters
    ----------
    scores : polars.DataFrame
        One row a matrix: `block`, `sample`, `drugs`, `status`, `reason`, `noise`, `replicates`; for each score
        `<score>`, `_se`, `_low`, `_high`, `_p`, `_fdr`; `least`, the smallest of the scores; MuSyC's `musyc_status`,
        `alpha12`, `alpha21`, `beta` with intervals, the ten parameters and `r_squared`; `convention`.
    cells : polars.DataFrame
        One row a measured combination of doses: `dose_1`, ..., `inhibition`, `inhibition_se`, `wells`, and the excess
        and its error by each score.
    matrices : tuple of DoseMatrix
        What was scored, in the order of `scores`.
    level : float
        Of the intervals.
    notes : tuple of Fault
        From reading and scoring.
    stated : str
        How the responses were read.
    source : str
        The file, as messages name it.
    convention : str
        Whose Loewe and ZIP; one of `CONVENTIONS`.
    named_replicates : bool
        Whether a column (or the user) says which values are independent replicates.
    """

    scores: pl.DataFrame
    cells: pl.DataFrame
    matrices: tuple[DoseMatrix, ...]
    level: float
    notes: tuple[Fault, ...] = ()
    stated: str = ""
    source: str = ""
    convention: str = "kinescape"
    named_replicates: bool = True

    @property
    def tested(self) -> int:
        """How many matrices have a p-value."""
        return int(self.scores["bliss_p"].is_not_null().sum())

    def ranked(self, by: str = "least") -> pl.DataFrame:
        """The matrices, the strongest synergy first; those without a score last.

        Parameters
        ----------
        by : str
            One of `RANKINGS`.
        """
        return self.scores.sort(by, descending=True, nulls_last=True, maintain_order=True)

    def to_measurements(self, *, time_h: float | None = None) -> Measurements:
        """The measured viabilities behind the scores; see `DoseMatrices.to_measurements`."""
        read = DoseMatrices(self.matrices, named_replicates=self.named_replicates, file=self.source)
        return read.to_measurements(time_h=time_h)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        return {
            "source": self.source,
            "read": self.stated,
            "level": self.level,
            "convention": self.convention,
            "unit": "percentage points of inhibition",
            "scores": self.scores.to_dicts(),
            "notes": [note.as_dict() for note in self.notes],
        }


def alpha_text(value: float | None, low: float | None, high: float | None) -> str:
    """A factor of potency as MuSyC tells it: the number, or the bound where its interval is open at an end.

    Parameters
    ----------
    value : float or None
        The estimate; beyond 10⁻⁴ and 10⁴ the bound of the fit and no finding.
    low, high : float or None
        Its interval, where there is one.

    Examples
    --------
    >>> alpha_text(12.3, 8.0, 19.0), alpha_text(10000.0, 35.2, 10000.0), alpha_text(10000.0, None, None)
    ('12', '>35', '>10000')
    >>> alpha_text(3.0, 0.0001, 10000.0), alpha_text(0.0001, 0.0001, 0.4), alpha_text(None, None, None)
    ('not told', '<0.4', '-')
    >>> alpha_text(1.0, 0.0005, 1900.0)
    'not told'
    """
    if value is None:
        return "-"
    least, most = _ALPHA_BOUNDS
    open_low = (value if low is None else low) <= least
    open_high = (value if high is None else high) >= most
    if open_low and open_high:
        return "not told"
    if low is not None and high is not None and low < 1 / _TELLS_NOTHING and high > _TELLS_NOTHING:
        return "not told"
    if open_high:
        return f">{_factor(value if low is None else low)}"
    if open_low:
        return f"<{_factor(value if high is None else high)}"
    return _factor(value)


def _factor(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"
