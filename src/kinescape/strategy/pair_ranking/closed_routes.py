"""Which measured escape a second drug closes: the adaptive responses to one drug that the other counters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable


@dataclass(frozen=True)
class ClosedRoute:
    """The strongest response to one drug of a pair that the other drug counters.

    Parameters
    ----------
    change : float
        Size of the response, log2 (or z where the assay gives z).
    text : str
        Which it is, in words.
    low, high : float
        90 % interval of `change`, from the error between replicates of the response; NaN where there is none.
    basis : str
        What the interval rests on, or why there is none.
    """

    change: float
    text: str
    low: float = float("nan")
    high: float = float("nan")
    basis: str = ""


NO_ROUTE = ClosedRoute(
    0.0, "", basis="no interval: no measured response to either drug that the other counters"
)
NOT_LOOKED_FOR = ClosedRoute(float("nan"), "", basis="no interval: adaptive responses were not looked for")


@dataclass(frozen=True)
class ClosedRoutes:
    """Adaptive responses of one sample, by drug and by the drug that counters them."""

    routes: Mapping[tuple[str, str], ClosedRoute]

    @classmethod
    def of(cls, escape: pl.DataFrame | None, sample: str, agents: AgentTable) -> ClosedRoutes | None:
        """Read them from a table of adaptive responses.

        Parameters
        ----------
        escape : polars.DataFrame or None
            Columns of `kinescape.strategy.adaptive.COLUMNS`.
        sample : str
            The sample whose escape counts.
        agents : AgentTable
            Brings the names of drugs together.

        Returns
        -------
        ClosedRoutes or None
            None where no responses were looked for; a pair that closes none then has no figure rather than 0.
        """
        if escape is None:
            return None
        found: dict[tuple[str, str], ClosedRoute] = {}
        # Responses of one replicate could not be tested: nothing is built on them.
        moved = escape.filter(
            (pl.col("sample") == sample)
            & pl.col("direction").is_in(["gain", "loss"])
            & pl.col("fdr").is_not_null()
            & pl.col("fdr").is_not_nan()
        )
        for row in moved.iter_rows(named=True):
            verb = "rises" if row["direction"] == "gain" else "falls"
            text = f"{row['node']} {verb} under {row['agent']} ({row['readout']} {row['change']:+.2f})"
            route = ClosedRoute(abs(row["change"]), text, *_interval(row))
            for name in (row["countered_by"] or "").split("; "):
                key = (_one_name(row["agent"], agents), _one_name(name, agents))
                if name and found.get(key, NO_ROUTE).change < route.change:
                    found[key] = route
        return cls(found)

    def between(self, first: str, second: str, agents: AgentTable) -> ClosedRoute:
        """The strongest response to either drug that the other counters."""
        one, other = _one_name(first, agents), _one_name(second, agents)
        here = (self.routes.get((one, other), NO_ROUTE), self.routes.get((other, one), NO_ROUTE))
        return max(here, key=lambda route: route.change)


def _interval(row: Mapping[str, Any]) -> tuple[float, float, str]:
    """Interval of the size of a response, and its basis."""
    low, high = row.get("low"), row.get("high")
    if low is None or high is None or not (isfinite(low) and isfinite(high)):
        return float("nan"), float("nan"), "no interval: the response has no error between replicates"
    if row["change"] < 0:
        low, high = -high, -low
    basis = (
        f"interval of the measured response, {row['n']} independent replicates; the largest over its doses and "
        "times, which the interval does not allow for"
    )
    return float(low), float(high), basis


def _one_name(name: str, agents: AgentTable) -> str:
    known = agents.get(name)
    return known.name if known is not None else name
