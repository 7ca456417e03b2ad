"""Replay of choosing experiments: how many synergies a laboratory finds with the tests it can afford.

Protocol, fixed before scoring. O'Neil: 39 lines × 583 pairs of mean Bliss excess; a synergy is a value in the global
top 10 %. The constants of the prior come from the evidence of four development lines, drawn by seed, which no figure
below counts (`--constants` fits them again). Each of the other 35 lines in turn is new: pairs are tested in batches of
10, up to 100, by the probability of synergy, with the measured values coming back after each batch. Without other
lines the new line's own results are all there is; with them, all the other lines are known. Intervals (95 %): bootstrap
over lines and, at the same time, over pairs (1,000 resamples, seed 0), given the order in which pairs were tested.
Flobak: 171 pairs × 4 lines, curators' gold standard, batches of 5 up to 30, same constants, with and without AK-BI.
The pair's excess comes back, its verdict does not. A drug without a known target (SF) has neither class nor rule.

Run: KINESCAPE_DATA=... python benchmarks/next_experiment.py [--constants] [--figure FILE] [--scale]
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import rankdata

from kinescape.foundation.randomness import generator
from kinescape.knowledge.agents import Agent, Target, load_agents
from kinescape.knowledge.families import agent_classes
from kinescape.knowledge.network import load_core_network
from kinescape.strategy import pair_prior as prior_room
from kinescape.strategy.batch_choice import next_batch
from kinescape.strategy.pair_features import DrugClasses, joined
from kinescape.strategy.pair_prior import PairPrior, pair_prior
from kinescape.strategy.pair_process import PairProcess
from kinescape.strategy.pathway_rules import load_pathway_rules

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bools = NDArray[np.bool_]
RESAMPLES = 1000
NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Screen:
    pairs: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]
    excess: Floats
    synergy: Bools
    threshold: float
    drugs: tuple[str, ...]
    first: Integers
    second: Integers
    classes: DrugClasses
    rule: Floats
    room: Floats | None = None

    def prior(
        self, others: Sequence[int], *, hidden: Bools | None = None, line: int | None = None
    ) -> PairPrior:
        values = self.excess[:, list(others)].copy()
        if hidden is not None:
            values[hidden] = np.nan
        room = None if self.room is None or line is None else self.room[:, line]
        return pair_prior(self.first, self.second, self.classes, self.rule, values, room=room)


def screen_of(
    values: dict[tuple[tuple[str, str], str], float],
    positive: set[tuple[tuple[str, str], str]],
    threshold: float,
    agents: dict[str, Agent | None],
    room: dict[tuple[tuple[str, str], str], float] | None = None,
) -> Screen:
    pairs = tuple(sorted({pair for pair, _ in values}))
    lines = tuple(sorted({line for _, line in values}))
    drugs = tuple(sorted({drug for pair in pairs for drug in pair}))
    network, rules = load_core_network(), load_pathway_rules()
    own = [agent_classes(agent, network) if (agent := agents.get(drug)) else () for drug in drugs]
    place = {drug: number for number, drug in enumerate(drugs)}
    score = np.full(len(pairs), np.nan)
    for number, (a, b) in enumerate(pairs):
        if own[place[a]] and own[place[b]]:
            rule = rules.between(own[place[a]], own[place[b]])
            score[number] = 0.0 if rule is None else rule.score
    table = np.array([[values.get((pair, line), np.nan) for line in lines] for pair in pairs])
    rooms = None
    if room is not None:
        rooms = np.array([[room.get((pair, line), np.nan) for line in lines] for pair in pairs])
        rooms = (rooms - np.nanmean(rooms, axis=0)) / np.nanstd(rooms, axis=0)
    return Screen(
        pairs,
        lines,
        table,
        np.array([[(pair, line) in positive for line in lines] for pair in pairs]),
        threshold,
        drugs,
        np.array([place[a] for a, _ in pairs], dtype=np.int64),
        np.array([place[b] for _, b in pairs], dtype=np.int64),
        DrugClasses.of(own),
        score,
        rooms,
    )


def oneil(folder: Path) -> Screen:
    with (folder / "network" / "oneil-bliss" / "oneils_bliss.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    values = {
        ((row["drugA_name"], row["drugB_name"]), row["cell_line"]): float(row["mean_bliss"]) / 100
        for row in rows
    }
    threshold = float(np.quantile(list(values.values()), 0.9))
    table = load_agents()
    agents = {name: table.get(name) for pair, _ in values for name in pair}
    return screen_of(values, {key for key, x in values.items() if x >= threshold}, threshold, agents)


def flobak(folder: Path) -> Screen:
    agents: dict[str, Agent | None] = {}
    panel = folder / "network" / "druglogics-cascade" / "ags_cascade_2.0" / "drugpanel"
    for line in panel.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if not line.startswith("#") and len(cells) > 2:
            agents[cells[0]] = Agent(cells[0], targets=tuple(Target(gene, cells[1]) for gene in cells[2:]))
    with (folder / "network" / "flobak-synergy" / "gold_standard.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    values, room, positive = {}, {}, set()
    for row in rows:
        key = ((row["drug_a"], row["drug_b"]), row["cell_line"])
        values[key] = -float(row["bliss"])
        room[key] = float(row["hsa"]) - float(row["bliss"])
        if row["gold_standard"] == "Synergy":
            positive.add(key)
    return screen_of(values, positive, 0.1, agents, room)


def development_lines(screen: Screen) -> list[int]:
    drawn = generator(0, "next experiment", "development lines").choice(len(screen.lines), 4, replace=False)
    return sorted(int(line) for line in drawn)


def auc(score: Floats, positive: Bools) -> float:
    ranks, n = rankdata(score), positive.sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (~positive).sum()))


def average_precision(score: Floats, positive: Bools) -> float:
    values, group = np.unique(-score, return_inverse=True)
    hits = np.bincount(group, weights=positive, minlength=values.size)
    precision = np.cumsum(hits) / np.cumsum(np.bincount(group, minlength=values.size))
    return float((precision * hits).sum() / positive.sum())


# --- constants -------------------------------------------------------------------------------------------------


def fit_constants(screen: Screen, lines: Sequence[int]) -> None:
    """Variances of greatest evidence over the development lines, in units of the scale."""
    spread = screen.excess - np.nanmean(screen.excess, axis=0)
    scale = float(np.sqrt(np.nanmean(spread[:, list(lines)] ** 2)))
    print(f"scale {scale:.4f}; development lines {', '.join(screen.lines[line] for line in lines)}")
    centred = np.where(np.isfinite(screen.rule), screen.rule - prior_room.RULE_CENTRE, 0.0)
    for label, with_others in (("without", False), ("with", True)):
        parts = []
        for line in lines:
            tested = np.flatnonzero(np.isfinite(screen.excess[:, line]))
            others = [other for other in range(len(screen.lines)) if other != line] if with_others else []
            prior = screen.prior(others)
            features = prior.process.blocks
            names = [name for name in features if with_others or name != "samples"]
            if with_others:
                names = [name for name in names if name != "rule"]
            grams = [np.asarray((features[n][tested] @ features[n][tested].T).todense()) for n in names]
            values = screen.excess[tested, line] / prior.scale
            mean = prior.process.mean[tested] / prior.scale if with_others else None
            grams = [g / prior.scale**2 if n == "samples" else g for n, g in zip(names, grams, strict=True)]
            parts.append((grams, values, mean, centred[tested]))

        def lost(x: Floats, parts: list = parts, with_others: bool = with_others) -> float:  # type: ignore[type-arg]
            total = 0.0
            for grams, values, mean, rule in parts:
                k = len(grams)
                covariance = sum(np.exp(size) * gram for size, gram in zip(x[:k], grams, strict=True))
                covariance = covariance + np.exp(x[k]) * np.eye(values.size)
                factor = np.linalg.cholesky(covariance)
                expected = mean if with_others else x[k + 1] + x[k + 2] * rule
                half = np.linalg.solve(factor, values - expected)
                total += 0.5 * half @ half + np.log(np.diag(factor)).sum()
            return total

        start = np.log(np.full(len(parts[0][0]) + 1, 0.1))
        start = start if with_others else np.append(start, [0.2, 0.3])
        bounds = [(-7.0, 3.0)] * (len(parts[0][0]) + 1) + ([] if with_others else [(-2.0, 2.0)] * 2)
        best = minimize(lost, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": 40})
        sizes = {name: round(float(np.exp(one)), 3) for name, one in zip(names, best.x, strict=False)}
        print(
            f"{label}: {sizes} own {np.exp(best.x[len(names)]):.3f} mean, slope {best.x[len(names) + 1 :]}"
            f" log evidence {-best.fun:.1f}"
        )


# --- replay ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Replay:
    order: Integers
    expected: list[float]
    low: list[float]
    high: list[float]
    found: list[int]
    probability: Floats


def replay(
    screen: Screen, line: int, prior: PairPrior, *, tests: int, batch: int, adaptive: bool = True
) -> Replay:
    values = screen.excess[:, line]
    can = np.isfinite(values)
    tested, order_p = NONE, []
    expected, low, high, found = [], [], [], []
    while tested.size < min(tests, int(can.sum())):
        choice = next_batch(
            prior.process,
            tested if adaptive else NONE,
            values[tested] if adaptive else np.zeros(0),
            np.zeros(tested.size if adaptive else 0),
            allowed=can & ~np.isin(np.arange(can.size), tested),
            size=min(batch, tests - tested.size),
            threshold=screen.threshold,
            seed=0,
        )
        expected.append(choice.expected.mean)
        low.append(choice.expected.low)
        high.append(choice.expected.high)
        found.append(int((values[choice.pairs] >= screen.threshold).sum()))
        order_p.append(choice.probability)
        tested = np.append(tested, choice.pairs)
    return Replay(tested, expected, low, high, found, np.concatenate(order_p))


def static(screen: Screen, line: int, score: Floats) -> Integers:
    can = np.flatnonzero(np.isfinite(screen.excess[:, line]))
    return can[np.argsort(-score[can], kind="stable")]


def recalls(screen: Screen, lines: Sequence[int], orders: dict[int, Integers], tests: int) -> Floats:
    """(lines,) share of the synergies found."""
    return np.array(
        [screen.synergy[orders[line][:tests], line].sum() / screen.synergy[:, line].sum() for line in lines]
    )


def interval(
    screen: Screen, lines: Sequence[int], orders: dict[int, Integers], tests: int
) -> tuple[float, float]:
    rng, drawn = generator(0, "next experiment", "bootstrap"), []
    n = len(screen.pairs)
    hit = np.zeros((n, len(lines)))
    for column, line in enumerate(lines):
        chosen = orders[line][:tests]
        hit[chosen, column] = screen.synergy[chosen, line]
    there = screen.synergy[:, list(lines)].astype(float)
    for _ in range(RESAMPLES):
        weight = np.bincount(rng.integers(n, size=n), minlength=n).astype(float)
        found, all_of = weight @ hit, weight @ there
        chosen_lines = rng.integers(len(lines), size=len(lines))
        kept = chosen_lines[all_of[chosen_lines] > 0]
        if kept.size:
            drawn.append(float(np.mean(found[kept] / all_of[kept])))
    return float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))


def judge(name: str, score: Floats, positive: Bools, pair: Integers, line: Integers) -> None:
    """AUC and AP of rows with intervals over pairs and lines."""
    rng, drawn = generator(0, "judge", name), []
    for _ in range(RESAMPLES // 4):
        weight_pair = np.bincount(rng.integers(pair.max() + 1, size=pair.max() + 1), minlength=pair.max() + 1)
        weight_line = np.bincount(rng.integers(line.max() + 1, size=line.max() + 1), minlength=line.max() + 1)
        rows = np.repeat(np.arange(score.size), weight_pair[pair] * weight_line[line])
        if positive[rows].any():
            drawn.append((auc(score[rows], positive[rows]), average_precision(score[rows], positive[rows])))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    print(
        f"  {name:58s} AUC {auc(score, positive):.3f} [{low[0]:.3f}, {high[0]:.3f}]  "
        f"AP {average_precision(score, positive):.3f} [{low[1]:.3f}, {high[1]:.3f}]"
    )


def rows_of(screen: Screen, lines: Sequence[int], score: Floats) -> tuple[Floats, Bools, Integers, Integers]:
    """Long rows of a (pairs, lines) score, for the given lines."""
    pair, column = np.nonzero(np.isfinite(screen.excess[:, list(lines)]))
    line = np.asarray(lines)[column]
    return score[pair, column], screen.synergy[pair, line], pair, column


# --- O'Neil ----------------------------------------------------------------------------------------------------


def oneil_replay(screen: Screen, judged: list[int]) -> dict[str, dict[int, Replay]]:
    everyone = range(len(screen.lines))
    orders: dict[str, dict[int, Integers]] = {}
    runs: dict[str, dict[int, Replay]] = {"rules, adaptive": {}, "other lines, adaptive": {}}
    average = {line: np.nanmean(np.delete(screen.excess, line, axis=1), axis=1) for line in judged}
    lone = screen.prior([])
    rng = generator(0, "next experiment", "random order")
    orders["random"] = {line: static(screen, line, rng.random(len(screen.pairs))) for line in judged}
    orders["rules"] = {line: static(screen, line, np.nan_to_num(screen.rule)) for line in judged}
    orders["mean of other lines"] = {line: static(screen, line, average[line]) for line in judged}
    for line in judged:
        runs["rules, adaptive"][line] = replay(screen, line, lone, tests=100, batch=10)
        prior = screen.prior([other for other in everyone if other != line])
        runs["other lines, adaptive"][line] = replay(screen, line, prior, tests=100, batch=10)
    for name, found in runs.items():
        orders[name] = {line: run.order for line, run in found.items()}
    print(f"O'Neil: recall of synergies, mean of {len(judged)} lines [95 % interval]")
    perfect = np.mean([min(1.0, 100 / screen.synergy[:, line].sum()) for line in judged])
    for name, order in orders.items():
        cells = []
        for tests in (10, 30, 50, 100):
            low, high = interval(screen, judged, order, tests)
            cells.append(
                f"{tests}: {recalls(screen, judged, order, tests).mean():.3f} [{low:.3f}, {high:.3f}]"
            )
        print(f"  {name:24s} " + "  ".join(cells))
    print(f"  perfect choice           100: {perfect:.3f}")
    return runs


def calibration(runs: dict[str, dict[int, Replay]], figure: Path | None) -> None:
    print("Stated yields: expected against found, all batches of 10")
    rows = []
    for name, found in runs.items():
        every = [run for _, run in sorted(found.items())]
        expected = np.concatenate([run.expected for run in every])
        seen = np.concatenate([run.found for run in every])
        low, high = np.concatenate([run.low for run in every]), np.concatenate([run.high for run in every])
        inside = np.mean((seen >= low) & (seen <= high))
        print(
            f"  {name}: expected {expected.sum():.0f}, found {seen.sum()}; "
            f"80 % interval covers {inside:.3f} of {seen.size} batches"
        )
        for start, stop in ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 8), (8, 10.01)):
            kept = (expected >= start) & (expected < stop)
            if kept.any():
                print(
                    f"    stated {start}-{stop:g}: {kept.sum():3d} batches, "
                    f"expected {expected[kept].mean():.2f}, found {seen[kept].mean():.2f}"
                )
                rows.append(
                    {"method": name, "expected": expected[kept].mean(), "found": seen[kept].mean(), "batches": int(kept.sum())}
                )
    if figure is not None:
        import altair as alt
        import polars as pl

        points = (
            alt.Chart(pl.DataFrame(rows))
            .mark_point(filled=True)
            .encode(
                x=alt.X("expected", title="Synergies expected of 10 pairs"),
                y=alt.Y("found", title="Synergies found"),
                color="method",
                size=alt.Size("batches", title="Batches"),
            )
        )
        line = (
            alt.Chart(pl.DataFrame({"expected": [0, 10], "found": [0, 10]}))
            .mark_line(strokeDash=[4, 4], color="grey")
            .encode(x="expected", y="found")
        )
        (line + points).save(figure)


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
    judge("held-out pair, other pairs of the line: sum of drug effects", *rows_of(screen, judged, inside_plain))
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
    everyone = list(range(len(screen.lines)))
    found: dict[str, list[float]] = {"ours": [], "rules": [], "random": [], "drug effects": []}
    rng = generator(0, "next experiment", "new drug")
    for drug in range(len(screen.drugs)):
        hidden = (screen.first == drug) | (screen.second == drug)
        expected = screen.prior(everyone, hidden=hidden).process.mean
        plain = _additive(screen, np.nanmean(screen.excess, axis=1), hidden)
        pair, column = np.nonzero(np.isfinite(screen.excess[:, judged]) & hidden[:, None])
        positive = screen.synergy[pair, np.asarray(judged)[column]]
        if not positive.any():
            continue
        for name, score in (
            ("ours", expected),
            ("drug effects", plain),
            ("rules", np.nan_to_num(screen.rule)),
        ):
            found[name].append(average_precision(score[pair], positive))
        chance = [average_precision(rng.random(hidden.size)[pair], positive) for _ in range(20)]
        found["random"].append(float(np.mean(chance)))
    for name, values in found.items():
        draws = generator(0, "new drug", name).integers(len(values), size=(RESAMPLES, len(values)))
        low, high = np.quantile(np.array(values)[draws].mean(axis=1), [0.025, 0.975])
        print(
            f"  new drug, unseen in every line, AP within drug: {name:14s} "
            f"{np.mean(values):.3f} [{low:.3f}, {high:.3f}] over {len(values)} drugs"
        )


# --- Flobak ----------------------------------------------------------------------------------------------------


def flobak_figures(screen: Screen) -> None:
    lines = list(range(len(screen.lines)))
    akbi = np.array([set(pair) == {"AK", "BI"} for pair in screen.pairs])
    known = np.isfinite(screen.rule)
    print(
        f"Flobak: {len(screen.pairs)} pairs, {known.sum()} of known target, {screen.synergy.sum()} synergies in "
        f"{len(lines)} lines ({screen.synergy[known].sum()} of known target)"
    )
    rules = np.repeat(np.nan_to_num(screen.rule)[:, None], len(lines), axis=1)
    room = np.zeros_like(rules) if screen.room is None else screen.room
    others = np.column_stack(
        [screen.prior([o for o in lines if o != line], line=line).process.mean for line in lines]
    )
    plain = np.column_stack([np.nanmean(np.delete(screen.excess, line, axis=1), axis=1) for line in lines])
    for label, kept in (("with AK-BI", known), ("without AK-BI", known & ~akbi)):
        for name, score in (
            ("rules", rules),
            ("rules + 0.25 z(room)", rules + 0.25 * room),
            ("other lines: ours", others),
            ("other lines: mean", plain),
        ):
            pair, line = np.nonzero(np.repeat(kept[:, None], len(lines), axis=1))
            judge(f"{name}, {label}", score[pair, line], screen.synergy[pair, line], pair, line)
    lone = {line: screen.prior([], line=line) for line in lines}
    orders: dict[str, dict[int, Integers]] = {"random": {}, "rules": {}, "mean of other lines": {}}
    rng = generator(0, "flobak", "random order")
    for line in lines:
        orders["random"][line] = static(screen, line, rng.random(len(screen.pairs)))
        orders["rules"][line] = static(screen, line, np.where(known, rules[:, line], -1.0))
        orders["mean of other lines"][line] = static(screen, line, plain[:, line])
    orders["rules, adaptive"] = {
        line: replay(screen, line, lone[line], tests=30, batch=5).order for line in lines
    }
    orders["other lines, adaptive"] = {
        line: replay(
            screen, line, screen.prior([o for o in lines if o != line], line=line), tests=30, batch=5
        ).order
        for line in lines
    }
    for label, drop in (("with AK-BI", None), ("without AK-BI", akbi)):
        synergy = screen.synergy if drop is None else screen.synergy & ~drop[:, None]
        part = Screen(**{**screen.__dict__, "synergy": synergy})
        judged = [line for line in lines if synergy[:, line].any()]
        print(f"  recall of synergies, mean of {len(judged)} lines, {label}")
        for name, order in orders.items():
            kept_order = (
                order
                if drop is None
                else {line: np.array([p for p in places if not drop[p]]) for line, places in order.items()}
            )
            low, high = interval(part, judged, kept_order, 30)
            print(
                f"    {name:24s} 30: {recalls(part, judged, kept_order, 30).mean():.3f} [{low:.3f}, {high:.3f}]"
            )


# --- cost ------------------------------------------------------------------------------------------------------


def cost(n_drugs: int = 317, n_pairs: int = 50_000, n_samples: int = 100) -> None:
    rng = generator(0, "next experiment", "scale")
    one, other = np.triu_indices(n_drugs, 1)
    kept = np.sort(rng.choice(one.size, n_pairs, replace=False))
    first, second = one[kept].astype(np.int64), other[kept].astype(np.int64)
    classes = DrugClasses.of([(f"class {drug % 25}",) for drug in range(n_drugs)])
    rule = rng.choice([0.0, 0.3, 0.5, 0.8], n_pairs)
    others = rng.normal(0, 0.08, (n_pairs, n_samples))
    others[rng.random(others.shape) < 0.3] = np.nan
    tested = rng.choice(n_pairs, 1000, replace=False)
    values = rng.normal(0, 0.08, tested.size)
    start = time.perf_counter()
    prior = pair_prior(first, second, classes, rule, others)
    allowed = np.ones(n_pairs, dtype=bool)
    allowed[tested] = False
    next_batch(
        prior.process, tested, values, np.zeros(tested.size), allowed=allowed, size=30, threshold=0.1, seed=0
    )
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"cost: {n_pairs} pairs × {n_samples} samples, {tested.size} tested: {seconds:.1f} s, peak {peak:.2f} GB"
    )


def timed(label: str, call: Callable[[], object]) -> None:
    start = time.perf_counter()
    call()
    print(f"time: {label} {time.perf_counter() - start:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--constants", action="store_true", help="fit the constants on the development lines")
    parser.add_argument("--scale", action="store_true", help="time 50,000 pairs × 100 samples only")
    parser.add_argument("--figure", type=Path, help="where to draw expected against found")
    chosen = parser.parse_args()
    if chosen.scale:
        cost()
        return
    folder = os.environ.get("KINESCAPE_DATA")
    if not folder:
        raise SystemExit("KINESCAPE_DATA is not set: this benchmark needs the real data")
    began = time.perf_counter()
    screen = oneil(Path(folder))
    development = development_lines(screen)
    if chosen.constants:
        fit_constants(screen, development)
        return
    judged = [
        line
        for line in range(len(screen.lines))
        if line not in development and screen.synergy[:, line].any()
    ]
    print(f"not counted: {', '.join(screen.lines[line] for line in development)}")

    def one_recommendation() -> None:
        process: PairProcess = screen.prior(range(1, len(screen.lines))).process
        tested = np.flatnonzero(np.isfinite(screen.excess[:, 0]))[:100]
        allowed = ~np.isin(np.arange(len(screen.pairs)), tested)
        values = screen.excess[tested, 0]
        next_batch(
            process, tested, values, np.zeros(100), allowed=allowed, size=10, threshold=screen.threshold, seed=0
        )
        assert joined(process.blocks, process.variances).shape[0] == len(screen.pairs)

    timed("one recommendation on 583 pairs, 38 other lines, 100 tested", one_recommendation)
    calibration(oneil_replay(screen, judged), chosen.figure)
    oneil_rankings(screen, judged)
    flobak_figures(flobak(Path(folder)))
    print(f"time: the whole replay {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
