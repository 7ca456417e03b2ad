"""Whether a tested dose can be reached in people: the plasma level of each drug against the dose in the dish.

What reaches a target is the unbound drug. Where the unbound share is not known, the total level is an upper bound and
the row says so; where no level is known, nothing is said: null, never 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from kinescape.measurements.conditions import AgentDose, Condition

if TYPE_CHECKING:
    from kinescape.knowledge.agents import Agent, AgentTable

COLUMNS: dict[str, pl.DataType] = {
    "achievable": pl.Float64(),
    "achievable_kind": pl.String(),
    "achievable_evidence": pl.String(),
}
"""Columns that `with_achievable` adds: the share of the dose that plasma reaches (the lower of the two drugs), ``free``
or ``at most``, and where it comes from. All null where one drug's level is not known, but for the evidence, which says
whose."""
FREE = "free"
AT_MOST = "at most"


@dataclass(frozen=True)
class AchievableDose:
    """What plasma reaches of one dose.

    Parameters
    ----------
    share : float or None
        Plasma level over dose, 1 at most; None where not known.
    kind : str
        ``free`` where the unbound level is known, ``at most`` where only the total is; empty where not known.
    evidence : str
        Level, dose and source in words.
    """

    share: float | None
    kind: str
    evidence: str


def achievable_dose(dose: AgentDose, agent: Agent | None) -> AchievableDose:
    """Share of a dose that the plasma level of patients reaches.

    Parameters
    ----------
    dose : AgentDose
    agent : Agent or None
        As the table of agents knows it.

    Examples
    --------
    >>> from kinescape.knowledge.agents import Agent
    >>> dose = Condition.parse("dasatinib 100 nM").doses[0]
    >>> achievable_dose(dose, Agent("dasatinib", plasma_nanomolar=250, free_fraction=0.04)).share
    0.1
    """
    if agent is None or agent.plasma_nanomolar is None:
        known = "" if agent is None or agent.free_fraction is None else ", though its unbound share is"
        return AchievableDose(None, "", f"plasma level of {dose.agent} not known{known}")
    molar = None if dose.quantity is None else dose.quantity.molar
    if molar is None or molar <= 0:
        return AchievableDose(None, "", f"dose of {dose.agent} not known in mol/L")
    free = agent.free_fraction
    level = agent.plasma_nanomolar * (1.0 if free is None else free)
    share = min(1.0, level / (molar * 1e9))
    what = "total drug, unbound share not known" if free is None else "unbound"
    source = "; ".join(agent.references) or agent.note or "no source given"
    text = f"{dose.agent}: plasma {level:.3g} nM ({what}) against {dose.text}: {source}"
    return AchievableDose(share, AT_MOST if free is None else FREE, text)


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
        Without a share where that of a drug is not known; ligands are passed over.
    """
    found = []
    for dose in Condition.parse(condition).doses:
        agent = agents.get(dose.agent)
        if agent is not None and agent.kind in {"ligand", "growth factor", "cytokine", "hormone"}:
            continue
        found.append(achievable_dose(dose, agent))
    evidence = ". ".join(one.evidence for one in found)
    shares = [one.share for one in found if one.share is not None]
    if not found or len(shares) < len(found):
        return AchievableDose(None, "", evidence)
    kind = AT_MOST if any(one.kind == AT_MOST for one in found) else FREE
    return AchievableDose(min(shares), kind, evidence)


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
        rows.append((one.share, one.kind or None, one.evidence or None))
    return pairs.hstack(pl.DataFrame(rows, schema=COLUMNS, orient="row"))
