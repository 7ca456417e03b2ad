"""Replay of choosing experiments: how many synergies a laboratory finds with the tests it can afford.

Protocol, fixed before scoring. O'Neil: 39 lines × 583 pairs of mean Bliss excess; a synergy is a value in the global
top 10 %. The constants of the prior come from the evidence of four development lines, drawn by seed, which no figure
below counts (`next_experiment_constants.py` fits them again). Each of the other 35 lines in turn is new: pairs are
tested in batches of 10, up to 100, by the probability of synergy, with the measured values coming back after each
batch. Without other lines the new line's own results are all there is; with them, all the other lines are known.
Intervals (95 %): bootstrap over lines and, at the same time, over pairs (1,000 resamples, seed 0), given the order in
which pairs were tested. Flobak: 171 pairs × 4 lines, curators' gold standard, batches of 5 up to 30, same constants,
with and without AK-BI. The pair's excess comes back, its verdict does not. A drug without a known target (SF) has
neither class nor rule.

Run: KINESCAPE_DATA=... python benchmarks/next_experiment.py [--figure FILE] [--scale]
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from pair_rankings import oneil_rankings
from pair_screens import (
    NONE,
    RESAMPLES,
    Floats,
    Integers,
    Screen,
    development_lines,
    flobak,
    judge,
    oneil,
)

from kinescape.foundation.randomness import generator
from kinescape.knowledge.agents import Agent, AgentTable, Target
from kinescape.knowledge.network import load_core_network
from kinescape.measurements.schema import SCHEMA
from kinescape.measurements.table import Measurements
from kinescape.strategy.experiment_planning.batch_choice import next_batch
from kinescape.strategy.experiment_planning.pair_features import DrugClasses
from kinescape.strategy.experiment_planning.pair_prior import PairPrior, pair_prior
from kinescape.strategy.experiment_planning.pair_process import PairProcess
from kinescape.strategy.experiment_planning.yields import USUAL, Calibration
from kinescape.strategy.experiments import next_experiments


@dataclass(frozen=True)
class Replay:
    order: Integers
    expected: list[float]
    low: list[float]
    high: list[float]
    found: list[int]
    probability: Floats


def replay(
    screen: Screen,
    line: int,
    prior: PairPrior,
    *,
    tests: int,
    batch: int,
    adaptive: bool = True,
    calibration: Calibration = USUAL,
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
            calibration=calibration,
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


def resampled(screen: Screen, lines: Sequence[int], orders: dict[int, Integers], tests: int) -> Floats:
    """Recall in resamples of lines and pairs, the same resamples for every method."""
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
        drawn.append(float(np.mean(found[kept] / all_of[kept])) if kept.size else np.nan)
    return np.array(drawn)


def interval(
    screen: Screen, lines: Sequence[int], orders: dict[int, Integers], tests: int
) -> tuple[float, float]:
    low, high = np.nanquantile(resampled(screen, lines, orders, tests), [0.025, 0.975])
    return float(low), float(high)


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
        others = [other for other in everyone if other != line]
        runs["other lines, adaptive"][line] = replay(
            screen, line, screen.prior(others), tests=100, batch=10, calibration=screen.calibration(others)
        )
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
    for ours, plain in (("rules, adaptive", "rules"), ("other lines, adaptive", "mean of other lines")):
        gain = resampled(screen, judged, orders[ours], 100) - resampled(screen, judged, orders[plain], 100)
        low, high = np.nanquantile(gain, [0.025, 0.975])
        seen = (
            recalls(screen, judged, orders[ours], 100) - recalls(screen, judged, orders[plain], 100)
        ).mean()
        print(f"  gain of {ours} over {plain}, 100: {seen:+.3f} [{low:+.3f}, {high:+.3f}]")
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
                    {
                        "method": name,
                        "expected": expected[kept].mean(),
                        "found": seen[kept].mean(),
                        "batches": int(kept.sum()),
                    }
                )
    if figure is not None:
        import altair as alt

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


def cost(n_drugs: int = 317, n_pairs: int = 50_000, n_samples: int = 100) -> None:
    """The array core, then the whole call from a table of measurements, on simulated screens."""
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
    allowed = np.ones(n_pairs, dtype=bool)
    allowed[tested] = False
    errors = np.zeros(tested.size)

    def core() -> None:
        process = pair_prior(first, second, classes, rule, others).process
        next_batch(process, tested, values, errors, allowed=allowed, size=30, threshold=0.1, seed=0)

    size = f"{n_pairs} pairs × {n_samples} samples"
    timed(f"{size}, {tested.size} tested, array core", core)
    genes = ("EGFR", "MAP2K1", "PIK3CA", "AXL", "CDK4", "BCL2", "HDAC1", "AURKA", "JAK2", "PARP1")
    names = [f"D{drug:03d}" for drug in range(n_drugs)]
    agents = AgentTable(
        tuple(Agent(name, targets=(Target(genes[n % 10], "inhibits"),)) for n, name in enumerate(names))
    )
    singles = [f"{name} 1 uM" for name in names]
    pairs = [f"{names[a]} 1 uM + {names[b]} 1 uM" for a, b in zip(first, second, strict=True)]
    frames = []
    for sample in range(n_samples + 1):
        own = pairs if sample < n_samples else [pairs[place] for place in tested]
        frame = pl.DataFrame({"condition": singles + own, "value": rng.uniform(0.4, 1, n_drugs + len(own))})
        frames.append(frame.with_columns(sample=pl.lit(f"S{sample:03d}")))
    constant = {
        "population": "all",
        "time_h": 72.0,
        "node": "viability",
        "readout": "ATP",
        "se": 0.03,
        "n": 3,
    }
    table = pl.concat(frames).with_columns(
        **{name: pl.lit(value) for name, value in constant.items()},
        scale=pl.lit("fraction_of_control"),
        assay=pl.lit("simulated"),
        flags=pl.lit([], pl.List(pl.String)),
    )
    # Rows are made as the table wants them; checking 5 million of them is not what is timed.
    measurements = Measurements(table.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()))
    network = load_core_network()
    timed(
        f"{size}, {len(measurements)} measurements, whole call",
        lambda: next_experiments(measurements, network, agents, target_sample=f"S{n_samples:03d}", budget=90),
    )


def timed(label: str, call: Callable[[], object]) -> None:
    start = time.perf_counter()
    call()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"time: {label}: {seconds:.2f} s, peak memory {peak:.2f} GB")


def main() -> None:
    parser = argparse.ArgumentParser()
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
    judged = [
        line for line in range(len(screen.lines)) if line not in development and screen.synergy[:, line].any()
    ]
    print(f"not counted: {', '.join(screen.lines[line] for line in development)}")

    def one_recommendation() -> None:
        process: PairProcess = screen.prior(range(1, len(screen.lines))).process
        tested = np.flatnonzero(np.isfinite(screen.excess[:, 0]))[:100]
        allowed = ~np.isin(np.arange(len(screen.pairs)), tested)
        values = screen.excess[tested, 0]
        next_batch(
            process,
            tested,
            values,
            np.zeros(100),
            allowed=allowed,
            size=10,
            threshold=screen.threshold,
            seed=0,
        )

    timed("one recommendation on 583 pairs, 38 other lines, 100 tested", one_recommendation)
    calibration(oneil_replay(screen, judged), chosen.figure)
    oneil_rankings(screen, judged)
    flobak_figures(flobak(Path(folder)))
    print(f"time: the whole replay {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
