"""Doses as numbers between 0 (absent) and 1 (as much as this study gave, or full occupancy)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinescape.foundation.units import Quantity

DoseRule = Literal["level", "relative", "occupancy", "presence"]


@dataclass(frozen=True)
class DoseScale:
    """How the amounts of one agent become codes in (0, 1].

    Parameters
    ----------
    agent : str
        Name of the agent.
    doses : tuple of float
        Distinct doses of the study, ascending, in the first unit of their family (mol/L, mg/mL, ...); empty
        where no dose is stated.
    codes : tuple of float
        Code of each dose.
    rule : {"level", "relative", "occupancy", "presence"}
        Where the codes come from: rank among the doses, dose over the largest dose, Hill occupancy with slope
        one at a known potency, or only whether the agent is there.
    half_dose : float or None
        Dose of half occupancy, in the unit of `doses`; only for ``occupancy``.

    Examples
    --------
    >>> scale = dose_scale("gefitinib", [Quantity(0.3, "uM"), Quantity(1, "uM")])
    >>> [scale.code(Quantity(0.3, "uM")), scale.code(Quantity(1, "uM")), scale.code(None)]
    [0.5, 1.0, 1.0]
    """

    agent: str
    doses: tuple[float, ...] = ()
    codes: tuple[float, ...] = ()
    rule: DoseRule = "presence"
    half_dose: float | None = None

    def code(self, quantity: Quantity | None) -> float:
        """Code of an amount, measured or not.

        Between two doses of the study the code goes linearly with the logarithm of the dose; below the lowest
        it falls to zero in proportion to the dose; above the highest it stays. An unstated amount counts as
        the full dose.
        """
        if quantity is None or not self.doses:
            return 1.0
        dose = quantity.in_family_units
        if self.rule == "occupancy" and self.half_dose is not None:
            return dose / (dose + self.half_dose)
        if dose <= self.doses[0]:
            return float(self.codes[0] * dose / self.doses[0])
        return float(np.interp(np.log(dose), np.log(self.doses), self.codes))


def dose_scale(
    agent: str,
    quantities: Iterable[Quantity | None],
    *,
    rule: DoseRule = "level",
    potency_molar: float | None = None,
) -> DoseScale:
    """The scale of one agent from all its amounts in a study.

    The default, ``level``, ranks the doses: two doses become 0.5 and 1. It needs no knowledge and is what the
    figures of `docs/methods/signalling_model.md` were measured with. ``occupancy`` is used for agents whose
    `potency_molar` is given: dose / (dose + potency). Give a potency in cells there: biochemical affinities
    of kinase inhibitors lie far below the doses used, so that every dose would be coded as 1.

    Parameters
    ----------
    agent : str
        Name of the agent.
    quantities : iterable of Quantity or None
        Every amount of the agent in the study; None where the file states none.
    rule : {"level", "relative", "occupancy", "presence"}
        See `DoseScale`. ``occupancy`` falls back to ``level`` without a potency.
    potency_molar : float, optional
        Dose of half occupancy, mol/L.

    Raises
    ------
    ValueError
        Where the amounts are of different families of units, or the potency is not positive.
    """
    stated = [quantity for quantity in quantities if quantity is not None]
    families = sorted({quantity.family for quantity in stated})
    if len(families) > 1:
        raise ValueError(f"{agent} is dosed in units that cannot be compared: {' and '.join(families)}")
    if potency_molar is not None and not (np.isfinite(potency_molar) and potency_molar > 0):
        raise ValueError(f"the potency of {agent} must be a positive number of mol/L, not {potency_molar}")
    doses = tuple(sorted({quantity.in_family_units for quantity in stated}))
    if not doses or rule == "presence":
        return DoseScale(agent)
    if rule == "occupancy" and potency_molar is not None and families == ["molar"]:
        codes = tuple(dose / (dose + potency_molar) for dose in doses)
        return DoseScale(agent, doses, codes, "occupancy", potency_molar)
    if rule == "relative":
        return DoseScale(agent, doses, tuple(dose / doses[-1] for dose in doses), "relative")
    return DoseScale(agent, doses, tuple((level + 1) / len(doses) for level in range(len(doses))), "level")


def dose_scales(
    amounts: Mapping[str, list[Quantity | None]],
    *,
    rule: DoseRule = "level",
    potency_molar: Mapping[str, float] | None = None,
) -> dict[str, DoseScale]:
    """One scale an agent; see `dose_scale`."""
    potencies = potency_molar or {}
    return {
        agent: dose_scale(agent, quantities, rule=rule, potency_molar=potencies.get(agent))
        for agent, quantities in sorted(amounts.items())
    }
