"""How the cells get round each drug: what rose under it, and the way from there to what cells do."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from kinescape.report import wording
from kinescape.report.bundle import Section
from kinescape.report.figures.figure import DataTable, Figure
from kinescape.report.figures.network_drawing import NodeState, network_figure
from kinescape.report.figures.responses import (
    COLUMNS,
    FALL,
    HELD,
    RISE,
    UNSURE,
    response_dots,
    told_apart,
)
from kinescape.report.selection import acts_on, has_drugs

if TYPE_CHECKING:
    from kinescape.knowledge.network import Network
    from kinescape.study.results import StudyResults

_HEADING = "How the cells get round the drugs"
_MOST_ROUTES = 3
_MOST_LISTED = 8
_MOST_TARGETS = 6
_ARROW = re.compile(r"\s*(?:→|⊣|⋯|->|-\|)\s*")


def escape_section(results: StudyResults) -> Section | None:
    """Responses as dots, blocked and open routes as a drawing, and the papers behind them."""
    specification = results.specification
    if not has_drugs(results):
        return None
    if results.escape.is_empty():
        return Section(
            "escape",
            _HEADING,
            "escape.html",
            {"rows": [], "others": None, "target": specification.target_sample},
        )
    frame = told_apart(results.escape)
    own = frame.filter(pl.col("sample") == specification.target_sample)
    others = frame.filter(pl.col("sample") != specification.target_sample)
    rank = pl.col("state").replace_strict({RISE: 0, FALL: 1, HELD: 2}, default=3, return_dtype=pl.Int64)
    own = own.sort(rank, pl.col("change").abs(), descending=[False, True], nulls_last=True)
    moved = own.filter(pl.col("state").is_in([RISE, FALL]))
    listed = own.head(max(_MOST_LISTED, min(2 * _MOST_LISTED, moved.height)))
    return Section(
        "escape",
        _HEADING,
        "escape.html",
        {
            "figure_dots": response_dots(
                results.escape,
                specification.target_sample,
                key="responses",
                simulated=specification.simulated,
            ),
            "drawing": route_drawing(results, own),
            "counters": lambda names: study_first(names, results.measurements.agents),
            "rows": listed.to_dicts(),
            "more": own.height - listed.height,
            "counts": {state: int((own["state"] == state).sum()) for state in (RISE, FALL, HELD)},
            "tested": bool((own["state"] != UNSURE).any()),
            "target": specification.target_sample,
            "others": None
            if others.is_empty()
            else DataTable("responses-others", "Responses in the other samples.", COLUMNS, others),
            "estimate": wording.estimate,
        },
    )


def study_first(names: object, used: Collection[str], most: int = 4) -> str:
    """Agents as a sentence lists them: those of the study first.

    Examples
    --------
    >>> study_first("afatinib; erlotinib", ["erlotinib"])
    'erlotinib or afatinib'
    """
    parts = names if isinstance(names, list | tuple) else str(names or "").split(";")
    found = [str(part).strip() for part in parts if str(part).strip()]
    return wording.listing(sorted(found, key=lambda name: name not in used), last="or", most=most)


def nodes_of_path(path: str | None, network: Network) -> list[str]:
    """The nodes that a path names, in order; words beside them are passed over.

    Parameters
    ----------
    path : str or None
        Such as `MET → GAB1 → PIK3CA, beside the blocked EGFR`.
    network : Network
        Its nodes are what is looked for.
    """
    known = set(network.nodes)
    found: list[str] = []
    for piece in _ARROW.split(path or ""):
        words = [word.strip(",.;:()[]") for word in piece.split()]
        # Only the word next to an arrow belongs to the path; 'beside the blocked EGFR' does not.
        candidates = [word for word in (words[:1] if found else words[-1:]) if word in known]
        if not candidates:
            candidates = [word for word in words[:1] if word in known]
        found += candidates[:1]
    return found


def route_drawing(results: StudyResults, own: pl.DataFrame) -> Figure | None:
    """The drugs' targets, the routes round them, and what rose, one view for each drug."""
    network, simulated = results.network, results.specification.simulated
    moved = own.filter(pl.col("state").is_in([RISE, FALL]))
    own = own if moved.is_empty() else moved
    nodes: set[str] = set()
    states: list[NodeState] = []
    routes: dict[str, list[tuple[str, str]]] = {}
    used: list[pl.DataFrame] = []
    for drug in own["agent"].unique(maintain_order=True):
        part = own.filter(pl.col("agent") == drug)
        hit = [(gene, tag) for gene, tag in acts_on(drug, results.agents)[:_MOST_TARGETS] if gene in network]
        paths = [(row, nodes_of_path(row["path"], network)) for row in part.head(_MOST_ROUTES).to_dicts()]
        paths = [(row, path) for row, path in paths if len(path) > 1]
        if not paths:
            continue
        used.append(part)
        routes[drug] = [pair for _, path in paths for pair in pairwise(path)]
        nodes |= {node for _, path in paths for node in path} | {gene for gene, _ in hit}
        states += [NodeState(drug, gene, acted_on_by=tag) for gene, tag in hit]
        states += [
            NodeState(drug, row["node"], row["change"], row["state"] in (RISE, FALL, HELD), row["readout"])
            for row, _ in paths
        ]
    if not routes:
        return None
    aims = [name for name in network.phenotypes if any(name in network.successors(node) for node in nodes)]
    nodes |= {name for name in aims if name == results.specification.suppress} or set(aims)
    return network_figure(
        network,
        sorted(nodes),
        states,
        DataTable(
            "routes-data", "One row is one response with its way round the drug.", COLUMNS, pl.concat(used)
        ),
        key="routes",
        title=f"Ways round the drugs in {results.specification.target_sample}",
        caption=(
            "Boxes: nodes of the network, receptors on top, what cells do at the bottom. '× drug' marks what "
            "the chosen drug blocks; box colour: measured change under it (orange up, blue down, strong "
            "outline where clear); bold orange lines: the ways round it that the network knows. Lines that "
            "end in a triangle activate, in a bar inhibit. The measured change is data; the way from there "
            f"on is knowledge, not measured here. {wording.replicates(pl.concat(used)['n'])} independent "
            "replicates."
        ),
        label="drug",
        routes=routes,
        simulated=simulated,
    )
