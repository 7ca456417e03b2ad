"""What a reader must know of an answer that rests on little, in words for its basis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinescape.model.baselines import RidgeFit
from kinescape.model.design import Design, Rows
from kinescape.model.prediction import Fitted

NOTHING_OVER = (
    "no more conditions than effects to tell apart, so nothing is left over to judge an error by: the interval is "
    "that of an effect of the size of those measured"
)
NEVER_VARIED = "no interval: the readout had one value in all that it was learned from"
HARDLY_MEASURED = (
    "no prediction: the readout was measured in fewer than two conditions, and zero stands for unknown"
)
NO_COMBINATION = (
    "no combination was measured in this sample: that effects add is assumed here and was not tested"
)


def interval_words(fit: Fitted, rows: Rows, row: int, column: int) -> str:
    """What to add about the interval of one answer; empty where it rests on residuals.

    Parameters
    ----------
    fit : Fitted
        The member that answers; only ridge has something to say.
    rows : Rows
        What was asked for.
    row, column : int
        The answer: row of `rows`, readout.
    """
    if not isinstance(fit, RidgeFit):
        return ""
    group = int(fit.group_of(rows)[row])
    if group < 0 or np.isnan(fit.strength[group, column]):
        return HARDLY_MEASURED
    if np.isinf(fit.variance[group, column]):
        return NEVER_VARIED
    return NOTHING_OVER if fit.nothing_over[group, column] else ""


def condition_words(design: Design, groups: Sequence[tuple[str, ...]], rows: Rows, row: int) -> str:
    """What to add about one condition: agents that no data tell apart, effects that are added untested.

    Parameters
    ----------
    design : Design
        What was measured.
    groups : sequence of tuple of str
        From `collinear_agents`.
    rows : Rows
        What was asked for.
    row : int
        The condition.
    """
    said = []
    given = {design.agents[at] for at in np.flatnonzero(rows.dose[row] > 0)}
    for group in groups:
        inside = [name for name in group if name in given]
        if inside and len(inside) < len(group):
            said.append(
                f"{' and '.join(group)} were always given together: what {' and '.join(inside)} does without the "
                "rest cannot be told"
            )
    sample = rows.sample[row]
    measured = design.rows.dose > 0
    if sample >= 0 and len(given) > 1 and all(measured[:, design.agents.index(name)].any() for name in given):
        of_sample = design.rows.sample == sample
        if of_sample.any() and not (design.rows.agent_count[of_sample] > 1).any():
            said.append(NO_COMBINATION)
    return "; ".join(said)


def with_words(basis: str, *words: str) -> str:
    """A basis with what was added."""
    return "; ".join(part for part in (basis, *words) if part)
