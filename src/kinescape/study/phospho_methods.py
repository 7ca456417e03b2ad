"""Which methods made the numbers of a study's phosphoproteomes."""

from __future__ import annotations

from collections.abc import Sequence

from kinescape.study.phospho import PhosphoAnalysis
from kinescape.study.results import MethodUsed


def phospho_methods(analyses: Sequence[PhosphoAnalysis]) -> tuple[MethodUsed, ...]:
    """Methods with their citations; none without a phosphoproteome.

    Parameters
    ----------
    analyses : sequence of PhosphoAnalysis
        Those of a study.
    """
    used = []
    contrasts = [contrast for one in analyses for contrast in one.contrasts]
    if any(contrast.effects.sites["p_value"].is_not_null().any() for contrast in contrasts):
        used.append(
            MethodUsed(
                "Differential sites",
                "Each phosphorylation site was compared with its control by the moderated t; missing values were left "
                "out, never filled in.",
                "Smyth GK. Stat Appl Genet Mol Biol 3:3 (2004). doi:10.2202/1544-6115.1027",
            )
        )
    if any(one.adjusted for one in analyses):
        used.append(
            MethodUsed(
                "Sites against proteins",
                "Sites were set against the amount of their protein where it was measured in every sample of the site.",
            )
        )
    if contrasts:
        used.append(
            MethodUsed(
                "Kinase activities",
                "How far the known sites of a kinase or phosphatase moved, set against all sites of the contrast; the "
                "enzyme's own regulatory sites count too.",
                "Wirbel J, Cutillas P, Saez-Rodriguez J. Methods Mol Biol 1711:103 (2017). "
                "doi:10.1007/978-1-4939-7493-1_6",
            )
        )
    return tuple(used)
