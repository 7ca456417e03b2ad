"""The two layouts in which agents are kept, read into `Agent` with every fault collected.

The package ships two tables, ``agents.tsv`` and ``agent_targets.tsv``. A study's own ``agents.tsv`` is one
file:

====================== ==================================================================================
column                 meaning
====================== ==================================================================================
``name``               the agent's name (also ``agent``, ``drug``, ``compound``); required
``targets``            HGNC symbols parted by ``;``; empty where the target is unknown (such a drug stays
                       unranked)
``effect``             ``inhibits`` (default for drugs), ``activates`` (default for ligands), ``degrades``
                       and so on; one for all targets, or as many as targets, parted by ``;``
``affinity_nanomolar`` Kd, Ki or IC50; one for all targets, or as many as targets, parted by ``;``
``synonyms``           other spellings, parted by ``;``
``kind``               ``drug`` (default), ``ligand``, ``antibody``, ``class`` (a generic inhibitor such
                       as MEKi), ...
``drug_class``         such as ``MEK inhibitor`` or ``alkylator``
``approved``           ``yes``, ``no`` or ``unknown``
``plasma_nanomolar``   level reached in patients, total drug; ``plasma_low_nanomolar`` and
                       ``plasma_high_nanomolar`` the range that holds 90 % of patients
``free_fraction``      unbound share, 0 to 1
``references``         ``PMID:123;doi:10.…``
``note``
====================== ==================================================================================

A row whose name or synonym is the name of a shipped agent replaces that agent, whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kinescape.foundation.issues import Faults, nearest
from kinescape.knowledge.agents import EFFECT_SIGNS, Agent, Target
from kinescape.knowledge.delimited import (
    Row,
    Table,
    folded,
    read_number,
    read_table,
    shipped_table,
    split_list,
)
from kinescape.knowledge.network_formats.evidence import parse_references

_AMERICAN = {"antagonizes": "antagonises", "agonizes": "agonises", "stabilizes": "stabilises"}
_AGENT_COLUMNS = (
    "name",
    "synonyms",
    "kind",
    "drug_class",
    "approved",
    "plasma_nanomolar",
    "plasma_low_nanomolar",
    "plasma_high_nanomolar",
    "free_fraction",
    "references",
    "note",
)
_TARGET_COLUMNS = ("agent", "gene", "effect", "affinity_nanomolar", "affinity_type", "references", "note")
_EXTRA_COLUMNS = (*_AGENT_COLUMNS, "targets", "effect", "affinity_nanomolar", "affinity_type")
_EXTRA_ALIASES = {
    "agent": "name",
    "drug": "name",
    "compound": "name",
    "target": "targets",
    "gene": "targets",
    "genes": "targets",
    "synonym": "synonyms",
    "class": "drug_class",
    "type": "kind",
    "reference": "references",
    "affinity_nm": "affinity_nanomolar",
    "plasma_nm": "plasma_nanomolar",
    "notes": "note",
}


def read_agents(path: str | Path, faults: Faults) -> tuple[Agent, ...]:
    """The agents of a file in the one-file layout; faults are collected, not raised."""
    table = read_table(path, faults, required=("name",), known=_EXTRA_COLUMNS, aliases=_EXTRA_ALIASES)
    if table is None:
        return ()
    agents = []
    for row in table.rows:
        targets = _targets_in_row(row, table.file, faults)
        agent = _agent(row, table.file, targets, faults)
        if agent is not None:
            agents.append(agent)
            if not targets:
                faults.add(
                    "agent-untargeted",
                    f"'{agent.name}' has no target, so no rule can rank it",
                    file=table.file,
                    row=row.line,
                    severity="note",
                )
    _tell_shared_names(agents, table, faults)
    return tuple(agents)


def read_shipped(faults: Faults) -> tuple[Agent, ...]:
    """The agents of the two tables that the package ships."""
    agent_rows = shipped_table("agents.tsv", faults, required=("name",), known=_AGENT_COLUMNS)
    required = ("agent", "gene", "effect")
    target_rows = shipped_table("agent_targets.tsv", faults, required=required, known=_TARGET_COLUMNS)
    if agent_rows is None or target_rows is None:
        return ()
    return agents_from_tables(agent_rows, target_rows, faults)


def agents_from_tables(agent_rows: Table, target_rows: Table, faults: Faults) -> tuple[Agent, ...]:
    """The agents of the two-table layout that the package ships."""
    names = {folded(row["name"]) for row in agent_rows.rows}
    targets: dict[str, list[Target]] = {}
    for row in target_rows.rows:
        name = folded(row["agent"])
        if name not in names:
            faults.add(
                "agent-unknown",
                f"'{row['agent']}' is not among the agents",
                file=target_rows.file,
                row=row.line,
                column="agent",
            )
        affinity = read_number(row, "affinity_nanomolar", target_rows.file, faults)
        target = _target(
            row["gene"], row["effect"], affinity, row["affinity_type"], row, target_rows.file, faults
        )
        if target is not None:
            targets.setdefault(name, []).append(target)
    agents = []
    for row in agent_rows.rows:
        own = tuple(sorted(targets.get(folded(row["name"]), ()), key=_strength))
        agent = _agent(row, agent_rows.file, own, faults)
        if agent is not None:
            agents.append(agent)
    _tell_shared_names(agents, agent_rows, faults)
    return tuple(agents)


def _strength(target: Target) -> tuple[bool, float]:
    # Unmeasured targets are curated main targets as a rule: they go first, then by affinity.
    return (target.affinity_nanomolar is not None, target.affinity_nanomolar or 0.0)


def _agent(row: Row, file: str, targets: tuple[Target, ...], faults: Faults) -> Agent | None:
    if not row["name"]:
        faults.add("agent-unnamed", "the agent has no name", file=file, row=row.line, column="name")
        return None
    approved_words = {"yes": True, "true": True, "no": False, "false": False, "unknown": None, "": None}
    approved = row["approved"].lower()
    if approved not in approved_words:
        faults.add(
            "approved-unknown",
            f"'{row['approved']}' is neither yes nor no",
            file=file,
            row=row.line,
            column="approved",
            expected="yes, no or unknown",
        )
    plasma = read_number(row, "plasma_nanomolar", file, faults)
    low = read_number(row, "plasma_low_nanomolar", file, faults)
    high = read_number(row, "plasma_high_nanomolar", file, faults)
    if (low is None) != (high is None) or (
        low is not None and high is not None and not low <= (plasma if plasma is not None else low) <= high
    ):
        faults.add(
            "plasma-range",
            f"the range of plasma levels of {row['name']} is {_cell(low)} to {_cell(high)}, the level {_cell(plasma)}",
            file=file,
            row=row.line,
            column="plasma_low_nanomolar",
            expected="both ends, with the level between them",
        )
    free = read_number(
        row, "free_fraction", file, faults, accept=lambda share: 0 <= share <= 1, expected="a share, 0 to 1"
    )
    references, bad = parse_references(row["references"])
    if bad:
        faults.add(
            "reference-shape",
            f"'{' '.join(bad)}' is no reference",
            file=file,
            row=row.line,
            column="references",
            expected="PMID:12345678, PMC123456 or doi:10.…",
        )
    return Agent(
        row["name"],
        split_list(row["synonyms"]),
        row["kind"].lower() or "drug",
        row["drug_class"],
        targets,
        approved_words.get(approved),
        plasma,
        free,
        references,
        row["note"],
        low,
        high,
    )


def _cell(value: float | None) -> str:
    return "empty" if value is None else f"{value:g}"


def _target(
    gene: str, effect: str, affinity: float | None, affinity_type: str, row: Row, file: str, faults: Faults
) -> Target | None:
    word = _AMERICAN.get(effect.lower(), effect.lower())
    if word not in EFFECT_SIGNS:
        near = nearest(word, EFFECT_SIGNS, n=1)
        faults.add(
            "effect-unknown",
            f"'{effect}' is no known effect",
            file=file,
            row=row.line,
            column="effect",
            expected=", ".join(EFFECT_SIGNS),
            mend=f"did you mean '{near[0]}'?" if near else None,
        )
        return None
    if not gene or any(character.isspace() or character == "," for character in gene):
        faults.add(
            "gene-shape",
            f"'{gene}' is no gene symbol",
            file=file,
            row=row.line,
            expected="one HGNC symbol such as MAP2K1; several parted by ;",
        )
        return None
    references, _ = parse_references(row["references"])
    return Target(gene, word, affinity, references[0] if references else None, affinity_type)


def _targets_in_row(row: Row, file: str, faults: Faults) -> tuple[Target, ...]:
    genes = split_list(row["targets"])
    default = "activates" if row["kind"].lower() == "ligand" else "inhibits"
    effects = split_list(row["effect"]) or (default,)
    affinities = split_list(row["affinity_nanomolar"])
    for column, entries in (("effect", effects), ("affinity_nanomolar", affinities)):
        if len(entries) > 1 and len(entries) != len(genes):
            faults.add(
                "targets-uneven",
                f"{len(entries)} entries for {len(genes)} targets",
                file=file,
                row=row.line,
                column=column,
                expected="one for all targets, or one for each",
            )
            return ()
    found = []
    for place, gene in enumerate(genes):
        effect = effects[place if len(effects) > 1 else 0]
        affinity = None
        if affinities:
            cell = affinities[place if len(affinities) > 1 else 0]
            affinity = read_number(
                Row(row.line, {"affinity_nanomolar": cell}), "affinity_nanomolar", file, faults
            )
        target = _target(gene, effect, affinity, row["affinity_type"], row, file, faults)
        if target is not None:
            found.append(target)
    return tuple(found)


def _tell_shared_names(agents: Iterable[Agent], table: Table, faults: Faults) -> None:
    """Two agents with one name or synonym cannot both be found by it."""
    lines = {folded(row["name"]): row.line for row in table.rows}
    owner: dict[str, Agent] = {}
    for agent in agents:
        for word in {folded(name): name for name in agent.names}.items():
            first = owner.setdefault(word[0], agent)
            if first is not agent:
                faults.add(
                    "agent-name-shared",
                    f"'{word[1]}' names both '{first.name}' and '{agent.name}'",
                    file=table.file,
                    row=lines.get(folded(agent.name)),
                    mend="keep it in one of them",
                )
