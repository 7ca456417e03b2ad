"""Mutant lineages simulated one by one with exact transitions: the oracle of `birth_death`, and far slower.

A lineage of n cells becomes, after a time in which rates are constant, the sum of n independent modified
geometric numbers: each founder leaves nothing with probability p0, else a geometric number of cells. That is
drawn exactly, as a binomial of survivors and a negative binomial of their descendants, from one look to the
next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinescape.strategy.resistance.birth_death import Phases

Array = NDArray[np.float64]


def transition(
    cells: NDArray[np.int64], birth: Array, growth: Array, duration: Array, random: np.random.Generator
) -> NDArray[np.int64]:
    """Cells of each lineage after a time, drawn from the exact distribution.

    Parameters
    ----------
    cells : (n,) array of int
    birth, growth : (n,) arrays, per day
    duration : (n,) array, days
    random : numpy Generator

    Returns
    -------
    (n,) array of int
    """
    death = birth - growth
    exponent = growth * duration
    still = np.abs(exponent) < 1e-10
    growing = np.exp(exponent)
    bottom = np.where(still, 1 + birth * duration, birth * growing - death)
    top = np.where(still, birth * duration, growing - 1)
    lost = np.where(still, birth * duration / bottom, death * top / bottom)
    more = np.where(still, birth * duration / bottom, birth * top / bottom)
    survivors = random.binomial(cells, np.clip(1 - lost, 0.0, 1.0))
    result = survivors.astype(np.int64)
    some = survivors > 0
    # Each survivor leaves 1 + a geometric number of cells.
    result[some] += random.negative_binomial(survivors[some], np.clip(1 - more[some], 1e-12, 1.0))
    return result


def simulate_relapses(
    growth: Array,
    sensitive_growth: Array,
    birth: Array,
    untreated_growth: Array,
    diagnosis_cells: Array,
    mutation_rate: Array,
    size: Array,
    phases: Phases,
    times: Array,
    random: np.random.Generator,
    *,
    step_days: float = 30.0,
) -> NDArray[np.bool_]:
    """Whether a lineage of any mutant passed the size by each time, patient by patient.

    Parameters
    ----------
    growth, sensitive_growth, birth, untreated_growth, diagnosis_cells, mutation_rate, size, phases, times
        As in `kinescape.strategy.resistance.birth_death.expected_lineages`.
    random : numpy Generator
    step_days : float
        Days between looks at the lineages' sizes; phase boundaries are looked at too.

    Returns
    -------
    (n_patients, n_times) array of bool
    """
    n_patients = growth.shape[0]
    relapsed = np.zeros((n_patients, times.size), dtype=bool)
    horizon = float(times[-1])
    inner = phases.starts[(phases.starts > 0) & (phases.starts < horizon)]
    looks = np.unique(np.concatenate([np.arange(0.0, horizon, step_days), inner, times]))
    for patient in range(n_patients):
        starts, mutants, sizes = _founders(
            sensitive_growth[patient],
            birth[patient],
            untreated_growth[patient],
            diagnosis_cells[patient],
            mutation_rate[patient],
            phases,
            horizon,
            random,
        )
        if not starts.size:
            continue
        wide = np.full(starts.size, birth[patient])
        # Lineages that were there: from their start to diagnosis without drug.
        there = starts < 0
        sizes[there] = transition(
            sizes[there],
            wide[there],
            np.full(int(there.sum()), untreated_growth[patient]),
            -starts[there],
            random,
        )
        clock = np.maximum(starts, 0.0)
        first = np.full(starts.size, np.inf)
        first[there & (sizes >= size[patient])] = 0.0
        for look in looks[1:]:
            alive = (clock < look) & (sizes > 0)
            if not alive.any():
                continue
            phase = int(phases.index(np.array([look - 1e-9]))[0])
            sizes[alive] = transition(
                sizes[alive], wide[alive], growth[patient, mutants[alive], phase], look - clock[alive], random
            )
            clock[alive] = look
            passed = alive & (sizes >= size[patient]) & ~np.isfinite(first)
            first[passed] = look
            # What has passed has relapsed; it need not be followed further.
            sizes[passed] = 0
        relapsed[patient] = np.min(first) <= times + 1e-9
    return relapsed


def _founders(
    sensitive_growth: Array,
    birth: float,
    untreated_growth: float,
    diagnosis_cells: float,
    mutation_rate: Array,
    phases: Phases,
    horizon: float,
    random: np.random.Generator,
) -> tuple[Array, NDArray[np.intp], NDArray[np.int64]]:
    """Times at which lineages start (Poisson, thinned by the sensitive cells), their mutants, one cell
    each."""
    total = float(mutation_rate.sum())
    before = random.poisson(birth * total * diagnosis_cells / untreated_growth)
    starts = [-random.exponential(1 / untreated_growth, before)]
    bounds = np.append(phases.starts[phases.starts < horizon], horizon)
    level = 0.0
    for index in range(bounds.size - 1):
        start, end = float(bounds[index]), float(bounds[index + 1])
        rate = float(sensitive_growth[index])
        peak = min(max(level, level + rate * (end - start)), 0.0)
        proposed = random.poisson(birth * total * diagnosis_cells * np.exp(peak) * (end - start))
        at = start + (end - start) * random.random(proposed)
        height = np.minimum(level + rate * (at - start), 0.0)
        starts.append(at[random.random(proposed) < np.exp(height - peak)])
        level = min(level + rate * (end - start), 0.0)
    times = np.concatenate(starts)
    mutants = random.choice(mutation_rate.size, size=times.size, p=mutation_rate / total)
    return times, mutants, np.ones(times.size, dtype=np.int64)
