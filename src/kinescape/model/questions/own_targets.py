"""Readouts on what an inhibitor hits: inhibitors of one target may lower or raise its phosphorylation.

The answer follows the sign that is annotated, or what measured agents on the same target did there; with neither,
the core's wide interval stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kinescape.model.design import Design, Rows
from kinescape.model.fit import HierarchicalFit
from kinescape.model.prediction import NORMAL_QUANTILE

_HALF_NORMAL_MEAN = float(np.sqrt(2.0 / np.pi))
_HALF_NORMAL_LOW, _HALF_NORMAL_HIGH = 0.06270677794321385, 1.9599639845400545
"""5 % and 95 % quantiles of the absolute value of a standard normal."""


def annotated_own_target(core: HierarchicalFit, rows: Rows, column: int, sign: int) -> list[float]:
    """Mean, low and high of a readout whose direction is known and whose size is not.

    The size is the absolute value of the core's unsure effect; the noise of a new measurement is added.

    Parameters
    ----------
    core : HierarchicalFit
        Fitted.
    rows : Rows
        One row.
    column : int
        Readout.
    sign : {1, -1}
        Direction.
    """
    _, variance = core.posterior(rows)
    unsure = float(np.sqrt(variance[0, column]))
    wider = float(core.calibration.quantile(rows, core.rows)[0, 0]) / NORMAL_QUANTILE
    noise = float(core.calibration.usual * np.sqrt(core.noise_variance[column]))
    mean = _HALF_NORMAL_MEAN * unsure
    near = mean - np.hypot(mean - _HALF_NORMAL_LOW * unsure, noise)
    far = mean + np.hypot(wider * _HALF_NORMAL_HIGH * unsure - mean, noise)
    low, high = sorted((sign * near, sign * far))
    return [sign * mean, float(low), float(high)]


def measured_own_target(
    design: Design, core: HierarchicalFit, rows: Rows, column: int, alike: Sequence[str]
) -> list[float] | None:
    """Mean, low and high after what measured agents on the same target did; None where the readout was not.

    The mean is that of the agents' effects at full dose in this sample, the variance that of the agents about it,
    their own, and the noise.

    Parameters
    ----------
    design : Design
        With the agents.
    core : HierarchicalFit
        Fitted.
    rows : Rows
        One row, the condition asked for.
    column : int
        Readout.
    alike : sequence of str
        Measured agents on the target.
    """
    places = [design.agents.index(name) for name in alike if name in design.agents]
    seen = ~np.isnan(design.response[:, column])
    places = [at for at in places if (design.rows.dose[seen, at] > 0).any()]
    if not places:
        return None
    measured = (core.rows.dose > 0).any(axis=0)
    dose = np.where(measured, rows.dose[0], 0.0)
    count = len(places)
    asked = Rows(
        np.repeat(rows.sample, count),
        np.array([""] * count, dtype=str),
        np.zeros((count, len(design.agents))),
    )
    asked.dose[np.arange(count), places] = 1.0
    each, variance = core.posterior(asked)
    rest = replace(rows, dose=dose[None, :], condition=np.array([""], dtype=str))
    around = core.posterior(rest)[0][0, column] if dose.any() else 0.0
    mean = float(around + each[:, column].mean())
    spread = float(variance[:, column].mean() + each[:, column].var())
    quantile = float(core.calibration.quantile(rows, core.rows)[0, 0])
    half = quantile * float(np.sqrt(spread + core.noise_variance[column]))
    return [mean, mean - half, mean + half]
