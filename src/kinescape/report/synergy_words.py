"""What scored combinations say in sentences: headline, evidence, potency, and where in the matrix to look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix
from kinescape.assays.viability.combination_scoring.strongest_area import strongest_area
from kinescape.assays.viability.combination_scoring.synergy_results import SCORE_NAMES, SCORES, alpha_text
from kinescape.foundation.issues import Fault
from kinescape.report import wording
from kinescape.report.figures.dose_matrix import dose_text


def note_sentence(note: Fault) -> str:
    """A note without the path of the file, which is none of a reader's business."""
    return wording.sentence(note.found if not note.mend else f"{note.found}; {note.mend}")


def headline(row: Mapping[str, Any], score: str) -> str:
    """One matrix and one score: how much more or less than expected.

    Parameters
    ----------
    row : mapping
        The matrix's row of `SynergyResults.scores`.
    score : str
        One of `SCORES`.
    """
    where = f" in {row['sample']}" if row["sample"] else ""
    amount = wording.number(abs(row[score]))
    direction = "more" if row[score] >= 0 else "less"
    return f"{row['drugs']}{where}: {amount} percentage points {direction} inhibition than {SCORE_NAMES[score]} expects"


def evidence(row: Mapping[str, Any], score: str, level: float) -> list[str]:
    """The interval of a score and what it rests on, the other scores, and what MuSyC adds.

    Parameters
    ----------
    row : mapping
        The matrix's row of `SynergyResults.scores`.
    score : str
        One of `SCORES`.
    level : float
        Of the intervals.
    """
    sentences = []
    if row[f"{score}_low"] is not None:
        basis = {
            "replicates": f"{row['replicates']} independent replicates",
            "wells": "the scatter of repeated wells",
        }.get(row["noise"], "the roughness of the matrix")
        span = wording.interval(row[f"{score}_low"], row[f"{score}_high"], sign=True)
        sentences.append(f"{wording.percent(level)} interval {span}, from {basis}.")
    others = [
        f"{SCORE_NAMES[name]} {wording.number(row[name], sign=True)}"
        for name in SCORES
        if name != score and row.get(name) is not None
    ]
    if others:
        whose = (
            " (Loewe and ZIP as SynergyFinder computes them)" if row["convention"] == "synergyfinder" else ""
        )
        sentences.append(f"By the other expectations{whose}: {wording.listing(others)}.")
    potency = _potency(row)
    if potency:
        sentences.append(potency)
    return sentences


def _potency(row: Mapping[str, Any]) -> str:
    """MuSyC's parameters in a sentence; its status where it has none."""
    if row["musyc_status"] != "fitted":
        return f"MuSyC: {row['musyc_status']}."
    first, second = [*row["drugs"].split(" + "), "", ""][:2]
    parts = []
    for name, by, of in (("alpha12", first, second), ("alpha21", second, first)):
        value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
        if value is None:
            continue
        span = "not bounded by these doses" if low is None else f"{_factor(low)} to {_factor(high)}"
        told = alpha_text(value, low, high)
        if told == "not told":
            parts.append(f"the doses do not tell how {by} changes the potency of {of}")
        elif told[0] in "<>":
            least = "at least" if told[0] == ">" else "at most"
            parts.append(f"{by} changes the potency of {of} {least} {told[1:]}-fold (the other end is open)")
        else:
            parts.append(f"{by} changes the potency of {of} {_factor(value)}-fold ({span})")
    if row["beta"] is not None:
        low, high = row["beta_low"], row["beta_high"]
        span = "no interval" if low is None else wording.interval(low, high, sign=True, digits=2)
        parts.append(
            f"efficacy beyond the stronger drug {wording.number(row['beta'], sign=True, digits=2)} ({span})"
        )
    return ("MuSyC: " + "; ".join(parts) + ".") if parts else f"MuSyC: {row['musyc_status']}."


def where_strongest(cells: pl.DataFrame, row: Mapping[str, Any], matrix: DoseMatrix, score: str) -> list[str]:
    """Where in the matrix to look, in a sentence."""
    if row.get(score) is None:
        return []
    antagonism = row[score] < 0
    found = strongest_area(cells, score, antagonism=antagonism)
    if found is None:
        return []
    spans = [
        f"{drug} {dose_text(low)} to {dose_text(high)} {unit}"
        for drug, unit, (low, high) in zip(
            matrix.drugs, matrix.units, (found.first, found.second), strict=True
        )
    ]
    return [
        f"{'Lowest' if antagonism else 'Highest'} 3 × 3 doses: {wording.number(found.mean, sign=True)} by "
        f"{SCORE_NAMES[score]}, {' and '.join(spans)}; picked from all such windows, so too "
        f"{'low' if antagonism else 'high'} to be expected again."
    ]


def _factor(value: float) -> str:
    if value >= 9999:
        return "> 10,000"
    if value <= 1.0001e-4:
        return "< 0.0001"
    return f"{value:.2g}" if value < 100 else f"{value:,.0f}"
