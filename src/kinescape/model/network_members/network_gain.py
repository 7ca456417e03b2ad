"""The core around what the wiring expects: signed influences times one gain for ligands and one for inhibitors.

With f_kr(row) the influence of the row's agents of kind k on the nodes of readout r, times the readout's sign,

    z_r ~ N(g_ligand f_ligand,r + g_inhibitor f_inhibitor,r,  K + σ² I),    g ~ N(0, I),

K the covariance of the core. The two gains are shared by all readouts and samples: that is how one inhibitor tells
about another whose targets nobody has blocked. Kernels from the network (`prior`) cannot do this, since they are
alike for an influence and its opposite.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinescape.model.core.low_rank import solved
from kinescape.model.fit import HierarchicalFit, fit_hierarchical, with_effects
from kinescape.model.prediction import Prediction

if TYPE_CHECKING:
    from kinescape.model.design import Design, Rows
    from kinescape.model.prior import Wiring

MANY_COLUMNS = 500
"""More readouts than this are done together and not one by one."""


@dataclass(frozen=True)
class NetworkGainFit:
    """The core on what the wiring leaves over, and the gains of the wiring.

    Parameters
    ----------
    core : HierarchicalFit
        Posterior of the residuals.
    expected : (2, n_agents, n_readouts) array
        Influence of ligands and of inhibitors on each readout at full dose and gain one, in units of scale.
    gains : (2,) array
        Ligands, inhibitors.
    gain_covariance : (2, 2) array
        Uncertainty of the gains.
    train : (n, 2, n_readouts) array
        Expected effects of the rows learned from.
    """

    core: HierarchicalFit
    expected: NDArray[np.float64]
    gains: NDArray[np.float64]
    gain_covariance: NDArray[np.float64]
    train: NDArray[np.float64]

    def predict(self, rows: Rows) -> Prediction:
        """Posterior mean and 90 % interval of a new measurement; noise and unsure gains included."""
        if len(parts := self.core.parts_of(rows)) > 1:
            return Prediction.joined([self.predict(part) for part in parts])
        mean, variance = self.core.posterior(rows)
        wired = _expected(self.expected, rows.dose)
        scale = self.core.scale
        mean = mean + np.einsum("g,ngr->nr", self.gains, wired) * scale
        for (columns, seen, _, _), carried in zip(
            self.core.patterns, self.core.carried(rows).half, strict=True
        ):
            if len(columns) > MANY_COLUMNS:
                taken_back = carried.T @ self.core.rows.dose[seen]
                unsure = _expected(self.expected[:, :, columns], rows.dose - taken_back)
                spread = ((self.gain_covariance @ unsure) * unsure).sum(axis=1)
                variance[:, columns] += spread * scale[columns] ** 2
                continue
            for column in columns:
                # What a wrong gain does here, less what the core would take back from the training rows.
                unsure = wired[:, :, column] - carried.T @ self.train[seen][:, :, column]
                spread = np.einsum("ng,gh,nh->n", unsure, self.gain_covariance, unsure)
                variance[:, column] += spread * scale[column] ** 2
        return self.core.around(rows, mean, variance)


def fit_network_gain(
    design: Design, wiring: Wiring, *, core: HierarchicalFit | None = None
) -> NetworkGainFit:
    """Fit the core, then the gains by generalised least squares under its covariance.

    Parameters
    ----------
    design : Design
        Rows to learn from.
    wiring : Wiring
        Network, targets and signs of readouts.
    core : HierarchicalFit, optional
        Of the same design, where it was fitted before.
    """
    core = fit_hierarchical(design) if core is None else core
    expected = wiring.expected(design)
    train = _expected(expected, design.rows.dose)
    effects = design.response / core.scale
    precision, weighted = np.eye(2), np.zeros(2)
    for columns, seen, factor, weights in core.patterns:
        if len(columns) > MANY_COLUMNS:
            # The expected effects are doses times what each agent does: only the doses need be carried.
            dose, own = design.rows.dose[seen], expected[:, :, columns]
            inner = dose.T @ solved(factor, dose)
            precision += np.einsum("gar,har->gh", own, inner @ own)
            weighted += np.einsum("gar,ar->g", own, dose.T @ weights)
            continue
        for column in columns:
            direction = train[seen][:, :, column]
            pulled = solved(factor, direction)
            precision += direction.T @ pulled
            weighted += pulled.T @ effects[seen, column]
    covariance: NDArray[np.float64] = np.asarray(np.linalg.inv(precision), dtype=np.float64)
    gains: NDArray[np.float64] = np.asarray(covariance @ weighted, dtype=np.float64)
    left = design.response - np.einsum("g,ngr->nr", gains, train) * core.scale
    rest = with_effects(core, left)
    return NetworkGainFit(rest, expected, gains, covariance, train)


def _expected(expected: NDArray, dose: NDArray) -> NDArray[np.float64]:
    """Expected effects of rows at gain one, (n, 2, n_readouts)."""
    if expected.shape[2] > MANY_COLUMNS:
        return np.asarray(np.tensordot(dose, expected, axes=(1, 1)))
    return np.einsum("na,gar->ngr", dose, expected)
