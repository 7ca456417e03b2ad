"""The design: the one table as arrays, rows (sample, condition) × agents and rows × readouts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.units import Quantity
from kinescape.measurements.conditions import AgentDose, Condition
from kinescape.measurements.table import Measurements
from kinescape.model.dose_code import DoseRule, DoseScale, dose_scales
from kinescape.model.effect_scale import from_effect, to_effect

AgentKind = Literal["inhibitor", "ligand", "genetic"]
RowDose = Callable[[str, AgentDose], float | None]
"""Sample and agent with its amount → code, or None for the study-wide one."""


@dataclass(frozen=True)
class Rows:
    """What was done to which sample, as arrays; measured or asked for.

    Parameters
    ----------
    sample : (n,) array of int
        Index into the design's samples; -1 for a sample that the design does not hold.
    condition : (n,) array of str
        Canonical condition texts; equal texts are one condition.
    dose : (n, n_agents) array
        Dose codes; 0 where an agent is absent.
    """

    sample: NDArray[np.int64]
    condition: NDArray[np.str_]
    dose: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.sample)

    def take(self, chosen: NDArray) -> Rows:
        """Some of the rows, by mask or index."""
        return Rows(self.sample[chosen], self.condition[chosen], self.dose[chosen])

    @cached_property
    def agent_count(self) -> NDArray[np.int64]:
        """How many agents each row holds, shape (n,)."""
        return (self.dose > 0).sum(axis=1)


@dataclass(frozen=True)
class Design:
    """What a study measured on one scale, as arrays.

    Parameters
    ----------
    rows : Rows
        One row a (sample, condition); no control rows.
    response : (n, n_readouts) array
        Effect against control, zero for none: the value itself for ``log2_fold_change`` and ``z``, log2 of a
        fraction of control, distance from no effect otherwise. NaN where not measured.
    samples, agents, readouts : tuple of str
        Names, in the order of indices and columns.
    kinds : tuple of {"inhibitor", "ligand", "genetic"}
        Kind of each agent. An agent that no table names counts as an inhibitor.
    scale : str
        Scale of the measurements.
    dose_scales : mapping of str to DoseScale
        How amounts become codes.
    notes : tuple of Fault
        What was decided on the way.
    row_dose : callable or None
        Own code of a dose in a sample.
    readout_nodes : tuple of tuple of str
        Network nodes that each readout stands for.
    """

    rows: Rows
    response: NDArray[np.float64]
    samples: tuple[str, ...]
    agents: tuple[str, ...]
    readouts: tuple[str, ...]
    kinds: tuple[AgentKind, ...]
    scale: str
    dose_scales: Mapping[str, DoseScale]
    notes: tuple[Fault, ...] = ()
    row_dose: RowDose | None = None
    readout_nodes: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Distinct condition texts, sorted."""
        return tuple(sorted(set(self.rows.condition.tolist())))

    @property
    def readout_scale(self) -> NDArray[np.float64]:
        """Root mean square of each readout's effects, at least 0.15; shape (n_readouts,)."""
        filled = np.where(np.isnan(self.response), 0.0, self.response)
        seen = np.maximum((~np.isnan(self.response)).sum(axis=0), 1)
        return np.maximum(np.sqrt((filled**2).sum(axis=0) / seen), 0.15)

    def take(self, chosen: NDArray) -> Design:
        """The same design with some of its rows."""
        return replace(self, rows=self.rows.take(chosen), response=self.response[chosen])

    def with_agents(self, names: Iterable[str]) -> Design:
        """The same design with further agents that nobody measured, so that they can be asked for.

        Their kind is ``genetic`` where the name says so (``KO:MET``), else ``inhibitor``.
        """
        new = tuple(dict.fromkeys(name for name in names if name not in self.agents))
        genetic = {name for name in new if name.startswith(("KO:", "KD:", "OE:", "MUT:"))}
        empty = np.zeros((len(self), len(new)))
        return replace(
            self,
            rows=replace(self.rows, dose=np.hstack([self.rows.dose, empty])),
            agents=self.agents + new,
            kinds=self.kinds + tuple(_kind(name, genetic, {}) for name in new),
            dose_scales={**self.dose_scales, **{name: DoseScale(name) for name in new}},
        )

    def rows_for(self, sample: str, conditions: Iterable[Condition]) -> Rows:
        """Rows to predict: conditions in one sample.

        Raises
        ------
        InputError
            Where a condition holds an agent that the design does not know.
        """
        listed = list(conditions)
        faults = Faults()
        dose = np.zeros((len(listed), len(self.agents)))
        for row, condition in enumerate(listed):
            for name, code in _codes(sample, condition, self.dose_scales, self.row_dose).items():
                if name not in self.agents:
                    faults.add("unknown-agent", f"'{name}' was in no condition of this study")
                else:
                    dose[row, self.agents.index(name)] = code
        faults.raise_if_errors()
        index = self.samples.index(sample) if sample in self.samples else -1
        texts = np.array([condition.text for condition in listed], dtype=str)
        return Rows(np.full(len(listed), index, dtype=np.int64), texts, dose)

    def original(self, effect: NDArray) -> NDArray:
        """Effects as values on the measured scale."""
        return from_effect(effect, self.scale)


def build_designs(measurements: Measurements, **options: object) -> tuple[Design, ...]:
    """One design for each scale that the table holds, signalling (log2 fold change) first.

    Phenotypes on a scale of their own, such as viability as a fraction of control, get a design of their own;
    phenotypes on log2 fold change stand among the signalling readouts. Options are those of `build_design`.
    """
    present = [str(scale) for scale in measurements.frame["scale"].unique().to_list()]
    designs = []
    for scale in sorted(present, key=lambda name: (name != "log2_fold_change", name)):
        if measurements.frame.filter((pl.col("scale") == scale) & (pl.col("condition") != "control")).height:
            designs.append(build_design(measurements, scale=scale, **options))  # type: ignore[arg-type]
    return tuple(designs)


def build_design(
    measurements: Measurements,
    *,
    scale: str = "log2_fold_change",
    kinds: Mapping[str, str] | None = None,
    potency_molar: Mapping[str, float] | None = None,
    dose_rule: DoseRule = "level",
    row_dose: RowDose | None = None,
    times_hours: Sequence[float] | None = None,
) -> Design:
    """Turn the rows of one scale into a design.

    Rows that differ only in the node a readout stands for count once; several times or assays of one readout
    are averaged, which a note says. Control rows are left out: they are zero by definition.

    Parameters
    ----------
    measurements : Measurements
        The one table.
    scale : str
        Which scale; rows of others are not used.
    kinds : mapping of agent to kind, optional
        ``ligand`` for growth factors and cytokines; any other word, and absent agents, count as inhibitors.
    potency_molar : mapping of agent to float, optional
        Dose of half effect in cells, mol/L; such agents are coded by occupancy.
    dose_rule : {"level", "relative", "occupancy", "presence"}
        How doses of the other agents are coded.
    row_dose : callable, optional
        Own code of a dose in a sample; None from it means the study-wide code.
    times_hours : sequence of float, optional
        Use these times only.

    Raises
    ------
    InputError
        Where nothing is left to model, or an agent's amounts cannot be compared.

    Examples
    --------
    >>> import polars as pl
    >>> table = Measurements.from_frame(pl.DataFrame({"sample": "A", "condition": ["x 1 uM", "y 1 uM"],
    ...     "node": "EGFR", "readout": "pEGFR", "value": [0.5, -1.0], "scale": "log2_fold_change",
    ...     "assay": "table"}))
    >>> build_design(table).response.shape
    (2, 1)
    """
    notes = Faults()
    frame = measurements.frame.filter(pl.col("scale") == scale)
    if times_hours is not None:
        frame = frame.filter(pl.col("time_h").is_in([float(time) for time in times_hours]))
    controls = frame.filter(pl.col("condition") == "control").height
    frame = frame.filter(pl.col("condition") != "control")
    if frame.is_empty():
        raise InputError(Fault("nothing-to-model", f"no treated row is on the scale '{scale}'"))
    if controls:
        notes.add("controls-left-out", f"{controls} control rows are zero by definition", severity="note")
    frame = frame.with_columns(
        pl.when(pl.col("population") == "all")
        .then(pl.col("sample"))
        .otherwise(pl.format("{} / {}", "sample", "population"))
        .alias("sample")
    )
    cell = ["sample", "condition", "readout"]
    measured = frame.unique([*cell, "time_h", "assay", "value"], maintain_order=True)
    repeated = measured.group_by(cell).len().filter(pl.col("len") > 1)
    if repeated.height:
        times = sorted({time for time in measured["time_h"].to_list() if time is not None})
        what = (
            f"over the times {', '.join(f'{time:g} h' for time in times)}"
            if len(times) > 1
            else "over assays"
        )
        notes.add(
            "averaged",
            f"{repeated.height} readouts of a condition stand several times and are averaged {what}",
            severity="note",
        )
    cells = measured.group_by(cell).agg(pl.col("value").mean()).sort(cell)
    samples = tuple(sorted(cells["sample"].unique().to_list()))
    readouts = tuple(sorted(cells["readout"].unique().to_list()))
    parsed = {text: Condition.parse(text) for text in cells["condition"].unique().to_list()}
    scales = _scales(parsed.values(), dose_rule, potency_molar)
    agents = tuple(scales)
    pairs = cells.select("sample", "condition").unique().sort("sample", "condition").rows()
    position = {pair: row for row, pair in enumerate(pairs)}
    column = {name: index for index, name in enumerate(readouts)}
    response = np.full((len(pairs), len(readouts)), np.nan)
    for sample, condition, readout, value in cells.iter_rows():
        response[position[sample, condition], column[readout]] = value
    dose = np.zeros((len(pairs), len(agents)))
    place = {name: index for index, name in enumerate(agents)}
    for row, (sample, condition) in enumerate(pairs):
        for name, code in _codes(sample, parsed[condition], scales, row_dose).items():
            dose[row, place[name]] = code
    rows = Rows(
        np.array([samples.index(sample) for sample, _ in pairs], dtype=np.int64),
        np.array([condition for _, condition in pairs], dtype=str),
        dose,
    )
    genetic = {part.text for condition in parsed.values() for part in condition.genetic}
    kind = tuple(_kind(name, genetic, kinds or {}) for name in agents)
    nodes: dict[str, set[str]] = {name: set() for name in readouts}
    for readout, node in frame.select("readout", "node").unique().iter_rows():
        nodes[readout].add(node)
    design = Design(
        rows,
        to_effect(response, scale),
        samples,
        agents,
        readouts,
        kind,
        scale,
        scales,
        row_dose=row_dose,
        readout_nodes=tuple(tuple(sorted(nodes[name])) for name in readouts),
    )
    notes.extend(examine(design))
    return replace(design, notes=tuple(notes))


def _kind(agent: str, genetic: set[str], kinds: Mapping[str, str]) -> AgentKind:
    if agent in genetic:
        return "genetic"
    return "ligand" if kinds.get(agent) == "ligand" else "inhibitor"


def _scales(
    conditions: Iterable[Condition], rule: DoseRule, potency_molar: Mapping[str, float] | None
) -> dict[str, DoseScale]:
    amounts: dict[str, list[Quantity | None]] = {}
    genetic: set[str] = set()
    for condition in conditions:
        for dose in condition.doses:
            amounts.setdefault(dose.agent, []).append(dose.quantity)
        genetic.update(part.text for part in condition.genetic)
    potencies = potency_molar or {}
    try:
        plain = {name: listed for name, listed in amounts.items() if name not in potencies}
        scales = dose_scales(plain, rule=rule)
        known = {name: listed for name, listed in amounts.items() if name in potencies}
        scales |= dose_scales(known, rule="occupancy", potency_molar=potencies)
    except ValueError as error:
        raise InputError(Fault("dose", str(error))) from error
    scales |= {name: DoseScale(name) for name in genetic}
    return dict(sorted(scales.items()))


def _codes(
    sample: str, condition: Condition, scales: Mapping[str, DoseScale], row_dose: RowDose | None
) -> dict[str, float]:
    codes = {part.text: 1.0 for part in condition.genetic}
    for dose in condition.doses:
        own = row_dose(sample, dose) if row_dose is not None else None
        scale = scales.get(dose.agent)
        codes[dose.agent] = own if own is not None else 1.0 if scale is None else scale.code(dose.quantity)
    return codes


def examine(design: Design) -> Faults:
    """What a reader of the results should know about a design; nothing here stops a fit."""
    notes = Faults()

    def note(code: str, found: str) -> None:
        notes.add(code, found, severity="note")

    seen = ~np.isnan(design.response)
    for index, readout in enumerate(design.readouts):
        values = design.response[seen[:, index], index]
        if len(values) == 1:
            note("readout-once", f"{readout} was measured in one condition only")
        elif np.ptp(values) == 0:
            note(
                "readout-constant",
                f"{readout} has the same value in all {len(values)} rows: nothing to learn",
            )
    for group in collinear_agents(design):
        note(
            "agents-collinear",
            f"{' and '.join(group)} were always given together: their effects cannot be told apart",
        )
    for index, sample in enumerate(design.samples):
        of_sample = design.rows.sample == index
        missing = [
            agent
            for agent, there in zip(design.agents, (design.rows.dose[of_sample] > 0).any(axis=0), strict=True)
            if not there
        ]
        if missing:
            note("agent-absent", f"{sample} was not treated with {', '.join(missing)}")
        if not (design.rows.agent_count[of_sample] == 1).any():
            note("no-singles", f"{sample} has no condition with a single agent")
        effects = np.column_stack([design.rows.dose[of_sample], np.ones(of_sample.sum())])
        if 1 < len(effects) <= np.linalg.matrix_rank(effects):
            note(
                "nothing-over",
                f"{sample}: {len(effects)} conditions are no more than the effects that they tell apart, so nothing "
                "is left over to judge ridge's error by: its intervals are those of effects of the size of the "
                "measured ones",
            )
    few = len(design.conditions)
    if few < 6:
        note(
            "few-conditions",
            f"{few} condition{' is' if few == 1 else 's are'} too few for a model: baselines only",
        )
    return notes


def collinear_agents(design: Design) -> tuple[tuple[str, ...], ...]:
    """Groups of agents whose doses rise and fall together in every row, so that no data tell them apart."""
    dose = design.rows.dose
    norms = np.linalg.norm(dose, axis=0)
    unit = dose / np.where(norms > 0, norms, 1.0)
    same = unit.T @ unit > 1 - 1e-9
    groups: list[tuple[str, ...]] = []
    taken: set[str] = set()
    for index, agent in enumerate(design.agents):
        members = tuple(design.agents[other] for other in np.flatnonzero(same[index]) if norms[other] > 0)
        if len(members) > 1 and agent not in taken:
            groups.append(members)
            taken.update(members)
    return tuple(groups)
