"""Compound mutants: a second mutation on top of a first, by the backward equation of the first lineage.

A lineage of single mutant i that starts at s leads to a relapse by a compound i/j with the chance Y_i(s),
which obeys, backward from the time asked for,

    -dY/ds = g_i Y - b Y^2 + b sigma_i(s) (1 - Y),      sigma_i(s) = sum over j of u_j P_ij(s),

where P_ij(s) is the chance that a compound cell that starts at s passes the size by then. Each step of the
grid has constant coefficients and is solved exactly. The fold of a compound that nobody measured is taken as
the product of its parts' folds: an assumption, and marked as such.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinescape.strategy.resistance.birth_death import (
    Phases,
    chance_of_size,
    decay_and_pressure,
    sensitive_cells,
)

Array = NDArray[np.float64]
_EDGES_BEFORE = 16
_EDGES_TREATED = 48
# Lineages older than this many times 1 / r at diagnosis are too few to matter: the mass left out is exp(-12).
_OLDEST = 12.0


def riccati_step(start: Array, growth: Array, birth: Array, source: Array, duration: Array) -> Array:
    """Y after a step of Y' = g Y - b Y^2 + s (1 - Y), exactly, for constant coefficients.

    Parameters
    ----------
    start : array
        Y before the step.
    growth, birth, source : arrays, per day
        g, b and s (births times the chance that a daughter's compound lineage succeeds).
    duration : array, days

    Examples
    --------
    >>> import numpy as np
    >>> y = riccati_step(np.array(0.0), np.array(0.0), np.array(0.0), np.array(0.1), np.array(10.0))
    >>> round(float(y), 6) == round(1 - float(np.exp(-1.0)), 6)
    True
    """
    linear = growth - source
    root = np.sqrt(np.maximum(linear**2 + 4 * birth * source, 0.0))
    half = root * duration / 2
    small = half < 1e-9
    slope = np.where(small, duration / 2, np.tanh(half) / np.where(small, 1.0, root))
    # slope = tanh(root τ / 2) / root; the quotient below is the solution of the constant Riccati equation.
    value = (start * (1 + linear * slope) + 2 * source * slope) / (1 + (2 * birth * start - linear) * slope)
    return np.asarray(np.clip(value, 0.0, 1.0))


def _edges(phases: Phases, untreated_growth: Array, times: Array) -> Array:
    horizon = float(times[-1])
    oldest = _OLDEST / float(np.min(untreated_growth))
    before = -oldest * (np.linspace(1, 0, _EDGES_BEFORE + 1)[:-1] ** 2)
    inner = phases.starts[phases.starts < horizon]
    treated = np.unique(np.concatenate([np.linspace(0, horizon, _EDGES_TREATED + 1), times, inner]))
    return np.concatenate([before, treated])


def _chances(
    growth: Array,
    birth: Array,
    untreated_growth: Array,
    size: Array,
    phases: Phases,
    starts: Array,
    times: Array,
) -> Array:
    """Running maximum of P(size ≥ M) over the times looked at: (n, n_types, n_starts, n_times)."""
    horizon = float(times[-1])
    looked_at = np.unique(np.concatenate([[0.0], times, phases.ends_until(horizon)]))
    shape = growth.shape[:-1]
    wide_birth = np.broadcast_to(birth[:, None], shape)
    decay, pressure = decay_and_pressure(growth, wide_birth, phases, looked_at)
    treated = np.maximum(starts, 0.0)
    decay_start, pressure_start = decay_and_pressure(growth, wide_birth, phases, treated)
    before = starts < 0
    grown = np.exp(np.minimum(-untreated_growth[:, None] * starts[before], 250.0))[:, None, :]
    decay_start[..., before] = grown
    pressure_start[..., before] = -(birth / untreated_growth)[:, None, None] * (grown - 1)
    best = np.zeros(decay_start.shape)
    result = np.zeros((*decay_start.shape, times.size))
    wanted = {float(time): index for index, time in enumerate(times)}
    for index, time in enumerate(looked_at):
        begun = starts < time
        chance = chance_of_size(
            decay_start[..., begun],
            pressure_start[..., begun],
            decay[..., index, None],
            pressure[..., index, None],
            size[:, None, None],
        )
        best[..., begun] = np.maximum(best[..., begun], chance)
        at = wanted.get(float(time))
        if at is not None:
            result[..., at] = best
    return result


def lineages_with_compounds(
    growth: Array,
    compound_growth: Array,
    parents: NDArray[np.intp],
    sensitive_growth: Array,
    birth: Array,
    untreated_growth: Array,
    diagnosis_cells: Array,
    mutation_rate: Array,
    size: Array,
    phases: Phases,
    times: Array,
) -> tuple[Array, Array]:
    """Expected number of single-mutant lineages in which a compound passes the size and the single does not.

    Parameters
    ----------
    growth : (n_patients, n_mutants, n_phases) array, per day
    compound_growth : (n_patients, n_compounds, n_phases) array, per day
    parents : (n_compounds, 2) array of int
        The two mutants that make each compound.
    sensitive_growth : (n_patients, n_phases) array, per day
    birth, untreated_growth, diagnosis_cells, size : (n_patients,) arrays
    mutation_rate : (n_patients, n_mutants) array, per division
    phases : Phases
    times : (n_times,) array, days
        Ascending, above 0.

    Returns
    -------
    expected : (n_patients, n_mutants, n_times) array
        By the first mutation.
    weights : (n_compounds,) array
        Each compound's part of what compounds add at the last time, roughly: in proportion to its share of the source.
    """
    n_patients, n_mutants, _ = growth.shape
    n_compounds = parents.shape[0]
    edges = _edges(phases, untreated_growth, times)
    middles, steps = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    own = _chances(growth, birth, untreated_growth, size, phases, middles, times)
    chance = _chances(compound_growth, birth, untreated_growth, size, phases, middles, times)
    source = np.zeros_like(own)
    for compound in range(n_compounds):
        first, second = parents[compound]
        source[:, first] += mutation_rate[:, second, None, None] * chance[:, compound]
        source[:, second] += mutation_rate[:, first, None, None] * chance[:, compound]
    which = phases.index(np.maximum(middles, 0.0))
    rate = growth[..., which]
    rate[..., middles < 0] = untreated_growth[:, None, None]
    cells = np.empty((n_patients, middles.size))
    treated = middles >= 0
    cells[:, treated] = sensitive_cells(sensitive_growth, diagnosis_cells, phases, middles[treated])
    cells[:, ~treated] = diagnosis_cells[:, None] * np.exp(untreated_growth[:, None] * middles[~treated])
    value = np.zeros((n_patients, n_mutants, times.size))
    expected = np.zeros_like(value)
    traffic = np.zeros((n_patients, n_mutants, middles.size))
    wide_birth = birth[:, None, None]
    for step in range(middles.size - 1, -1, -1):
        earlier = riccati_step(
            value, rate[..., step, None], wide_birth, wide_birth * source[:, :, step], np.asarray(steps[step])
        )
        middle = (value + earlier) / 2 * (1 - own[:, :, step])
        arrivals = mutation_rate * (birth * cells[:, step] * steps[step])[:, None]
        expected += arrivals[..., None] * middle
        traffic[..., step] = arrivals * middle[..., -1]
        value = earlier
    weights = np.zeros(n_compounds)
    whole = np.maximum(source[..., -1].sum(axis=2), 1e-300)
    for compound in range(n_compounds):
        first, second = parents[compound]
        reached = chance[:, compound, :, -1].sum(axis=1)
        for single, partner in ((first, second), (second, first)):
            part = mutation_rate[:, partner] * reached / whole[:, single]
            weights[compound] += float(np.sum(part * traffic[:, single].sum(axis=1)))
    return expected, weights
