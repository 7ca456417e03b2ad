"""Which methods made the numbers of a run: only those are cited in its report."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from kinescape.study.results import MethodUsed

_SMYTH = "Smyth GK. Stat Appl Genet Mol Biol 3:3 (2004). doi:10.2202/1544-6115.1027"
_BENJAMINI = "Benjamini Y, Hochberg Y. J R Stat Soc B 57:289 (1995)"


def methods_used(frames: Mapping[str, pl.DataFrame]) -> tuple[MethodUsed, ...]:
    """Methods with their citations, by what the tables of a run hold.

    Parameters
    ----------
    frames : mapping of str to polars.DataFrame
        The tables of a run by name.
    """
    used = [
        MethodUsed(
            "Replicates",
            "Independent replicates were averaged; the standard error is over them, and wells of one plate "
            "count once.",
        )
    ]
    effects = frames["effects"]
    if effects.height and effects["p_value"].is_not_null().any():
        used.append(
            MethodUsed(
                "Moderated t-test",
                "Each effect was tested against no change; variances were shrunk towards those of the same assay.",
                _SMYTH,
            )
        )
        used.append(
            MethodUsed(
                "False discovery rate",
                "Over all tested readouts of one assay and scale.",
                _BENJAMINI,
            )
        )
    methods = set(frames["validation"]["method"].to_list())
    if frames["validation"].height:
        used.append(
            MethodUsed(
                "Held-out tests",
                "Conditions were removed, predicted from the rest and compared; intervals are the middle 90 % over "
                "resampled held-out units.",
            )
        )
    if "ridge" in methods:
        used.append(
            MethodUsed(
                "Ridge regression",
                "Linear effects of the agents' doses in each sample; strength by leave-one-condition-out.",
                "Hoerl AE, Kennard RW. Technometrics 12:55 (1970)",
            )
        )
    if "hierarchical" in methods:
        used.append(
            MethodUsed(
                "Hierarchical Gaussian process",
                "Samples, agents and pairs of agents share one covariance; its variances maximise the evidence.",
                "Rasmussen CE, Williams CKI. Gaussian Processes for Machine Learning. MIT Press (2006)",
            )
        )
    combinations = frames["combinations"]
    if combinations.height:
        used.append(
            MethodUsed(
                "Synergy score (level L0)",
                "Rules for pairs of target classes, plus a quarter of the standardised room that the single agents "
                "leave; the rule's own reference stands in the table.",
            )
        )
        used.append(
            MethodUsed(
                "Pareto fronts",
                "Pairs were sorted by effect, sparing, synergy score and closed escape at once; nothing was "
                "multiplied into one score.",
                "Deb K et al. IEEE Trans Evol Comput 6:182 (2002). doi:10.1109/4235.996017",
            )
        )
        if combinations["bliss_excess"].is_not_null().any():
            used.append(
                MethodUsed(
                    "Bliss and HSA excess",
                    "Measured pairs against independent action, and against the better single agent; the error is "
                    "over independent replicates.",
                    "Bliss CI. Ann Appl Biol 26:585 (1939)",
                )
            )
    if frames["escape"].height:
        used.append(
            MethodUsed(
                "Adaptive responses",
                "Nodes that moved against a drug, tested over the whole study, with the path from each to the "
                "phenotype that goes beside the blocked target.",
            )
        )
    return tuple(used)
