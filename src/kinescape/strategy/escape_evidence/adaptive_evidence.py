"""The evidence for an adaptive response in words that a biologist reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

_UNITS = {"log2_fold_change": "log2", "z": "z"}


def evidence_text(
    row: Mapping[str, Any], change: float, feeders: Sequence[str], targets: Sequence[str]
) -> str:
    """Say what was seen of one node under one drug.

    Parameters
    ----------
    row : mapping
        One tested response: agent, node, readout, condition, time_h, scale, direction, n, own, fdr, tests.
    change : float
        Change of the node's activity.
    feeders : sequence of str
        Nodes that rose and reach a held node.
    targets : sequence of str
        What the drug blocks.
    """
    unit = _UNITS[str(row["scale"])]
    when = "" if row["time_h"] is None else f" at {row['time_h']:g} h"
    blocked = named(targets) or "its target, which is not known"
    if row["direction"] == "held":
        late = "" if row["time_h"] is None else " at the last time"
        text = (
            f"{row['readout']} ({row['node']}) fell by less than a fifth under {row['agent']}{late}, at every "
            f"dose ({change:+.2f} {unit}); blocking {blocked} lowers it elsewhere: {row['lowered_in']}"
        )
        if feeders:
            text += f"; {', '.join(dict.fromkeys(feeders))}, which moved against the drug, can hold it up"
    else:
        verb, other = ("rose", "fell") if change > 0 else ("fell", "rose")
        what = f"{row['readout']} ({row['node']}) {verb} by {abs(change):.2f} {unit}"
        if row["turned"] < 0:
            site = f"its inhibiting site {row['readout']} {other}"
            what = f"{row['node']} activity {verb} by {abs(change):.2f} {unit} ({site})"
        text = f"{what} under {row['condition']}{when}"
    return f"{text}. {_test(row)}"


def named(genes: Sequence[str], most: int = 3) -> str:
    """Genes in words, at most a few by name: `ABL1, SRC, LYN and 7 more`."""
    if len(genes) > most:
        return f"{', '.join(genes[:most])} and {len(genes) - most} more"
    return ", ".join(genes[:-1]) + " and " + genes[-1] if len(genes) > 1 else "".join(genes)


def _test(row: Mapping[str, Any]) -> str:
    if isnan(row["fdr"]):
        return "Not tested: no condition of this readout has replicates."
    text = f"n = {row['n']}, false discovery rate {row['fdr']:.2g}"
    if not row["own"]:
        text += ", replicate error of the other conditions"
    if row["tests"] > 1 and row["direction"] != "held":
        text += f", largest of {row['tests']} doses and times (corrected for)"
    return f"{text}."
