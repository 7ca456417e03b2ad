"""How wide a 90 % interval must be, judged on the training rows alone.

The core's variances are estimates, and its residuals share the size of an agent's or a sample's effects. Two
corrections, both fixed by what was learned from:

- how far samples differ is known from cells that repeat a condition in another sample; with ν of them, intervals
  take Student's t with ν degrees of freedom in place of the normal;
- for an agent that nobody measured, every measured inhibitor is left out in turn (in closed form, the variances
  kept) and the 90 % quantile of the standardised errors takes the place of the normal's, with Student's t of as many
  degrees of freedom as there are pairs of an inhibitor and a sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from kinescape.model.core.low_rank import LowRankFactor, solved
from kinescape.model.prediction import INTERVAL, NORMAL_QUANTILE

if TYPE_CHECKING:
    from kinescape.model.design import Design, Rows
    from kinescape.model.fit import HierarchicalFit

FEWEST_LEFT_OUT = 3
"""Inhibitors to leave out; with fewer the normal quantile stays."""


@dataclass(frozen=True)
class Calibration:
    """Half widths of 90 % intervals in standard deviations.

    Parameters
    ----------
    usual : float
        For agents that were measured.
    unseen_agent : float
        For rows with an agent that nobody measured.
    """

    usual: float = NORMAL_QUANTILE
    unseen_agent: float = NORMAL_QUANTILE

    def quantile(self, rows: Rows, learned_from: Rows) -> NDArray[np.float64]:
        """Half width for each row, (n, 1)."""
        measured = (learned_from.dose > 0).any(axis=0)
        unseen = (rows.dose[:, ~measured] > 0).any(axis=1)
        return np.where(unseen, self.unseen_agent, self.usual)[:, None]


UNCALIBRATED = Calibration()
"""The normal quantile for every row."""


def t_quantile(degrees: float) -> float:
    """Half width of a 90 % interval with a variance of so many degrees of freedom."""
    return float(student.ppf(0.5 + INTERVAL / 2, max(degrees, 1.0)))


def calibrate(design: Design, core: HierarchicalFit) -> Calibration:
    """Judge the intervals of a core on the rows that it learned from.

    Parameters
    ----------
    design : Design
        Those rows.
    core : HierarchicalFit
        Fitted to them.
    """
    usual = NORMAL_QUANTILE
    if len(np.unique(design.rows.sample)) > 1:
        usual = t_quantile(len(design) - len(set(design.rows.condition.tolist())))
    groups = [
        design.rows.dose[:, agent] > 0
        for agent, kind in enumerate(design.kinds)
        if kind != "ligand" and (design.rows.dose[:, agent] > 0).any()
    ]
    errors = left_out_errors(core, groups)
    if len(errors) < FEWEST_LEFT_OUT:
        return Calibration(usual)
    units = sum(len(np.unique(design.rows.sample[group])) for group in groups)
    size = float(np.quantile(np.abs(np.concatenate(errors)), INTERVAL))
    return Calibration(usual, size * t_quantile(units) / NORMAL_QUANTILE)


def left_out_errors(core: HierarchicalFit, groups: list[NDArray]) -> list[NDArray[np.float64]]:
    """Standardised errors of rows predicted without their group, one array a group.

    With Q = (K + σ² I)⁻¹ and a group G, the error of z_G given the others is (Q_GG)⁻¹ (Q z)_G and has the
    covariance (Q_GG)⁻¹: nothing is fitted again.

    Parameters
    ----------
    core : HierarchicalFit
        Fitted.
    groups : list of (n,) array of bool
        Rows left out together.
    """
    found: dict[int, list[NDArray[np.float64]]] = {}
    for columns, seen, factor, weights in core.patterns:
        whole = np.zeros((0, 0)) if isinstance(factor, LowRankFactor) else solved(factor, np.eye(len(seen)))
        for number, group in enumerate(groups):
            here = np.flatnonzero(group[seen])
            if 0 < len(here) < len(seen):
                if isinstance(factor, LowRankFactor):
                    covariance: NDArray[np.float64] = factor.covariance_of(here)
                else:
                    covariance = np.asarray(np.linalg.inv(whole[np.ix_(here, here)]), dtype=np.float64)
                deviation = np.sqrt(np.diag(covariance))[:, None] * core.spread[columns]
                found.setdefault(number, []).append((covariance @ weights[here] / deviation).ravel())
    return [np.concatenate(parts) for _, parts in sorted(found.items())]
