"""What single drugs and pairs did to one node of one sample, sorted by agent, dose and background.

The background is what stays the same beside the drugs: a ligand, a knock-out. A drug is every agent that is
not known to be a ligand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, nearest
from kinescape.measurements.conditions import AgentDose, Condition, Part
from kinescape.measurements.replicate_error import moderated_error

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.measurements.table import Measurements

Background = tuple[Part, ...]
DosePair = tuple[AgentDose, AgentDose]
_SCALE_ORDER = ("fraction_of_control", "growth_rate", "auc", "log2_fold_change", "z")


@dataclass(frozen=True)
class Effect:
    """One measured effect: value, steadied standard error (NaN if unknown) with degrees of freedom, n."""

    value: float
    se: float
    degrees: float
    n: int
    own_error: bool


@dataclass(frozen=True)
class ScreenedEffects:
    """The effects of one sample on one readout of one node.

    Parameters
    ----------
    sample, node, readout, scale : str
        What was measured, and on which scale.
    time_hours : float or None
        The time taken, where several were measured.
    singles : mapping of background to mapping of dose to Effect
        One drug beside the background.
    pairs : mapping of background to mapping of two doses to Effect
        Two drugs beside the background, doses ordered by agent name.
    grounds : mapping of background to Effect
        The background alone, where it was measured.
    larger : int
        Conditions with three drugs or more, which no pair table can hold.
    """

    sample: str
    node: str
    readout: str
    scale: str
    time_hours: float | None
    singles: Mapping[Background, Mapping[AgentDose, Effect]]
    pairs: Mapping[Background, Mapping[DosePair, Effect]]
    grounds: Mapping[Background, Effect]
    larger: int

    @property
    def drugs(self) -> tuple[str, ...]:
        """Drugs measured, alone or in a pair, sorted."""
        alone = {dose.agent for doses in self.singles.values() for dose in doses}
        paired = {dose.agent for table in self.pairs.values() for pair in table for dose in pair}
        return tuple(sorted(alone | paired))

    @property
    def main_background(self) -> Background:
        """The background in which most drugs were measured alone; none at all where that is among them."""
        if not self.singles or () in self.singles:
            return ()
        return max(
            self.singles, key=lambda background: (len(self.singles[background]), Condition(background).text)
        )

    def ground(self, background: Background) -> float | None:
        """Value of the background alone; None where it was not measured or there is no background."""
        alone = self.grounds.get(background) if background else None
        return None if alone is None else alone.value

    def doses_of(self, agent: str, background: Background) -> dict[AgentDose, Effect]:
        """The doses of one drug measured alone in a background."""
        table = self.singles.get(background, {})
        return {dose: effect for dose, effect in table.items() if dose.agent == agent}


def is_ligand(name: str, agents: AgentTable) -> bool:
    """Whether an agent is known to be a ligand, and so part of the background."""
    agent = agents.get(name)
    return agent is not None and agent.kind in {"ligand", "growth factor", "cytokine", "hormone"}


def screened_effects(
    measurements: Measurements,
    agents: AgentTable,
    *,
    sample: str,
    node: str,
    readout: str | None = None,
    scale: str | None = None,
) -> ScreenedEffects:
    """Sort the effects on one node of one sample.

    Where a node has several readouts, scales or times, the readout with most conditions is taken, on the
    first of fraction of control, growth rate, AUC, log2 fold change and z, at the latest time.

    Raises
    ------
    InputError
        Where the sample, or the node in it, was not measured.
    """
    if sample not in measurements.samples:
        near = nearest(sample, measurements.samples)
        raise InputError(
            Fault(
                "unknown-sample",
                f"the sample '{sample}' was not measured",
                expected=f"one of {', '.join(measurements.samples)}",
                mend=f"did you mean {near[0]}?" if near else None,
            )
        )
    rows = measurements.frame.filter(
        (pl.col("sample") == sample) & (pl.col("node") == node) & (pl.col("population") == "all")
    )
    if readout is not None:
        rows = rows.filter(pl.col("readout") == readout)
    if scale is not None:
        rows = rows.filter(pl.col("scale").cast(pl.String) == scale)
    if rows.is_empty():
        measured = measurements.where(sample=sample).nodes
        near = nearest(node, measured)
        raise InputError(
            Fault(
                "node-not-measured",
                f"'{node}' was not measured in {sample}" + (f" as {readout}" if readout else ""),
                expected=f"one of {', '.join(measured)}",
                mend=f"did you mean {near[0]}?" if near else None,
            )
        )
    return _sorted_effects(_one_readout(rows), agents, sample, node)


def _one_readout(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of one readout, scale, assay and time."""
    keys = ("readout", "scale", "assay")
    order = pl.col("scale").cast(pl.String).replace_strict({name: i for i, name in enumerate(_SCALE_ORDER)})
    chosen = (
        rows.group_by(keys)
        .agg(pl.col("condition").n_unique().alias("conditions"))
        .sort(order, pl.col("conditions"), "readout", "assay", descending=[False, True, False, False])
        .row(0, named=True)
    )
    rows = rows.filter(pl.all_horizontal(*(pl.col(key) == chosen[key] for key in keys)))
    return rows.sort("time_h", nulls_last=False).unique("condition", keep="last", maintain_order=True)


def _sorted_effects(rows: pl.DataFrame, agents: AgentTable, sample: str, node: str) -> ScreenedEffects:
    error = moderated_error(rows["se"].fill_null(float("nan")).to_numpy(), rows["n"].to_numpy())
    singles: dict[Background, dict[AgentDose, Effect]] = {}
    pairs: dict[Background, dict[DosePair, Effect]] = {}
    grounds: dict[Background, Effect] = {}
    larger = 0
    for row, se, degrees, own in zip(
        rows.iter_rows(named=True), error.se, error.degrees, error.own, strict=True
    ):
        condition = Condition.parse(row["condition"])
        drugs = sorted(
            (dose for dose in condition.doses if not is_ligand(dose.agent, agents)),
            key=lambda dose: dose.agent,
        )
        background = tuple(part for part in condition.parts if part not in drugs)
        effect = Effect(row["value"], float(se), float(degrees), row["n"], bool(own))
        if not drugs:
            grounds[background] = effect
        elif len(drugs) == 1:
            singles.setdefault(background, {})[drugs[0]] = effect
        elif len(drugs) == 2:
            pairs.setdefault(background, {})[(drugs[0], drugs[1])] = effect
        else:
            larger += 1
    times = rows["time_h"].drop_nulls().unique().to_list()
    first = rows.row(0, named=True)
    return ScreenedEffects(
        sample,
        node,
        first["readout"],
        str(first["scale"]),
        times[0] if len(times) == 1 else None,
        singles,
        pairs,
        grounds,
        larger,
    )


def room_values(effects: ScreenedEffects, agent: str, background: Background) -> np.ndarray:
    """Values of one drug alone over its doses, in the order of the doses' text."""
    table = effects.doses_of(agent, background)
    return np.array([table[dose].value for dose in sorted(table, key=lambda dose: dose.text)])
