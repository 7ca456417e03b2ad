"""What can only be seen once a whole study is read: names that must agree between `study.toml` and its files."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kinescape.foundation.issues import Faults, nearest
from kinescape.knowledge.agents import Agent, AgentTable, load_agents
from kinescape.knowledge.network import Network, load_core_network
from kinescape.measurements.conditions import Condition, GeneticPerturbation
from kinescape.measurements.schema import KEY
from kinescape.measurements.table import Measurements
from kinescape.study.specification import StudySpecification


def check_together(
    specification: StudySpecification,
    measurements: Measurements,
    agents: AgentTable,
    network: Network,
    faults: Faults,
) -> None:
    """What can only be seen once everything is read."""
    study = specification.study
    for key in ("target_sample", "reference_sample"):
        name = getattr(study, key)
        if name is not None and name not in measurements.samples:
            near = nearest(name, measurements.samples, n=1)
            faults.add(
                "sample-without-data",
                f"no file holds the sample '{name}'",
                file="study.toml",
                column=f"study.{key}",
                expected=f"one of {', '.join(measurements.samples)}",
                mend=f"did you mean '{near[0]}'?" if near else None,
            )
    measured = measurements.where(sample=study.target_sample)
    if study.target_sample in measurements.samples and study.suppress not in measured.nodes:
        near = nearest(study.suppress, measured.nodes, n=1)
        asked = "suppress" in study.model_fields_set
        faults.add(
            "nothing-to-suppress",
            f"'{study.suppress}' was not measured in '{study.target_sample}'"
            + ("" if asked else ": there is nothing to suppress, so no pair is ranked"),
            file="study.toml",
            column="study.suppress",
            expected=f"a node that was: {', '.join(measured.nodes[:12])}",
            mend=f"did you mean '{near[0]}'?" if near and asked else None,
            severity="error" if asked else "note",
        )
    declared = [sample.name for sample in specification.samples]
    for sample in measurements.samples if declared else ():
        if sample not in declared:
            near = nearest(sample, declared, n=1)
            faults.add(
                "undeclared-sample",
                f"the files hold a sample '{sample}' that study.toml does not name",
                file="study.toml",
                column="samples",
                mend=f"did you mean '{near[0]}'?" if near else "add it under [[samples]]",
                severity="error"
                if near and near[0].strip().casefold() == sample.strip().casefold()
                else "warning",
            )
    for part in specification.samples:
        if part.name not in measurements.samples:
            faults.add(
                "sample-without-data",
                f"no file holds the sample '{part.name}'",
                file="study.toml",
                column="samples",
                severity="warning",
            )
    _tell_mixed_names(measurements, agents, faults)
    tell_unknown_genes(measurements, agents, network, faults)
    named = [*(specification.candidates.agents or ())]
    named += [agent for pair in specification.candidates.exclude_pairs for agent in pair]
    for name in dict.fromkeys(named):
        if agents.get(name) is None and name not in measurements.agents:
            near = agents.nearest(name, n=3)
            faults.add(
                "unknown-agent",
                f"the candidate '{name}' is not known",
                file="study.toml",
                column="candidates",
                mend=f"did you mean {' or '.join(repr(word) for word in near)}?"
                if near
                else "add it to agents.tsv",
            )


def tell_same_effects(tables: Sequence[tuple[str, Measurements]], faults: Faults) -> None:
    """Effects that two files give under one name: the table holds each once.

    Parameters
    ----------
    tables : sequence of (str, Measurements)
        Each file's name, and what it holds.
    faults : Faults
        Takes one fault for each two files.
    """
    key = [*KEY]
    rows = [table.frame.select(key).with_columns(file=pl.lit(name)) for name, table in tables]
    if len(rows) < 2:
        return
    shared = (
        pl.concat(rows)
        .group_by(key, maintain_order=True)
        .agg(pl.col("file"))
        .filter(pl.col("file").list.len() > 1)
        .with_columns(files=pl.col("file").list.unique(maintain_order=True).list.join("' and '"))
    )
    for (files,), group in shared.group_by(["files"], maintain_order=True):
        first = group.row(0, named=True)
        faults.add(
            "same-effects",
            f"'{files}' both hold {group.height} effect{'s' * (group.height > 1)}, such as {first['sample']}, "
            f"{first['condition']}, {first['readout']}",
            file="study.toml",
            column="files.assay",
            expected="each effect once",
            mend='give each file its own assay = "…"; independent replicates belong into one file with a column of '
            "replicates (plates of one layout: more_plates)",
        )


def _tell_mixed_names(measurements: Measurements, agents: AgentTable, faults: Faults) -> None:
    """A class in one assay and a drug of that class in another may be the same thing under two names."""
    by_assay = {
        assay: set(measurements.where(assay=assay).agents)
        for assay in measurements.frame["assay"].unique(maintain_order=True).to_list()
    }
    for assay, names in by_assay.items():
        for name in sorted(names):
            generic = agents.get(name)
            if generic is None or generic.kind != "class":
                continue
            for other, others in by_assay.items():
                drugs = [drug for drug in sorted(others - names) if _of_class(agents.get(drug), generic)]
                if drugs and name not in others:
                    faults.add(
                        "mixed-names",
                        f"{assay} was done with '{name}', {other} with {' and '.join(drugs)}: if these are the same, "
                        "the study does not know it",
                        file="study.toml",
                        column="files.agents",
                        mend="give both files the same [files.agents]",
                        severity="warning",
                    )


def tell_unknown_genes(
    measurements: Measurements, agents: AgentTable, network: Network, faults: Faults
) -> None:
    """Genes of the study that no table here knows: often a misspelling, whose effect would then lead nowhere."""
    known = {gene for agent in load_agents().agents for gene in agent.genes}
    known |= set(network.nodes) | set(load_core_network().nodes) | set(measurements.nodes)
    named: dict[str, str] = {}
    for text in measurements.conditions:
        for part in Condition.parse(text).parts:
            if isinstance(part, GeneticPerturbation):
                named.setdefault(part.gene, f"the condition '{text}'")
    for name in measurements.agents:
        agent = agents.get(name)
        for gene in agent.genes if agent else ():
            named.setdefault(gene, f"the targets of {name}")
    for gene, where in named.items():
        if gene not in known:
            near = nearest(gene, sorted(known), n=1)
            faults.add(
                "unknown-gene",
                f"the gene '{gene}' of {where} is in no network or table here",
                file="study.toml",
                expected="a gene symbol (HGNC)",
                mend=f"did you mean '{near[0]}'?" if near else None,
                severity="warning",
            )


def _of_class(drug: Agent | None, generic: Agent) -> bool:
    """Whether a drug is one of a generic class: it was made for the same genes."""
    if drug is None or drug.kind == "class" or not drug.targets:
        return False
    return drug.genes[0] in generic.genes
