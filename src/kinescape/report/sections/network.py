"""The network with the data on it: the part around what was measured and what the drugs act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kinescape.report import wording
from kinescape.report.bundle import Section
from kinescape.report.figures.effects import CLEAR, COLUMNS, with_verdict
from kinescape.report.figures.figure import Column, DataTable, Figure
from kinescape.report.figures.network_drawing import NodeState, network_figure
from kinescape.report.figures.network_part import readable_part
from kinescape.report.selection import (
    acts_on,
    agents_of,
    altered_alone,
    given_alone,
    phenotypes_in,
    signalling,
)

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults

_MOST_VIEWS = 24
_MOST_TARGETS = 6


def network_section(results: StudyResults) -> Section | None:
    """The layered drawing; None where the network and the data share nothing."""
    figure = network_with_data(results)
    if figure is None:
        return None
    network = results.network
    return Section(
        "network",
        "The network with the data on it",
        "network.html",
        {
            "drawing": figure,
            "name": network.name,
            "licence": getattr(network, "licence", "") or "",
            "nodes": len(network.nodes),
            "edges": len(network.edges),
            "referenced": network.share_referenced,
            "edges_table": _edges(results, figure),
        },
    )


def network_with_data(results: StudyResults) -> Figure | None:
    """Measured effects of one condition at a time on the network around them."""
    specification, network = results.specification, results.network
    frame = signalling(results.effects.filter(pl.col("sample") == specification.target_sample))
    frame = frame.with_columns(pl.col("scale").cast(pl.String)).filter(
        pl.col("value").is_finite()
        & (pl.col("scale") == "log2_fold_change")
        & (pl.col("condition") != "control")
    )
    if frame.is_empty():
        return None
    frame = with_verdict(frame)
    views = _views(frame)
    acted_on = {
        view: [pair for agent in agents_of(view) for pair in acts_on(agent, results.agents)[:_MOST_TARGETS]]
        for view in views
    }
    moved = dict(frame.group_by("node").agg(pl.col("value").abs().max()).sort("node").rows())
    targets = {gene for pairs in acted_on.values() for gene, _ in pairs}
    aims = set(phenotypes_in(results.effects)) | {specification.suppress}
    nodes = readable_part(network, moved, targets, aims)
    rows = frame.filter(pl.col("condition").is_in(views)).select(
        "condition", "node", "value", "verdict", "readout"
    )
    order = {view: place for place, view in enumerate(views)}
    states = [
        NodeState(view, node, value, verdict == CLEAR, readout)
        for view, node, value, verdict, readout in sorted(
            rows.rows(), key=lambda row: (order[row[0]], row[1], row[4])
        )
    ]
    states += [
        NodeState(view, gene, acted_on_by=tag) for view, pairs in acted_on.items() for gene, tag in pairs
    ]
    table = DataTable(
        "network-data",
        "One row is the effect of one condition on one node.",
        (Column("node", "Node"), *COLUMNS),
        frame.sort(pl.col("value").abs(), descending=True),
    )
    return network_figure(
        network,
        nodes,
        states,
        table,
        key="network-drawing",
        title=f"Signalling of {specification.target_sample} under each condition",
        caption=(
            "The part of the network around what was measured and what the agents act on; receptors on top, "
            "what cells do at the bottom. Box colour: effect of the chosen condition against the untreated "
            "control (log2 fold change; orange up, blue down; strong outline: clear effect, false discovery "
            "rate below 5 %); white: not measured. A phosphorylation is shown as measured: it need not mean "
            "activity. Above a box stands the agent that acts on it: × blocks, + activates. A line that ends "
            "in a triangle activates, in a bar (dashed) inhibits, in a dot is of unknown or mixed sign. "
            "Genes read by one antibody, and unmeasured genes with the same neighbours, share a box. "
            f"{wording.replicates(frame['n'])} independent replicates an effect."
        ),
        label="condition",
        simulated=specification.simulated,
    )


def _views(frame: pl.DataFrame) -> list[str]:
    """Conditions to choose from: single agents first, those that move most on top."""
    ranked = (
        frame.group_by("condition")
        .agg((pl.col("verdict") == CLEAR).sum().alias("clear"), pl.col("value").abs().max().alias("most"))
        .sort("clear", "most", "condition", descending=[True, True, False])["condition"]
        .to_list()
    )
    ranked.sort(key=lambda text: not (given_alone(text) or altered_alone(text)))
    return ranked[:_MOST_VIEWS]


def _edges(results: StudyResults, figure: Figure) -> DataTable | None:
    drawn = set(figure.table.frame["node"].to_list())
    rows = [
        {
            "source": edge.source,
            "relation": {1: "activates", -1: "inhibits"}.get(edge.sign, "acts on (sign unknown)"),
            "target": edge.target,
            "mechanism": edge.mechanism,
            "residue": edge.residue,
            "status": edge.status,
            "references": "; ".join(edge.references),
        }
        for edge in results.network.edges
        if edge.source in drawn or edge.target in drawn
    ]
    if not rows:
        return None
    return DataTable(
        "network-edges",
        "Edges of the network that touch a measured node, with the papers behind them.",
        (
            Column("source", "From"),
            Column("relation", "does"),
            Column("target", "to"),
            Column("mechanism", "by"),
            Column("residue", "at"),
            Column("status", "Status"),
            Column("references", "Papers", "reference"),
        ),
        pl.DataFrame(rows, infer_schema_length=None, schema_overrides={"residue": pl.String}),
    )
