"""Ranking pairs of O'Neil's screen that were not tested: a new line, a new pair, a new drug.

Figures are means over lines, and pooled over all rows; intervals (95 %) by bootstrap over pairs and lines. The four
development lines (`pair_screens`) are known to the rankings but not counted.

Run: KINESCAPE_DATA=... python benchmarks/pair_rankings.py
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from pair_screens import (
    RESAMPLES,
    Bools,
    Floats,
    Screen,
    average_precision,
    development_lines,
    judge,
    oneil,
    rows_of,
)

from kinescape.foundation.randomness import generator


def oneil_rankings(screen: Screen, judged: list[int]) -> None:
    everyone = list(range(len(screen.lines)))
    shape = (len(screen.pairs), len(judged))
    print(f"O'Neil rankings, rows of {len(judged)} lines")
    ours, plain = np.zeros(shape), np.zeros(shape)
    for column, line in enumerate(judged):
        others = [other for other in everyone if other != line]
        ours[:, column] = screen.prior(others).process.mean
        plain[:, column] = np.nan_to_num(np.nanmean(screen.excess[:, others], axis=1))
    judge("held-out line: ours", *rows_of(screen, judged, ours))
    judge("held-out line: mean of the other lines", *rows_of(screen, judged, plain))
    fold = generator(0, "next experiment", "pair folds").permutation(len(screen.pairs)) % 10
    strict, additive = np.zeros(shape), np.zeros(shape)
    inside, inside_plain = np.zeros(shape), np.zeros(shape)
    for number in range(10):
        hidden = fold == number
        strict[hidden] = screen.prior(everyone, hidden=hidden).process.mean[hidden, None]
        additive[hidden] = _additive(screen, np.nanmean(screen.excess, axis=1), hidden)[hidden, None]
        for column, line in enumerate(judged):
            values = screen.excess[:, line]
            tested = np.flatnonzero(np.isfinite(values) & ~hidden)
            process = screen.prior([]).process
            expected = process.posterior(tested, values[tested], np.zeros(tested.size)).mean
            inside[hidden, column] = expected[hidden]
            inside_plain[hidden, column] = _additive(screen, values, hidden)[hidden]
    judge("held-out pair, unseen in every line: ours", *rows_of(screen, judged, strict))
    judge("held-out pair, unseen in every line: sum of drug effects", *rows_of(screen, judged, additive))
    judge("held-out pair, other pairs of the line: ours", *rows_of(screen, judged, inside))
    judge(
        "held-out pair, other pairs of the line: sum of drug effects", *rows_of(screen, judged, inside_plain)
    )
    new_drug(screen, judged)


def _additive(screen: Screen, values: Floats, hidden: Bools) -> Floats:
    """Baseline: ridge on drug effects, penalty 1 on centred values."""
    design = np.zeros((len(screen.pairs), len(screen.drugs)))
    design[np.arange(len(screen.pairs)), screen.first] = 1
    design[np.arange(len(screen.pairs)), screen.second] = 1
    known = np.isfinite(values) & ~hidden
    mean = values[known].mean()
    part = design[known]
    effects = np.linalg.solve(part.T @ part + np.eye(part.shape[1]), part.T @ (values[known] - mean))
    return mean + design @ effects


def new_drug(screen: Screen, judged: list[int]) -> None:
    """Ranking the partners of a drug that no line has seen: AP within drug, over lines with a synergy of it."""
    everyone = list(range(len(screen.lines)))
    found: dict[str, list[tuple[int, float]]] = {
        name: [] for name in ("ours", "drug effects", "rules", "random")
    }
    in_line: list[tuple[int, float]] = []
    rng = generator(0, "next experiment", "new drug")
    for drug in range(len(screen.drugs)):
        hidden = (screen.first == drug) | (screen.second == drug)
        scores = {
            "ours": screen.prior(everyone, hidden=hidden).process.mean,
            "drug effects": _additive(screen, np.nanmean(screen.excess, axis=1), hidden),
            "rules": np.nan_to_num(screen.rule),
            "random": rng.random(hidden.size),
        }
        for line in judged:
            rows = np.flatnonzero(np.isfinite(screen.excess[:, line]) & hidden)
            positive = screen.synergy[rows, line]
            if not positive.any() or positive.all():
                continue
            for name, score in scores.items():
                found[name].append((drug, average_precision(score[rows], positive)))
            tested = np.flatnonzero(np.isfinite(screen.excess[:, line]) & ~hidden)
            values = screen.excess[tested, line]
            expected = screen.prior([]).process.posterior(tested, values, np.zeros(tested.size)).mean
            in_line.append((drug, average_precision(expected[rows], positive)))
    found["ours, other drugs of the line alone"] = in_line
    for name, pairs in found.items():
        drugs, values = (np.array(part) for part in zip(*pairs, strict=True))
        sums = np.bincount(drugs, weights=values, minlength=len(screen.drugs))
        counts = np.bincount(drugs, minlength=len(screen.drugs)).astype(float)
        drawn = generator(0, "new drug", "bootstrap").integers(sums.size, size=(RESAMPLES, sums.size))
        low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [0.025, 0.975])
        print(
            f"  new drug, AP within drug and line: {name:36s} {values.mean():.3f} [{low:.3f}, {high:.3f}] "
            f"over {values.size} cases"
        )


def main() -> None:
    folder = os.environ.get("KINESCAPE_DATA")
    if not folder:
        raise SystemExit("KINESCAPE_DATA is not set: this benchmark needs the real data")
    screen = oneil(Path(folder))
    development = development_lines(screen)
    judged = [
        line for line in range(len(screen.lines)) if line not in development and screen.synergy[:, line].any()
    ]
    oneil_rankings(screen, judged)


if __name__ == "__main__":
    main()
