"""Levels of data that a combination's phenotype can be predicted from, and what each predicts.

==================  =========================================================================================
level               what it takes
==================  =========================================================================================
``mean``            the sample's mean: the baseline that knows nothing of the drugs
``sum_of_singles``  the single drugs' effects added, which for fractions of control is Bliss; the default
``ridge``           the sample's own doses, singles and other combinations
``hierarchical``    the same with what samples and combinations share
``sister_line``     the same combination in the other samples, by the line that joins this sample to them
``signalling``      the signals that the combination is expected to leave, from the signals of its drugs
==================  =========================================================================================

Every level is a function of what may be learned from and the rows asked for, so that each can be held out alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinescape.knowledge.network import PHENOTYPES
from kinescape.model.baselines import fit_mean, fit_ridge, fit_sum_of_singles
from kinescape.model.design import Design, Rows
from kinescape.model.fit import fit_hierarchical
from kinescape.model.members import HIERARCHICAL, MEAN, RIDGE, SINGLES, why_baselines_only

SISTER, SIGNALLING = "sister_line", "signalling"
FEWEST_SHARED = 6
"""Conditions that two samples must share before one is read from the other."""
MOST_ROWS_OF_CORE = 600
"""Larger phenotype designs are not given to the core: it would be fitted for every held-out fold."""
LEVEL_WORDS: dict[str, str] = {
    MEAN.name: "the mean of the sample",
    SINGLES.name: "the single drugs' effects added (Bliss)",
    RIDGE.name: "the sample's own singles and other combinations",
    HIERARCHICAL.name: "what samples and combinations share",
    SISTER: "the same combination in the other samples",
    SIGNALLING: "the signals expected of the combination",
}
"""Each level in words."""


@dataclass(frozen=True)
class Phenotype:
    """One phenotype of a study, with the signals beside it.

    Parameters
    ----------
    design : Design
        One readout; the rows in which it was measured.
    signals : Design or None
        Signalling readouts, phenotypes left out; None where the study holds none.
    index : int
        Place of the design it was taken from among the study's.
    """

    design: Design
    signals: Design | None
    index: int

    @property
    def readout(self) -> str:
        """Name of the readout."""
        return self.design.readouts[0]


def phenotypes_of(designs: tuple[Design, ...]) -> tuple[Phenotype, ...]:
    """The phenotypes that a study measured, each a design of its own."""
    found = []
    for index, design in enumerate(designs):
        for column, nodes in enumerate(design.readout_nodes):
            if set(nodes) & set(PHENOTYPES):
                seen = ~np.isnan(design.response[:, column])
                found.append(Phenotype(_columns(design, [column]).take(seen), _signals(designs), index))
    return tuple(found)


def _signals(designs: tuple[Design, ...]) -> Design | None:
    first = designs[0]
    columns = [at for at, nodes in enumerate(first.readout_nodes) if not set(nodes) & set(PHENOTYPES)]
    if first.scale != "log2_fold_change" or not columns:
        return None
    return _columns(first, columns)


def _columns(design: Design, columns: list[int]) -> Design:
    return replace(
        design,
        response=design.response[:, columns],
        readouts=tuple(design.readouts[at] for at in columns),
        readout_nodes=tuple(design.readout_nodes[at] for at in columns),
    )


Level = Callable[[Design, Design | None, Rows], NDArray[np.float64]]
"""Training rows of the phenotype, those of the signals, rows asked for → effects, NaN where it cannot tell."""


def _by_member(fit: Callable[[Design], object]) -> Level:
    def level(train: Design, signals: Design | None, rows: Rows) -> NDArray[np.float64]:
        found = fit(train).predict(rows)  # type: ignore[attr-defined]
        return np.asarray(found.mean[:, 0], dtype=np.float64)

    return level


def sister_line(train: Design, signals: Design | None, rows: Rows) -> NDArray[np.float64]:
    """The mean of the other samples under the same condition, by the line that joins this sample to it.

    y = a + b x, least squares over the training conditions that this sample shares with the others; NaN where fewer
    than `FEWEST_SHARED` are shared or no other sample was given the condition.
    """
    here, text = train.rows.sample, train.rows.condition
    value = train.response[:, 0]
    found = np.full(len(rows), np.nan)
    for sample in np.unique(rows.sample[rows.sample >= 0]):
        others: dict[str, list[float]] = {}
        for condition, effect in zip(text[here != sample].tolist(), value[here != sample], strict=True):
            others.setdefault(condition, []).append(float(effect))
        own = [at for at in np.flatnonzero(here == sample) if text[at] in others]
        x = np.array([np.mean(others[str(text[at])]) for at in own])
        if len(own) < FEWEST_SHARED or np.ptp(x) == 0:
            continue
        line = np.linalg.lstsq(np.column_stack([np.ones_like(x), x]), value[own], rcond=None)[0]
        for at in np.flatnonzero(rows.sample == sample):
            if str(rows.condition[at]) in others:
                found[at] = line[0] + line[1] * np.mean(others[str(rows.condition[at])])
    return found


def signalling(train: Design, signals: Design | None, rows: Rows) -> NDArray[np.float64]:
    """Phenotype from signals, ridge on ridge: doses → signals, then signals → phenotype, sample by sample.

    The signals of a row are those that the doses are expected to leave, for the rows learned from too, so that a
    combination without a phosphoproteome can be asked for. NaN for samples without signals.
    """
    if signals is None:
        return np.full(len(rows), np.nan)
    doses = fit_ridge(signals)
    scale = signals.readout_scale

    def expected(asked: Rows, samples: tuple[str, ...], agents: tuple[str, ...]) -> NDArray[np.float64]:
        place = np.array([signals.samples.index(name) if name in signals.samples else -1 for name in samples])
        dose = np.zeros((len(asked), len(signals.agents)))
        unknown = np.zeros(len(asked), dtype=bool)
        for at, name in enumerate(agents):
            if name in signals.agents:
                dose[:, signals.agents.index(name)] = asked.dose[:, at]
            else:
                unknown |= asked.dose[:, at] > 0
        sample = np.where(asked.sample >= 0, place[np.maximum(asked.sample, 0)], -1)
        found = doses.predict(Rows(sample, asked.condition, dose)).mean / scale
        found[unknown | (sample < 0)] = np.nan
        return found

    learned = expected(train.rows, train.samples, train.agents)
    usable: NDArray[np.bool_] = np.asarray(~np.isnan(learned).any(axis=1))
    if not usable.any():
        return np.full(len(rows), np.nan)
    fitted = fit_ridge(
        replace(
            train,
            rows=Rows(train.rows.sample[usable], train.rows.condition[usable], learned[usable]),
            response=train.response[usable],
            agents=signals.readouts,
        )
    )
    wanted = expected(rows, train.samples, train.agents)
    missing: NDArray[np.bool_] = np.asarray(np.isnan(wanted).any(axis=1))
    asked = Rows(rows.sample, rows.condition, np.where(missing[:, None], 0.0, wanted))
    mean = fitted.predict(asked).mean[:, 0]
    return np.where(missing, np.nan, mean)


def levels_for(phenotype: Phenotype) -> dict[str, Level]:
    """The levels that a phenotype's data allow."""
    found: dict[str, Level] = {
        MEAN.name: _by_member(fit_mean),
        SINGLES.name: _by_member(fit_sum_of_singles),
        RIDGE.name: _by_member(fit_ridge),
    }
    design = phenotype.design
    if why_baselines_only(design) is None and len(design) <= MOST_ROWS_OF_CORE:
        found[HIERARCHICAL.name] = _by_member(fit_hierarchical)
    if len(design.samples) > 1:
        found[SISTER] = sister_line
    if phenotype.signals is not None:
        found[SIGNALLING] = signalling
    return found
