"""How much of a pair's doses patients' plasma reaches, in words for a cell of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kinescape.report import wording
from kinescape.strategy.pair_ranking.plasma_levels import AT_MOST


def reached_in_plasma(row: Mapping[str, Any]) -> str:
    """Share with its range between patients.

    Parameters
    ----------
    row : mapping
        With the columns of `kinescape.strategy.pair_ranking.plasma_levels.COLUMNS`.

    Examples
    --------
    >>> reached_in_plasma({"achievable": 0.5, "achievable_low": 0.2, "achievable_high": 1.0, "achievable_kind": "free"})
    '50 % (20 % to 100 %)'
    >>> reached_in_plasma({"achievable": None})
    '–'
    """
    share = row.get("achievable")
    if share is None:
        return "–"
    limit = f"{AT_MOST} " if row.get("achievable_kind") == AT_MOST else ""
    low, high = row.get("achievable_low"), row.get("achievable_high")
    range_of = "no interval" if low is None or high is None else f"{_share(low)} to {_share(high)}"
    return f"{limit}{_share(share)} ({range_of})"


def _share(value: float) -> str:
    return f"{100 * value:.2g} %" if value < 0.1 else wording.percent(value)
