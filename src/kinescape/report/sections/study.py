"""What was studied: samples, agents with their targets, and what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kinescape.report import wording
from kinescape.report.bundle import Section
from kinescape.report.figures.figure import Column, DataTable
from kinescape.report.selection import agents_of, is_drug, one_row_a_readout, scale_words, targets_of

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults

_MOST_NAMES = 3
_SCHEMA = {
    "agent": pl.String,
    "other_names": pl.String,
    "kind": pl.String,
    "drug_class": pl.String,
    "targets": pl.String,
    "approved": pl.String,
    "conditions": pl.Int64,
    "references": pl.String,
}


def study_section(results: StudyResults) -> Section:
    """Samples, agents and assays of the study."""
    frame = results.measurements.frame
    single = one_row_a_readout(frame)
    assays = single.group_by("assay", "scale", maintain_order=True).agg(
        pl.col("readout").n_unique().alias("readouts"),
        pl.len().alias("rows"),
        pl.col("time_h").unique().sort(),
    )
    described = [
        {
            "assay": row["assay"],
            "readouts": row["readouts"],
            "rows": row["rows"],
            "scale": scale_words(row["scale"]),
            "times": _times(row["time_h"]),
        }
        for row in assays.to_dicts()
    ]
    agents = agent_table(results)
    return Section(
        "study",
        "What was studied",
        "study.html",
        {
            "samples": _samples(results),
            "conditions": len([text for text in results.measurements.conditions if text != "control"]),
            "measurements": single.height,
            "assays": described,
            "agents": agents,
            "phenotype": _aim(results),
        },
    )


def agent_table(results: StudyResults) -> DataTable | None:
    """Every agent of the study with its targets; None where there is none."""
    used: dict[str, int] = {}
    for condition in results.measurements.conditions:
        for name in agents_of(condition):
            used[name] = used.get(name, 0) + 1
    rows = []
    for name in sorted(used, key=lambda word: (not is_drug(word, results.agents), word.lower())):
        agent = results.agents.get(name)
        approved = getattr(agent, "approved", None)
        rows.append(
            {
                "agent": name,
                "other_names": ", ".join(list(getattr(agent, "synonyms", None) or ())[:_MOST_NAMES]) or None,
                "kind": getattr(agent, "kind", None) or "not in the agents table",
                "drug_class": getattr(agent, "drug_class", None),
                "targets": ", ".join(targets_of(name, results.agents)) or "not known",
                "approved": {True: "yes", False: "no"}.get(approved) if isinstance(approved, bool) else None,
                "conditions": used[name],
                "references": "; ".join(getattr(agent, "references", None) or ()) or None,
            }
        )
    if not rows:
        return None
    return DataTable(
        "agents",
        "Drugs first, then ligands. Targets are those of the agents table, the strongest first.",
        (
            Column("agent", "Agent"),
            Column("other_names", "Also called"),
            Column("kind", "Kind"),
            Column("drug_class", "Class"),
            Column("targets", "Acts on"),
            Column("approved", "Approved"),
            Column("conditions", "Conditions with it", "count"),
            Column("references", "Papers", "reference"),
        ),
        pl.DataFrame(rows, schema=_SCHEMA),
    )


def _aim(results: StudyResults) -> str | None:
    """What is to be lowered; None where the study measured no such thing."""
    specification = results.specification
    measured = results.measurements.where(sample=specification.target_sample).nodes
    return specification.suppress.replace("_", " ") if specification.suppress in measured else None


def _samples(results: StudyResults) -> list[dict[str, str]]:
    specification = results.specification
    made = []
    aim = _aim(results)
    names = list(results.measurements.samples)
    first = [name for name in (specification.target_sample, specification.reference_sample) if name in names]
    for name in first + [other for other in names if other not in first]:
        if name == specification.target_sample:
            role = f"target: its {aim} is to fall" if aim else "target"
        elif name == specification.reference_sample:
            role = "reference: is to be spared"
        else:
            role = "measured beside them"
        made.append({"name": name, "role": role})
    return made


def _times(hours: list[float | None]) -> str:
    known = [f"{value:g} h" for value in hours if value is not None]
    return wording.listing(known) if known else "time not stated"
