"""The fitted model of a study: its designs, the members its questions need, and the choice among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.measurements.table import Measurements
from kinescape.model.choice import Choice, choices_frame, choose
from kinescape.model.design import Design, build_designs
from kinescape.model.dose_code import DoseRule
from kinescape.model.members import (
    HIERARCHICAL,
    NETWORK,
    NETWORK_GAIN,
    SATURATING,
    members_for,
    members_with,
    why_left_out,
)
from kinescape.model.phenotypes.phenotype_choice import LEVELS_SCHEMA
from kinescape.model.prediction import Fitted
from kinescape.model.prior import Wiring, wiring_of
from kinescape.model.questions.further_agents import with_room
from kinescape.model.validate import Validation, dataset_name

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.names import ReadoutTable
    from kinescape.knowledge.network import Network
    from kinescape.model.design import RowDose


@dataclass(frozen=True)
class FittedModel:
    """Every design of a study with the members that its questions need.

    Parameters
    ----------
    designs : tuple of Design
        Signalling first, then each further scale.
    fits : mapping of (index of design, name of member) to fitted member
        What predicts.
    choices : tuple of Choice
        Which member answers which question, with the evidence.
    dataset : str
        Name used in tables.
    seed : int
        Seed of the study, recorded.
    wiring : Wiring or None
        Network and targets, where the study has them.
    agents : AgentTable or None
        Who hits what; kept so that a saved model can be asked for further agents.
    not_expressed : mapping of sample to frozenset of str
        Genes known to be silent in a sample: hitting them does nothing there.
    levels : polars.DataFrame
        From `kinescape.model.phenotypes.phenotype_choice.compare_levels`: what the phenotypes of unseen combinations
        are predicted from; without rows the choice of members decides there too.
    """

    designs: tuple[Design, ...]
    fits: Mapping[tuple[int, str], Fitted]
    choices: tuple[Choice, ...]
    dataset: str
    seed: int
    wiring: Wiring | None = None
    agents: AgentTable | None = None
    not_expressed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    levels: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LEVELS_SCHEMA))

    @property
    def notes(self) -> tuple[Fault, ...]:
        """What was decided while the designs were made."""
        return tuple(note for design in self.designs for note in design.notes)

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples of all designs, sorted."""
        return tuple(sorted({sample for design in self.designs for sample in design.samples}))

    def with_candidates(self, names: Iterable[str], *, members: Iterable[str] = ()) -> FittedModel:
        """The same model with room for further agents; see `candidates` of `fit_model`.

        Parameters
        ----------
        names : iterable of str
            Agents of which only the targets are known, and genetic perturbations (``KO:MET``).
        members : iterable of str
            Members wanted besides those fitted; a design that cannot have one goes without.
        """
        new, further = tuple(names), tuple(members)
        designs = tuple(design.with_agents(new) for design in self.designs)
        known = {member.name: member for member in members_with(self.wiring)}
        fits: dict[tuple[int, str], Fitted] = {}
        for index, design in enumerate(designs):
            own = {name: fit for (at, name), fit in self.fits.items() if at == index}
            wanted = tuple(
                name for name in further if name in known and why_left_out(design, known[name]) is None
            )
            if design.agents != self.designs[index].agents:
                own = with_room(own, design, self.wiring, wanted)
            elif missing := tuple(name for name in wanted if name not in own):
                core = {name: fit for name, fit in own.items() if name == HIERARCHICAL.name}
                own |= with_room(core, design, self.wiring, missing)
            fits |= {(index, name): fit for name, fit in own.items()}
        return replace(self, designs=designs, fits=fits)

    def choices_frame(self) -> pl.DataFrame:
        """Choices as a table: dataset, question, method, evidence."""
        return choices_frame(self.choices)


def designs_for(
    measurements: Measurements,
    *,
    agents: AgentTable | None = None,
    potency_molar: Mapping[str, float] | None = None,
    dose_rule: DoseRule = "level",
    row_dose: RowDose | None = None,
    times_hours: Sequence[float] | None = None,
) -> tuple[Design, ...]:
    """The designs of a study, ligands told from inhibitors by the agents table.

    Parameters are those of `kinescape.model.design.build_design`; `agents` is the study's agents table, and
    an agent that it does not know counts as an inhibitor.
    """
    kinds: dict[str, str] = {}
    if agents is not None:
        for name in measurements.agents:
            known = agents.get(name)
            if known is not None:
                kinds[name] = known.kind
    return build_designs(
        measurements,
        kinds=kinds,
        potency_molar=potency_molar,
        dose_rule=dose_rule,
        row_dose=row_dose,
        times_hours=times_hours,
    )


def fit_model(
    measurements: Measurements | Sequence[Design],
    *,
    agents: AgentTable | None = None,
    seed: int = 0,
    dataset: str = "study",
    validation: Validation | None = None,
    network: Network | None = None,
    candidates: Iterable[str] = (),
    readouts: ReadoutTable | None = None,
    not_expressed: Mapping[str, Iterable[str]] | None = None,
    members: Iterable[str] = (),
) -> FittedModel:
    """Fit what a study's questions need.

    Parameters
    ----------
    measurements : Measurements or sequence of Design
        The one table, or designs made from it with own dose codes (`designs_for`).
    agents : AgentTable, optional
        Tells ligands from inhibitors.
    seed : int
        Recorded with the model.
    dataset : str
        Name used in tables; the one given to `validate`.
    validation : Validation, optional
        Held-out results on these data; without it the choice of members is the default and says so.
    network : Network, optional
        With `agents`, for agents that nobody measured; used where the held-out inhibitors of `validation`
        were predicted best with it.
    candidates : iterable of str
        Further agents to ask for later, of which only the targets are known, and genetic perturbations such
        as ``KO:MET`` (block a node) or ``OE:AXL`` (push it).
    readouts : ReadoutTable, optional
        Tells sites that rise with activity from those that fall; by default the package's own.
    not_expressed : mapping of sample to genes, optional
        Genes known to be silent there: what hits them alone is not expected to do anything (`what_if`).
    members : iterable of str
        Members to fit besides those that the questions need, where the design can have them.

    Raises
    ------
    InputError
        Where nothing was measured under treatment.

    Examples
    --------
    >>> import polars as pl
    >>> table = Measurements.from_frame(pl.DataFrame({"sample": "A", "condition": ["x 1 uM", "y 1 uM"],
    ...     "node": "EGFR", "readout": "pEGFR", "value": [0.5, -1.0], "scale": "log2_fold_change",
    ...     "assay": "table"}))
    >>> fit_model(table).samples
    ('A',)
    """
    if isinstance(measurements, Measurements):
        designs = designs_for(measurements, agents=agents)
    else:
        designs = tuple(measurements)
    if not designs:
        raise InputError(Fault("nothing-to-model", "the study holds no treated condition"))
    wiring = (
        wiring_of(network, agents, readouts=readouts) if network is not None and agents is not None else None
    )
    wanted_agents = tuple(candidates)
    designs = tuple(design.with_agents(wanted_agents) for design in designs)
    silent = {sample: frozenset(genes) for sample, genes in (not_expressed or {}).items()}
    choices: list[Choice] = []
    fits: dict[tuple[int, str], Fitted] = {}
    further = set(members)
    by_name = {member.name: member for member in members_with(wiring)}
    for index, design in enumerate(designs):
        chosen = choose(design, dataset_name(design, dataset), validation, expression_known=bool(silent))
        choices.extend(chosen)
        wanted = {choice.method for choice in chosen}
        if HIERARCHICAL in members_for(design):
            wanted.add(HIERARCHICAL.name)
        if wiring is None and wanted & {NETWORK, NETWORK_GAIN, SATURATING}:
            raise InputError(
                Fault(
                    "network-missing",
                    "the held-out tests chose a member that needs a network; none was given with agents",
                    mend="give network and agents, as validate had them",
                )
            )
        own: dict[str, Fitted] = {}
        if HIERARCHICAL.name in wanted:
            own[HIERARCHICAL.name] = by_name[HIERARCHICAL.name].fit(design)
        wanted |= {
            name for name in further if name in by_name and why_left_out(design, by_name[name]) is None
        }
        missing = tuple(sorted(wanted - set(own)))
        fits |= {(index, name): fit for name, fit in with_room(own, design, wiring, missing).items()}
    return FittedModel(designs, fits, tuple(choices), dataset, seed, wiring, agents, silent)
