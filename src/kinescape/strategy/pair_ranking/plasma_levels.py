"""Whether a tested dose can be reached in people: the plasma level of each drug against the dose in the dish.

What reaches a target is the unbound drug, and the dish has serum that binds too. Where somebody measured the shift
between plasma and assay, the level that does in the assay what plasma does is taken. Else it is the unbound level;
where the unbound share is not known, the total level is an upper bound and the row says so; where no level is known,
nothing is said: null, never 0 or 1. The interval is the published range between patients; null where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING

import polars as pl

from kinescape.knowledge.inhibitor_levels import InhibitorLevel, load_levels
from kinescape.measurements.conditions import AgentDose, Condition

if TYPE_CHECKING:
    from kinescape.knowledge.agents import Agent, AgentTable

COLUMNS: dict[str, pl.DataType] = {
    "achievable": pl.Float64(),
    "achievable_low": pl.Float64(),
    "achievable_high": pl.Float64(),
    "achievable_kind": pl.String(),
    "achievable_evidence": pl.String(),
}
"""Columns that `with_achievable` adds: the share of the dose that plasma reaches (the lower of the two drugs), its
range between patients, ``free``, ``in serum`` or ``at most``, and where it comes from. All null where one drug's level
is not known, but for the evidence, which says whose."""
FREE = "free"
IN_SERUM = "in serum"
AT_MOST = "at most"
_WIDTH = 1.645


@dataclass(frozen=True)
class AchievableDose:
    """What plasma reaches of one dose.

    Parameters
    ----------
    share : float or None
        Plasma level over dose, 1 at most; None where not known.
    kind : str
        ``free`` where the unbound level is known, ``in serum`` where the level that acts alike in the assay is,
        ``at most`` where only the total is; empty where not known.
    evidence : str
        Level, dose and source in words; where there is no range, why.
    low, high : float or None
        The share in patients at the ends of the published range, 1 at most.
    """

    share: float | None
    kind: str
    evidence: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class _Level:
    """A level in the unit of the dish, nanomolar."""

    middle: float
    low: float | None
    high: float | None
    kind: str
    what: str
    source: str


def achievable_dose(dose: AgentDose, agent: Agent | None) -> AchievableDose:
    """Share of a dose that the plasma level of patients reaches.

    Parameters
    ----------
    dose : AgentDose
    agent : Agent or None
        As the table of agents knows it. A shipped agent whose level in the assay's serum is known
        (`kinescape.knowledge.inhibitor_levels`) has that one; a study's own agent always has its own.

    Notes
    -----
    The range in serum is that of the level, or 90 % of patients by their log-normal spread where this is wider.

    Examples
    --------
    >>> from kinescape.knowledge.agents import Agent
    >>> dose = Condition.parse("rapalink 100 nM").doses[0]
    >>> achievable_dose(dose, Agent("rapalink", plasma_nanomolar=250, free_fraction=0.04)).share
    0.1
    """
    level = _level(agent)
    if level is None:
        known = "" if agent is None or agent.free_fraction is None else ", though its unbound share is"
        return AchievableDose(None, "", f"plasma level of {dose.agent} not known{known}")
    molar = None if dose.quantity is None else dose.quantity.molar
    if molar is None or molar <= 0:
        return AchievableDose(None, "", f"dose of {dose.agent} not known in mol/L")
    nanomolar = molar * 1e9
    between = "no range published"
    if level.low is not None and level.high is not None:
        between = f"range {level.low:.3g} to {level.high:.3g}"
    text = f"{dose.agent}: plasma {level.middle:.3g} nM ({level.what}; {between}) against {dose.text}: {level.source}"
    low, high = (None if end is None else min(1.0, end / nanomolar) for end in (level.low, level.high))
    return AchievableDose(min(1.0, level.middle / nanomolar), level.kind, text, low, high)


def _level(agent: Agent | None) -> _Level | None:
    if agent is None:
        return None
    in_serum = _in_serum(agent)
    if in_serum is not None and in_serum.effective_nanomolar is not None:
        middle = in_serum.effective_nanomolar
        spread = exp(_WIDTH * in_serum.log_sd)
        bottom = min(middle / spread, in_serum.low or middle)
        top = max(middle * spread, in_serum.high or middle)
        what = f"what acts alike in the assay's serum, {in_serum.basis}"
        return _Level(middle, bottom, top, IN_SERUM, what, in_serum.references or in_serum.note)
    if agent.plasma_nanomolar is None:
        return None
    free = 1.0 if agent.free_fraction is None else agent.free_fraction
    low, high = (
        None if end is None else end * free
        for end in (agent.plasma_low_nanomolar, agent.plasma_high_nanomolar)
    )
    total = agent.free_fraction is None
    return _Level(
        agent.plasma_nanomolar * free,
        low,
        high,
        AT_MOST if total else FREE,
        "total drug, unbound share not known" if total else "unbound",
        "; ".join(agent.references) or agent.note or "no source given",
    )


def _in_serum(agent: Agent) -> InhibitorLevel | None:
    """The level in the assay's serum of a shipped agent; a study's own agent stands for itself."""
    from kinescape.knowledge.agents import load_agents

    if load_agents().get(agent.name) != agent:
        return None
    levels = load_levels()
    return next((levels[key] for key in sorted(levels) if key[1] == agent.name.lower()), None)


def achievable_pair(condition: str, agents: AgentTable) -> AchievableDose:
    """Share of its doses that a pair reaches: that of the drug that falls shorter.

    Parameters
    ----------
    condition : str
        Canonical text with doses; ligands and other agents in it count too where their level is known.
    agents : AgentTable

    Returns
    -------
    AchievableDose
        Without a share where that of a drug is not known, without a range where that of a drug is not; ligands are
        passed over. The range takes the lower end of the drug that falls shorter there, and so the upper.
    """
    found = []
    for dose in Condition.parse(condition).doses:
        agent = agents.get(dose.agent)
        if agent is not None and agent.kind in {"ligand", "growth factor", "cytokine", "hormone"}:
            continue
        found.append(achievable_dose(dose, agent))
    evidence = "; ".join(one.evidence for one in found)
    shares = [one.share for one in found if one.share is not None]
    if not found or len(shares) < len(found):
        return AchievableDose(None, "", evidence)
    kinds = {one.kind for one in found}
    kind = next(kind for kind in (AT_MOST, IN_SERUM, FREE) if kind in kinds)
    lows = [one.low for one in found if one.low is not None]
    highs = [one.high for one in found if one.high is not None]
    ranged = len(lows) == len(highs) == len(found)
    return AchievableDose(
        min(shares), kind, evidence, min(lows) if ranged else None, min(highs) if ranged else None
    )


def with_achievable(pairs: pl.DataFrame, agents: AgentTable) -> pl.DataFrame:
    """A table of pairs with the share of their doses that plasma reaches.

    Parameters
    ----------
    pairs : polars.DataFrame
        With a column `condition`, such as that of `rank_combinations` or `next_experiments`.
    agents : AgentTable

    Returns
    -------
    polars.DataFrame
        With the columns `COLUMNS` besides. Rows whose condition is null stay, without figures.
    """
    rows = []
    for text in pairs["condition"]:
        one = AchievableDose(None, "", "") if text is None else achievable_pair(text, agents)
        rows.append((one.share, one.low, one.high, one.kind or None, one.evidence or None))
    return pairs.hstack(pl.DataFrame(rows, schema=COLUMNS, orient="row"))
