"""Mutant lineages as linear birth-death processes, in closed form over the phases of a schedule.

One cell that starts a lineage at time s has, at time t, a size with generating function 1 - Y(1 - z), where

    1 / Y = A / y + B,     A(s, t) = E(t) / E(s),     B(s, t) = (I(t) - I(s)) / E(s),
    E(t) = exp(-∫_0^t g),  I(t) = ∫_0^t b E(v) dv,

g being the net growth (birth b minus death) of the phase that holds. Phases compose, so E and I from time 0
are all that a lineage needs, whenever it starts. Hence

    P(size ≥ M) = 1 / (A + B) · (B / (A + B))^(M - 1).

Lineages start at the rate u b N(s) from N sensitive cells, before diagnosis (time 0) too, and independently
of each other: the expected number that passed M by t is an integral over s, and the chance of a relapse is
1 - exp(-sum over mutants). Before diagnosis sensitive and mutant cells grow alike at rate r, and that
integral has a closed form up to one smooth quadrature (`preexisting`). During treatment it is Gauss-Legendre
over each phase.

Schedules whose growth turns (holidays, alternation) are met by the running maximum over the times that are
looked at, phase ends among them: a large lineage is its random start times a common factor, so that it passes
M by t if it does so at the time when that factor is largest.

Every function takes arrays over (patient, mutant) pairs and is vectorised; nothing here knows a drug.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Exponents beyond this are cut: such lineages are extinct, or certain, long before.
_LARGEST_EXPONENT = 250.0
# A chance of a lineage below exp(-this) is nothing.
_NEGLIGIBLE = 45.0
_NODES_BEFORE = 16
_NODES_TREATED = 24
# Pairs worked on at once: small enough for the processor's cache.
_PAIRS_AT_ONCE = 4096


@dataclass(frozen=True)
class Phases:
    """When each phase of a schedule starts; the last one lasts.

    Parameters
    ----------
    starts : (n_phases,) array, days
        Ascending, the first is 0.
    """

    starts: Array

    def ends_until(self, horizon: float) -> Array:
        """Ends of the phases that end before a time, and that time."""
        inner = self.starts[(self.starts > 0) & (self.starts < horizon)]
        return np.append(inner, horizon)

    def index(self, times: Array) -> NDArray[np.intp]:
        """The phase that each time lies in (a boundary belongs to the phase that starts there)."""
        return np.searchsorted(self.starts, times, side="right") - 1


def _integrated_decay(growth: Array, duration: Array) -> Array:
    """∫_0^duration exp(-growth v) dv, exact where growth is 0."""
    exponent = growth * duration
    small = np.abs(exponent) < 1e-8
    safe = np.where(small, 1.0, growth)
    clipped = np.clip(-exponent, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)
    return np.where(small, duration * (1 - exponent / 2), -np.expm1(clipped) / safe)


def decay_and_pressure(growth: Array, birth: Array, phases: Phases, times: Array) -> tuple[Array, Array]:
    """E and I of the module's text at given times.

    Parameters
    ----------
    growth : (..., n_phases) array, per day
        Net growth in each phase.
    birth : (...) array, per day
    phases : Phases
    times : (n_times,) array, days
        Not negative.

    Returns
    -------
    decay, pressure : (..., n_times) arrays
        E(t) and I(t).
    """
    starts = phases.starts
    lengths = np.append(np.diff(starts), 0.0)
    at_start = np.concatenate(
        [np.zeros((*growth.shape[:-1], 1)), np.cumsum(growth * lengths, axis=-1)[..., :-1]], axis=-1
    )
    at_start = np.clip(at_start, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)
    gained = np.exp(-at_start) * _integrated_decay(growth, np.broadcast_to(lengths, growth.shape))
    before = np.concatenate(
        [np.zeros((*growth.shape[:-1], 1)), np.cumsum(gained, axis=-1)[..., :-1]], axis=-1
    )
    which = phases.index(times)
    since = times - starts[which]
    rate = growth[..., which]
    exponent = np.clip(at_start[..., which] + rate * since, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)
    pressure = before[..., which] + np.exp(-at_start[..., which]) * _integrated_decay(
        rate, np.broadcast_to(since, rate.shape)
    )
    return np.exp(-exponent), birth[..., None] * pressure


def chance_of_size(
    decay_start: Array, pressure_start: Array, decay: Array, pressure: Array, size: Array
) -> Array:
    """P(a lineage of one cell at the start has at least `size` cells later); see the module's text.

    Parameters
    ----------
    decay_start, pressure_start : arrays
        E(s) and I(s) where the lineage starts.
    decay, pressure : arrays
        E(t) and I(t) where its size is asked for.
    size : array, cells
        At least 1.
    """
    # A floor far below one cell keeps the quotients finite for lineages that start at the very time asked for.
    gained = np.maximum(pressure - pressure_start, 1e-12 * decay)
    return decay_start / (decay + gained) * np.exp(-(size - 1) * np.log1p(decay / gained))


_LEGENDRE_BEFORE = np.polynomial.legendre.leggauss(_NODES_BEFORE)


def preexisting(decay: Array, pressure: Array, birth: Array, untreated_growth: Array, size: Array) -> Array:
    """∫ over starts before diagnosis of exp(r s) P(size ≥ M at t) ds, in days; times u b N it is a number of lineages.

    With q = B / (A + B) the integral over w = exp(r s) turns into

        (1 / r) ∫_{q1}^1 q^(M-1) / (E q + (c - I)(1 - q)) dq,     c = b / r,     q1 = I / (E + I),

    which is smooth in y, where q = exp(-z / M) and z = M E ((exp(y) - 1) / (c - I)).

    Parameters
    ----------
    decay, pressure : (n,) arrays
        E(t) and I(t), per lineage type.
    birth, untreated_growth, size : (n,) arrays
        b, r (per day) and M (cells).
    """
    nodes, weights = _LEGENDRE_BEFORE
    c = birth / untreated_growth
    slope = (c - pressure) / size
    slope = np.where(np.abs(slope) < 1e-12 * decay, 1e-12 * decay, slope)
    largest = size * np.log1p(decay / np.maximum(pressure, 1e-12 * decay))
    largest = np.minimum(largest, _NEGLIGIBLE)
    # Where the slope is negative E + slope z stays above 0 up to the largest z; rounding must not undo that.
    top = np.log1p(np.maximum(slope * largest / decay, -1 + 1e-12))
    y = top[:, None] * (nodes + 1) / 2
    ratio = decay / slope
    z = ratio[:, None] * np.expm1(y)
    q = np.exp(-z / size[:, None])
    under = decay[:, None] * q + (c - pressure)[:, None] * -np.expm1(-z / size[:, None])
    inner = np.exp(-z) * ratio[:, None] * np.exp(y) / under
    return (inner @ weights) * top / 2 / size / untreated_growth


def treated_nodes(phases: Phases, horizon: float, nodes: int = _NODES_TREATED) -> tuple[Array, Array]:
    """Times and weights of a Gauss-Legendre rule over each phase up to the horizon.

    Examples
    --------
    >>> times, weights = treated_nodes(Phases(np.array([0.0, 100.0])), 300.0)
    >>> round(float(weights.sum()), 6)
    300.0
    """
    ends = phases.ends_until(horizon)
    starts = np.concatenate([[0.0], ends[:-1]])
    # Few long phases need several nodes each; of many short ones two each are as good together.
    fewest = 6 if ends.size <= 4 else 4 if ends.size <= 12 else 2
    found, weighing = [], []
    for start, end in zip(starts, ends, strict=True):
        count = max(fewest, round(nodes * (end - start) / horizon))
        at, weight = np.polynomial.legendre.leggauss(count)
        found.append(start + (end - start) * (at + 1) / 2)
        weighing.append(weight * (end - start) / 2)
    return np.concatenate(found), np.concatenate(weighing)


def sensitive_cells(growth: Array, diagnosis_cells: Array, phases: Phases, times: Array) -> Array:
    """Sensitive cells at given times: exponential in each phase, never above their number at diagnosis.

    Parameters
    ----------
    growth : (n_patients, n_phases) array, per day
        Net growth of the sensitive cells; negative under a drug that works.
    diagnosis_cells : (n_patients,) array
    phases : Phases
    times : (n_times,) array, days

    Returns
    -------
    (n_patients, n_times) array
    """
    level = np.zeros(growth.shape[0])
    at_start = np.empty_like(growth)
    lengths = np.append(np.diff(phases.starts), 0.0)
    for phase in range(growth.shape[1]):
        at_start[:, phase] = level
        # A holiday regrows what is left, at most to the size at diagnosis.
        level = np.minimum(level + growth[:, phase] * lengths[phase], 0.0)
    which = phases.index(times)
    since = times - phases.starts[which]
    exponent = np.minimum(at_start[:, which] + growth[:, which] * since, 0.0)
    return np.asarray(diagnosis_cells[:, None] * np.exp(np.maximum(exponent, -_LARGEST_EXPONENT)))


def expected_lineages(
    growth: Array,
    sensitive_growth: Array,
    birth: Array,
    untreated_growth: Array,
    diagnosis_cells: Array,
    mutation_rate: Array,
    size: Array,
    phases: Phases,
    times: Array,
    *,
    nodes: int = _NODES_TREATED,
) -> Array:
    """Expected number of lineages of each mutant that passed a size by each time.

    Parameters
    ----------
    growth : (n_patients, n_mutants, n_phases) array, per day
        Net growth of each mutant in each phase.
    sensitive_growth : (n_patients, n_phases) array, per day
    birth, untreated_growth : (n_patients,) arrays, per day
        Birth rate, and net growth before treatment.
    diagnosis_cells : (n_patients,) array
    mutation_rate : (n_patients, n_mutants) array
        Mutants per division.
    size : (n_patients,) array, cells
    phases : Phases
    times : (n_times,) array, days
        Ascending, not negative.
    nodes : int
        Nodes over the time up to the last one.

    Returns
    -------
    (2, n_patients, n_mutants, n_times) array
        Lineages that were there at diagnosis, and lineages that arose under treatment.

    """
    n_patients, n_mutants, _ = growth.shape
    horizon = float(times[-1])
    looked_at = (
        np.unique(np.concatenate([[0.0], times, phases.ends_until(horizon)])) if horizon > 0 else times[-1:]
    )
    starts, weights = treated_nodes(phases, horizon, nodes) if horizon > 0 else (np.zeros(0), np.zeros(0))
    cells = sensitive_cells(sensitive_growth, diagnosis_cells, phases, starts)
    arrivals = birth[:, None] * cells * weights
    result = np.zeros((2, n_patients * n_mutants, times.size))
    wanted = {float(time): index for index, time in enumerate(times)}

    def spread(values: Array) -> Array:
        return np.repeat(values, n_mutants)

    flat_growth = growth.reshape(n_patients * n_mutants, -1)
    flat_birth, flat_untreated = spread(birth), spread(untreated_growth)
    flat_size, flat_cells = spread(size), spread(diagnosis_cells)
    flat_rate = mutation_rate.reshape(-1)
    patient = np.repeat(np.arange(n_patients), n_mutants)
    order = np.arange(n_patients * n_mutants)
    for begin in range(0, order.size, _PAIRS_AT_ONCE):
        part = order[begin : begin + _PAIRS_AT_ONCE]
        part = part[flat_rate[part] > 0]
        if not part.size:
            continue
        result[:, part] = _expected_part(
            flat_growth[part],
            flat_birth[part],
            flat_untreated[part],
            flat_size[part],
            flat_rate[part] * flat_birth[part] * flat_cells[part],
            flat_rate[part, None] * arrivals[patient[part]],
            phases,
            starts,
            looked_at,
            wanted,
            times.size,
        )
    return result.reshape(2, n_patients, n_mutants, times.size)


def _expected_part(
    growth: Array,
    birth: Array,
    untreated: Array,
    size: Array,
    before_rate: Array,
    arrivals: Array,
    phases: Phases,
    starts: Array,
    looked_at: Array,
    wanted: dict[float, int],
    n_times: int,
) -> Array:
    """`expected_lineages` for some pairs: arrays over pairs, arrivals (pairs, starts)."""
    decay, pressure = decay_and_pressure(growth, birth, phases, looked_at)
    decay_start, pressure_start = decay_and_pressure(growth, birth, phases, starts)
    best_before = np.zeros(growth.shape[0])
    # The largest size so far is where E(t) / (I(t) - I(s)) was smallest; what was gained by then goes with it.
    smallest = np.full_like(decay_start, np.inf)
    gained_then = np.ones_like(decay_start)
    result = np.zeros((2, growth.shape[0], n_times))
    for index, time in enumerate(looked_at):
        now, gained = decay[:, index], pressure[:, index]
        at = wanted.get(float(time))
        # Between the times asked for, only a peak counts: growth that ends here.
        peaks = (
            np.ones(now.size, dtype=bool)
            if at is not None or time == 0
            else _peaks(growth, phases, float(time))
        )
        # Lineages that shrank a thousandfold since diagnosis cannot be large now, however old they are.
        alive = np.flatnonzero((now < 1e3) & peaks)
        before = np.zeros_like(best_before)
        before[alive] = preexisting(now[alive], gained[alive], birth[alive], untreated[alive], size[alive])
        best_before = np.maximum(best_before, before)
        begun = int(np.searchsorted(starts, time))
        # No lineage gained more since its start than since day 0: where even that is too little, none is large now.
        possible = np.log1p(now / np.maximum(gained, 1e-12 * now)) * (size - 1) < _NEGLIGIBLE
        active = np.flatnonzero(possible & peaks)
        if begun and active.size:
            so_far = np.maximum(
                gained[active, None] - pressure_start[active, :begun], 1e-12 * now[active, None]
            )
            quotient = now[active, None] / so_far
            larger = quotient < smallest[active, :begun]
            smallest[active, :begun] = np.where(larger, quotient, smallest[active, :begun])
            gained_then[active, :begun] = np.where(larger, so_far, gained_then[active, :begun])
        if at is not None:
            result[0, :, at] = before_rate * best_before
            some = np.flatnonzero(smallest[:, :begun].min(axis=1, initial=np.inf) < np.inf)
            least = smallest[some, :begun]
            chance = decay_start[some, :begun] / (gained_then[some, :begun] * (1 + least))
            chance *= np.exp(-(size[some, None] - 1) * np.log1p(least))
            result[1, some, at] = np.einsum("ps,ps->p", arrivals[some, :begun], chance)
    return result


def _peaks(growth: Array, phases: Phases, time: float) -> NDArray[np.bool_]:
    """Which pairs grow in the phase that ends at a time and no longer in the next."""
    after = int(np.searchsorted(phases.starts, time))
    return (growth[:, after - 1] > 0) & (growth[:, min(after, growth.shape[1] - 1)] <= 0)
