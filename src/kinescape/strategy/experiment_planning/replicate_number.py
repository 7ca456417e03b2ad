"""How many independent replicates a batch of pairs needs: from the scatter of replicates, and the size of a synergy.

Each replicate holds the pair, both single drugs and controls on a plate of its own (`plate_map`), so that it gives one
excess of the pair. The number is the smallest with which a synergy of the expected size is told from none with
`POWER` at `LEVEL`, as long as the wells hold enough pairs and fewer replicates of more pairs would not tell far more
synergies; otherwise the one with which most synergies are told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import nct, truncnorm
from scipy.stats import t as student

from kinescape.strategy.experiment_planning.pair_features import Floats
from kinescape.strategy.experiment_planning.replicate_noise import ReplicateNoise
from kinescape.strategy.experiment_planning.yields import Calibration

POWER, LEVEL = 0.8, 0.05
LEAST_REPLICATES, MOST_REPLICATES = 2, 8
"""Fewer tell nothing of their scatter; more independent repeats, each on plates of its own, are hardly ever done."""
LEAST_PAIRS = 3
"""A number that leaves fewer pairs than this in the wells at hand counts as not affordable."""
LEAST_TOLD = 1 / 2
"""So is one with which less than this share is told of the synergies that the best number would tell."""
_MOST_TRIED = 200
_CERTAIN = 12.0


@dataclass(frozen=True)
class ReplicateOption:
    """What one number of replicates would bring with the same wells.

    Parameters
    ----------
    replicates, pairs : int
        Replicates of each pair, and pairs that the wells then hold.
    power : float or None
        Chance that a synergy of the expected size is told from none; None where one replicate alone tells nothing.
    expected : float
        Synergies expected among the pairs.
    told : float or None
        Those of them that are expected to be told: `expected` times `power`.
    """

    replicates: int
    pairs: int
    power: float | None
    expected: float
    told: float | None


@dataclass(frozen=True)
class ReplicateNumber:
    """The number of replicates, and why.

    Parameters
    ----------
    replicates : int
    given : bool
        Whether the user gave it.
    power : float or None
        As in `ReplicateOption`.
    size : float
        The expected excess of a synergy, on the measured scale.
    noise : ReplicateNoise
    enough : int or None
        The smallest number of replicates that reaches `POWER` for the pairs chosen; None where 200 do not.
    affordable : bool
        Whether some number reaches `POWER` and leaves enough pairs (`LEAST_PAIRS`, `LEAST_TOLD`).
    options : tuple of ReplicateOption
        From `LEAST_REPLICATES` on.
    """

    replicates: int
    given: bool
    power: float | None
    size: float
    noise: ReplicateNoise
    enough: int | None
    affordable: bool
    options: tuple[ReplicateOption, ...]

    @property
    def text(self) -> str:
        """The number, why, and what power it gives, in words."""
        share = "no test" if self.power is None else f"power {_chance(self.power)}"
        what = (
            f"{share} to tell an excess of {self.size:.2f}, that of an expected synergy, from none at "
            f"{100 * LEVEL:.0f} %, where one replicate of an excess scatters by {self.noise.excess:.2f} "
            f"({self.noise.source})"
        )
        number = f"{self.replicates} replicate{'' if self.replicates == 1 else 's'} of each pair"
        if self.given:
            return f"{number}, as given: {what}{self._missed}"
        if self.affordable:
            return f"{number}, the fewest with {_percent(POWER)} power: {what}"
        return (
            f"{number}: {what}. With this number most synergies are told"
            f"{self._price if self.reachable else f'; no number that these wells hold reaches {_percent(POWER)}'}"
            f"{self._missed}"
        )

    @property
    def reachable(self) -> bool:
        """Whether some number that the wells hold reaches `POWER`, whatever it leaves of the pairs."""
        return any(option.power is not None and option.power >= POWER for option in self.options)

    @property
    def _price(self) -> str:
        """What the power asked for would cost."""
        dear = next(option for option in self.options if option.power is not None and option.power >= POWER)
        own = next(option for option in self.options if option.replicates == self.replicates)
        pairs = f"{dear.pairs} pair{'' if dear.pairs == 1 else 's'}"
        return f": {own.told or 0.0:.1f}, against {dear.told or 0.0:.1f} of {pairs} with {dear.replicates} replicates"

    @property
    def _missed(self) -> str:
        if self.power is not None and self.power >= POWER:
            return ""
        need = (
            f"{self.enough} replicates are" if self.enough else f"more than {_MOST_TRIED} replicates would be"
        )
        return f"; {need} needed for {_percent(POWER)}"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "number": self.replicates,
            "given": self.given,
            "power": self.power,
            "level": LEVEL,
            "synergy_size": self.size,
            "replicate_sd": self.noise.deviation,
            "excess_sd": self.noise.excess,
            "degrees_of_freedom": self.noise.degrees,
            "noise_from": self.noise.source,
            "assumed": self.noise.assumed,
            "needed_for_80_percent": self.enough,
            "affordable": self.affordable,
            "why": self.text,
            "options": [vars(option) for option in self.options],
        }


def replicate_number(
    chances: Floats,
    size: float,
    noise: ReplicateNoise,
    *,
    budget: int,
    batch: int | None = None,
    given: int | None = None,
) -> ReplicateNumber:
    """Choose the number of replicates, or say what a given one can tell.

    Parameters
    ----------
    chances : (n,) array
        Chance of synergy of the pairs that would be tested, in the order in which they would be taken.
    size : float
        Expected excess of a synergy.
    noise : ReplicateNoise
    budget : int
        Wells for pairs.
    batch : int, optional
        Most pairs.
    given : int, optional
        The user's own number, which always wins.

    Returns
    -------
    ReplicateNumber

    Notes
    -----
    With r replicates of k pairs the excess is tested one-sided by t = excess √r / s with f + k (r − 1) degrees of
    freedom, f those of the noise that the study already knows; the error is steadied over the pairs, as
    `rank_combinations` does it. Power = 1 − T(t(1 − α, ν); ν, size √r / σ), T the noncentral t distribution.
    One-sided at 5 % means that the 90 % interval of the excess lies above 0.

    Examples
    --------
    >>> quiet = ReplicateNoise(0.02, 0.03, 40, "made up", False)
    >>> replicate_number(np.full(15, 0.3), 0.15, quiet, budget=30).replicates
    2
    """
    options = tuple(
        _option(r, chances, size, noise, budget, batch)
        for r in range(LEAST_REPLICATES, max(min(MOST_REPLICATES, budget), LEAST_REPLICATES) + 1)
    )
    reached = [option for option in options if option.power is not None and option.power >= POWER]
    wanted = min(LEAST_PAIRS, chances.size or 1, batch or LEAST_PAIRS)
    most = max(option.told or 0.0 for option in options)
    fitting = [
        option
        for option in reached
        if option.pairs >= wanted and (option.told or 0.0) >= LEAST_TOLD * most - 1e-12
    ]
    if given is not None:
        chosen = _option(given, chances, size, noise, budget, batch)
    elif fitting:
        chosen = fitting[0]
    else:
        chosen = max(options, key=lambda option: (option.told or 0.0, -option.replicates))
    enough = next(
        (
            r
            for r in range(LEAST_REPLICATES, _MOST_TRIED + 1)
            if power(r, max(chosen.pairs, 1), size, noise) >= POWER
        ),
        None,
    )
    return ReplicateNumber(
        chosen.replicates, given is not None, chosen.power, size, noise, enough, bool(fitting), options
    )


def power(replicates: int, pairs: int, size: float, noise: ReplicateNoise) -> float:
    """Chance that a synergy is told from none; NaN where nothing is known of the scatter.

    Parameters
    ----------
    replicates, pairs : int
    size : float
        The excess to tell from none.
    noise : ReplicateNoise

    Examples
    --------
    >>> round(power(4, 5, 0.2, ReplicateNoise(0.1, 0.15, 1000, "made up", False)), 2)
    0.85
    """
    degrees = min(noise.degrees + pairs * (replicates - 1), 10_000)
    if degrees < 1 or not np.isfinite(noise.excess):
        return float("nan")
    away = np.inf if noise.excess <= 0 else size * np.sqrt(replicates) / noise.excess
    bound = float(student.ppf(1 - LEVEL, degrees))
    if away > bound + _CERTAIN:
        return 1.0
    return float(np.clip(nct.sf(bound, degrees, away), 0.0, 1.0))


def synergy_size(
    mean: Floats, sd: Floats, chances: Floats, threshold: float, calibration: Calibration, ceiling: Floats
) -> float:
    """The excess expected of a pair, given that it is a synergy: an average over pairs by their chance.

    Parameters
    ----------
    mean, sd : (n,) arrays
        Of the excess that a test would show.
    chances : (n,) array
        Of synergy.
    threshold : float
        The excess from which a pair counts as synergistic.
    calibration : Calibration
        The chances follow Phi(shift + slope u): a normal distribution, shifted and widened, whose part between
        `threshold` and `ceiling` is taken.
    ceiling : (n,) array
        The most that the excess can be.

    Returns
    -------
    float
        `threshold` where no pair has a chance.
    """
    wide = sd / calibration.slope
    centre = mean + calibration.shift * wide
    kept = (chances > 1e-6) & (sd > 0) & ~(ceiling <= threshold)
    if not kept.any():
        return threshold
    low = (threshold - centre[kept]) / wide[kept]
    high = (ceiling[kept] - centre[kept]) / wide[kept]
    # Far out in the tail the part above the threshold has almost no width.
    inside = np.where(low > 30, threshold, truncnorm.mean(np.minimum(low, 30), np.maximum(high, low + 1e-9),
                                                           loc=centre[kept], scale=wide[kept]))  # fmt: skip
    found = np.clip(np.nan_to_num(inside, nan=threshold), threshold, None)
    return float(np.average(found, weights=chances[kept]))


def _option(
    replicates: int, chances: Floats, size: float, noise: ReplicateNoise, budget: int, batch: int | None
) -> ReplicateOption:
    pairs = min(budget // replicates, chances.size, *(() if batch is None else (batch,)))
    expected = float(chances[:pairs].sum())
    found = power(replicates, pairs, size, noise) if replicates > 1 or noise.degrees else float("nan")
    known = bool(np.isfinite(found))
    return ReplicateOption(
        replicates, pairs, found if known else None, expected, expected * found if known else None
    )


def _chance(share: float) -> str:
    return "over 99 %" if share > 0.995 else _percent(share)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def batch_size(budget: int, replicates: int, batch: int | None) -> int:
    """Pairs that the wells hold, and no more than the batch."""
    return budget // replicates if batch is None else min(batch, budget // replicates)
