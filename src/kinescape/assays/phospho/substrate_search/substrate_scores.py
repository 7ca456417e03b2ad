"""How the evidence for a substrate is weighed: a logistic model whose constants were fixed on held-aside kinases.

log odds = log odds of the share of sites that are known substrates of the kinase
         + INTERCEPT + SLOPE (log odds of the motif percentile + RANK_WEIGHT x log odds of the kinase's rank at the site
                              + CO_REGULATION_WEIGHT x Fisher's z of the shrunk correlation)
         + CONTRAST_INTERCEPT + CONTRAST_SLOPE x (shrunk effect of the contrast in the direction expected)

where each line counts if its evidence is there. The constants were chosen on half of the kinases (the contrast's on
half of the publications) of a public collection; benchmarks/substrate_discovery.py judges them on the other half.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.phospho.substrate_search.substrate_evidence import motif_log_odds

RANK_WEIGHT = 0.5
CO_REGULATION_WEIGHT = 3.0
INTERCEPT = -1.01
SLOPE = 0.40
CONTRAST_INTERCEPT = -0.15
CONTRAST_SLOPE = 0.54


def rank_among_kinases(percentiles: NDArray[np.float64], column: int) -> NDArray[np.float64]:
    """Where one kinase stands among all the kinases with a motif for the residue, by its percentile at each site.

    Parameters
    ----------
    percentiles : array, (n_sites, n_kinases)
        nan where a kinase has no motif for the residue.
    column : int
        The kinase.

    Returns
    -------
    array, (n_sites,)
        Near 1 where no other kinase fits better, near 0 where all do; nan where the kinase has no motif.
    """
    own = percentiles[:, column][:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        below = (percentiles < own).sum(axis=1) + 0.5 * (percentiles == own).sum(axis=1)
        share = below / np.isfinite(percentiles).sum(axis=1)
    return np.where(np.isfinite(own[:, 0]), np.clip(share, 0.001, 0.999), np.nan)


def sequence_and_co_regulation(
    motif: NDArray[np.float64], rank: NDArray[np.float64], fisher_z: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The evidence of sequence and co-regulation in one number, before it is calibrated; missing evidence counts 0.

    Parameters
    ----------
    motif, rank, fisher_z : array, (n_sites,)
        Percentile of the motif, rank of the kinase at the site (nan where unknown), and the shrunk correlation.
    """
    return motif_log_odds(motif) + RANK_WEIGHT * motif_log_odds(rank) + CO_REGULATION_WEIGHT * fisher_z


def log_odds(
    prior: float, evidence: NDArray[np.float64] | None, contrast: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """The log odds of being a substrate.

    Parameters
    ----------
    prior : float
        The share of sites that are known substrates.
    evidence : array, (n_sites,) or None
        Of `sequence_and_co_regulation`.
    contrast : array, (n_sites,) or None
        Shrunk effects, positive in the direction expected of a substrate; nan where not measured.
    """
    total: NDArray[np.float64] = np.asarray(np.log(prior / (1 - prior)))
    if evidence is not None:
        total = total + INTERCEPT + SLOPE * evidence
    if contrast is not None:
        moved = np.isfinite(contrast)
        total = total + np.where(moved, CONTRAST_INTERCEPT + CONTRAST_SLOPE * np.nan_to_num(contrast), 0.0)
    return total
