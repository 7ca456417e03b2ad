"""The evidence for a pair of drugs in words that a biologist reads, made from one row of the table."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from kinescape.strategy.pair_ranking.combination_standing import LEAST_GAIN

_CLEAR = 1.645


def evidence_text(row: Mapping[str, Any], *, node: str, no_effect: float) -> str:
    """Say what a row rests on.

    Parameters
    ----------
    row : mapping
        Values of one combination, NaN where not known.
    node : str
        The node to suppress.
    no_effect : float
        The value that means 'as the control' on the row's scale.
    """
    parts = [_effect(row, node), _spared(row, no_effect), _closed(row), _synergy(row), _rule(row)]
    return " ".join(part for part in parts if part)


def _known(value: float | None) -> bool:
    return value is not None and isfinite(value)


def amount(value: float, scale: str) -> str:
    """A value in words of its scale: `32 % of control`, `-1.20 log2 fold change`."""
    if scale == "fraction_of_control":
        return f"{100 * value:.0f} % of control"
    return f"{value:.2f} {scale.replace('_', ' ')}"


def _between(row: Mapping[str, Any], name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if not (_known(low) and _known(high)):
        return ""
    if row["effect_scale"] == "fraction_of_control":
        return f" (90 % interval {100 * low:.0f} to {100 * high:.0f})"
    return f" (90 % interval {low:.2f} to {high:.2f})"


def _effect(row: Mapping[str, Any], node: str) -> str:
    if not _known(row["effect"]):
        return f"{row['effect_basis'][:1].upper()}{row['effect_basis'][1:]}."
    text = f"{node} of {row['sample']}: {amount(row['effect'], row['effect_scale'])}{_between(row, 'effect')}"
    return f"{text}; {row['effect_basis']}."


def _spared(row: Mapping[str, Any], no_effect: float) -> str:
    if not _known(row["spared"]):
        return ""
    text = f"The sample to spare: {amount(row['spared'], row['effect_scale'])}{_between(row, 'spared')}"
    if row["spared"] <= row["effect"] < no_effect:
        return f"{text}, hit at least as hard."
    return f"{text}."


def _closed(row: Mapping[str, Any]) -> str:
    if not row.get("escape_route"):
        return ""
    text = f"{row['escape_route']}{_sized(row)}, which the other drug counters"
    if row["status"] == "measured":
        gained = row["better_single"] - row["effect"]
        least = LEAST_GAIN.get(row["effect_scale"], 0.1)
        if _known(gained) and gained < least:
            return f"Aims at a measured way round ({text}), but did no more than the better drug alone."
        return f"Closes a measured way round: {text}."
    return f"Would close a measured way round: {text}."


def _sized(row: Mapping[str, Any]) -> str:
    low, high = row.get("escape_closed_low"), row.get("escape_closed_high")
    if not (_known(low) and _known(high)):
        return ", without interval"
    return f", size {row['escape_closed']:.2f} with 90 % interval {low:.2f} to {high:.2f}"


def _expected(row: Mapping[str, Any]) -> str:
    found = [row.get(f"expected_excess{end}") for end in ("", "_low", "_high")]
    if not all(_known(one) for one in found):
        return ""
    value, low, high = (round(float(one), 2) + 0.0 for one in found if one is not None)
    return (
        f"To expect beyond two independent drugs: {value:+.2f} (90 % interval {low:+.2f} to {high:+.2f}), "
        f"{row['expected_excess_basis']}."
    )


def _synergy(row: Mapping[str, Any]) -> str:
    if not _known(row.get("bliss_excess")):
        return _expected(row)
    excess, se = row["bliss_excess"], row["bliss_se"]
    if not _known(se):
        return f"Bliss excess {excess:+.2f}, not tested: no replicates."
    side = "more" if excess > 0 else "less"
    text = (
        f"The pair does {side} than two independent drugs would (Bliss excess {abs(excess):.2f} ± {se:.2f})"
    )
    if abs(excess) < _CLEAR * se:
        within = f"within error (Bliss excess {excess:+.2f} ± {se:.2f})"
        return f"The pair does what two independent drugs would, {within}."
    return f"{text}."


def _rule(row: Mapping[str, Any]) -> str:
    if not row["ranked"]:
        return f"Not ranked: {row['rule']}."
    classes = f"{row['agent_a']} ({row['class_a']}) and {row['agent_b']} ({row['class_b']})"
    rule = row["rule"]
    text = f"{classes}: {rule}"
    if not _known(row["room"]):
        text += "; the rule alone, one drug was not measured alone"
    return text if text.endswith(".") else f"{text}."
