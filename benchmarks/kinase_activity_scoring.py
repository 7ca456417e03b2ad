"""What `kinase_activity.py` judges by: perturbations, the split of publications, AUROC and hits over publications."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import rankdata

from kinescape.foundation.randomness import generator

SPLIT_SEED = 20261121
FEWEST = 5
DRAWS = 2000


@dataclass(frozen=True)
class Experiments:
    """Effects of the perturbations, and what was perturbed."""

    sites: pl.DataFrame
    effects: np.ndarray
    names: tuple[str, ...]
    publication: np.ndarray
    targets: dict[str, dict[str, int]]

    @property
    def kinases(self) -> tuple[str, ...]:
        return tuple(sorted({kinase for wanted in self.targets.values() for kinase in wanted}))

    def direction(self, experiment: str) -> int:
        return next(iter(self.targets[experiment].values()))


def read_experiments(folder: Path) -> Experiments:
    table = pl.read_csv(folder / "hernandezData.csv.gz", null_values="NA", infer_schema_length=None)
    names = tuple(table.columns[1:])
    effects = table.select(pl.col(names).cast(pl.Float64)).to_numpy().astype(float)
    effects[effects == 0] = np.nan
    place = table["ID"].str.extract_groups(r"^([^|]+)_([STY])(\d+)\|")
    sites = pl.DataFrame(
        {"gene": place.struct[0], "residue": place.struct[1], "position": place.struct[2].cast(pl.Int64)}
    )
    meta = pl.read_csv(folder / "hernandezMeta.csv.gz", null_values="NA", infer_schema_length=0)
    targets: dict[str, dict[str, int]] = {}
    papers = {}
    for row in meta.iter_rows(named=True):
        targets.setdefault(row["id"], {})[row["target"]] = int(row["sign"])
        papers[row["id"]] = row["PMID"]
    return Experiments(sites, effects, names, np.array([papers[name] for name in names]), targets)


def fitting_half(data: Experiments) -> np.ndarray:
    papers = sorted(set(data.publication))
    order = generator(SPLIT_SEED, "kinase activity", "publications").permutation(len(papers))
    chosen = {papers[index] for index in order[: len(papers) // 2]}
    return np.array([paper in chosen for paper in data.publication])


@dataclass(frozen=True)
class Judged:
    """Wins of positives of one publication over negatives of another, so that publications can be drawn again."""

    wins: np.ndarray
    positives: np.ndarray
    negatives: np.ndarray

    def auroc(self, weights: np.ndarray) -> float:
        pairs = (weights @ self.positives) * (weights @ self.negatives)
        return float(weights @ self.wins @ weights / pairs) if pairs else float("nan")


def judged(values: np.ndarray, positive: np.ndarray, paper: np.ndarray, papers: list[str]) -> Judged:
    wins = np.zeros((len(papers), len(papers)))
    at = {name: (paper == name) for name in papers}
    for column, name in enumerate(papers):
        negatives = np.sort(values[at[name] & ~positive])
        for row, other in enumerate(papers):
            mine = values[at[other] & positive]
            below = np.searchsorted(negatives, mine, "left") + np.searchsorted(negatives, mine, "right")
            wins[row, column] = below.sum() / 2
    positives, negatives = (
        np.array([float((at[name] & which).sum()) for name in papers]) for which in (positive, ~positive)
    )
    return Judged(wins, positives, negatives)


@dataclass(frozen=True)
class Outcome:
    """One method, ready to be counted over any publications."""

    scored: Judged
    benchmark: Judged
    full: Judged
    hits: np.ndarray
    hits_either: np.ndarray
    pairs: np.ndarray

    def figures(self, weights: np.ndarray) -> tuple[float, float, float, float, float]:
        total = weights @ self.pairs
        return (
            self.scored.auroc(weights),
            self.benchmark.auroc(weights),
            self.full.auroc(weights),
            float(weights @ self.hits / total),
            float(weights @ self.hits_either / total),
        )


def outcome(
    scores: np.ndarray,
    rows: np.ndarray,
    enzymes: tuple[str, ...],
    data: Experiments,
    *,
    universe: frozenset[str] | None = None,
    signed: bool = True,
) -> Outcome:
    """Judge scores (nan: none); `rows` are the enzymes with five substrates, the same for every method.

    Only enzymes of the `universe` are judged: kinases that motifs add would make the ranking look easier.
    """
    if universe is not None:
        inside = np.array([enzyme in universe for enzyme in enzymes])
        scores, rows = scores[inside], rows[inside]
        enzymes = tuple(enzyme for enzyme in enzymes if enzyme in universe)
    papers = sorted(set(data.publication))
    place = {paper: index for index, paper in enumerate(papers)}
    known = set(data.kinases)
    is_kinase = np.array([enzyme in known for enzyme in enzymes])
    narrow: list[tuple[np.ndarray, ...]] = []
    wide: list[tuple[np.ndarray, ...]] = []
    hits, either, pairs = np.zeros(len(papers)), np.zeros(len(papers)), np.zeros(len(papers))
    for index, name in enumerate(data.names):
        raw = scores[:, index]
        positive = np.array([enzyme in data.targets[name] for enzyme in enzymes])
        direction = data.direction(name) if signed else 1
        paper = np.full(len(enzymes), data.publication[index])
        measured = rows[:, index]
        if measured.any():
            size = np.sqrt(np.mean(np.nan_to_num(raw[measured]) ** 2)) or 1.0
            value = np.nan_to_num(raw) * direction / size
            narrow.append((value[measured], positive[measured], paper[measured], is_kinase[measured]))
        any_score = np.isfinite(raw)
        size = np.sqrt(np.mean(raw[any_score] ** 2)) if any_score.any() else 1.0
        value = np.nan_to_num(raw) * direction / (size or 1.0)
        wide.append((value, positive, paper, is_kinase))
        where = place[data.publication[index]]
        pairs[where] += positive.sum()
        hits[where] += (rankdata(-value, method="max")[positive] <= 10).sum()
        either[where] += (rankdata(-np.abs(value), method="max")[positive] <= 10).sum()
    value, positive, paper, kinase = (np.concatenate(part) for part in zip(*narrow, strict=True))
    everything = [np.concatenate(part) for part in zip(*wide, strict=True)]
    return Outcome(
        judged(value, positive, paper, papers),
        judged(value[kinase], positive[kinase], paper[kinase], papers),
        judged(everything[0], everything[1], everything[2], papers),
        hits,
        either,
        pairs,
    )


def weights_of(data: Experiments, which: np.ndarray) -> np.ndarray:
    return np.array(
        [float(which[data.publication == paper].any()) for paper in sorted(set(data.publication))]
    )


def draws(base: np.ndarray) -> np.ndarray:
    chosen = np.flatnonzero(base)
    random = generator(SPLIT_SEED, "kinase activity", "bootstrap")
    picked = random.choice(chosen, size=(DRAWS, len(chosen)))
    return np.stack([np.bincount(one, minlength=len(base)) for one in picked]).astype(float)
