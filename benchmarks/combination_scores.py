"""Combination scores beside their peers in one run: SynergyFinder's printed scores, and the `synergy` package.

    KINESCAPE_DATA=... OMP_NUM_THREADS=1 python benchmarks/combination_scores.py \
        [--reference FOLDER] [--synergy-python PYTHON] [--every 1] [--deep 60]

Data: the ibrutinib screen of Mathews Griner et al. 2014 (466 blocks), two blocks of O'Neil et al. 2016, 192 matrices
of the DECREASE collection. `--reference` holds what SynergyFinder Plus printed for two Mathews and two O'Neil blocks
(synergyfinder_<set>_drug_pairs.csv). `--synergy-python` is an interpreter that has the `synergy` package (PyPI, GPL;
run as a peer, nothing of it is used); it fits every n-th matrix (`--every`).

Sums of squares are compared on the same points. "Best known" of a matrix is the least of our fit, the peer's fit within
our bounds and the best of `--deep` random starts run to the end. The peer's speed is measured with its own bounds. CPU
seconds are of one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtri

from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix, PairGrids, pair_grids
from kinescape.assays.viability.combination_scoring.dose_matrix_table import read_dose_matrices
from kinescape.assays.viability.combination_scoring.musyc_problem import (
    iterate_musyc,
    musyc_problem,
    with_plateaus,
)
from kinescape.assays.viability.combination_scoring.musyc_surface import musyc_grid
from kinescape.assays.viability.combination_scoring.single_curves import fit_single_curves
from kinescape.assays.viability.combination_scoring.synergy_results import CONVENTIONS
from kinescape.assays.viability.musyc import MusycFits, fit_musyc, musyc_status, refit_musyc
from kinescape.assays.viability.synergy import score_synergy
from kinescape.foundation.randomness import generator

SEED = 20261121
PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
from synergy.combination import MuSyC
made = []
for first, second, effect, bounds in json.load(sys.stdin):
    first, second, effect = map(np.array, (first, second, effect))
    start = time.process_time()
    model = MuSyC(fit_gamma=False, **{name: tuple(pair) for name, pair in bounds.items()})
    try:
        model.fit(first, second, effect)
        squares = float(((model.E(first, second) - effect) ** 2).sum())
        converged = bool(model.is_converged)
    except Exception:
        squares, converged = None, False
    made.append((squares if squares == squares else None, converged, time.process_time() - start))
json.dump(made, sys.stdout)
"""


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--synergy-python", default=None)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--deep", type=int, default=60)
    asked = parser.parse_args()
    data = Path(os.environ["KINESCAPE_DATA"]) / "viability"
    if asked.reference:
        parity(data / "synergyfinder/data", asked.reference)
    screen(data)
    surfaces(data, asked.synergy_python, asked.every, asked.deep)
    coverage()
    print(f"peak memory of the whole run: {peak():.0f} MB")


def peak() -> float:
    """Largest resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def parity(folder: Path, reference: Path) -> None:
    """Block means against what SynergyFinder printed: our default, and `convention="synergyfinder"`.

    Its O'Neil means are over ten resamples of the wells (normal draws, R's generator, seed 123), so the same ten are
    drawn and scored here. Bliss and HSA, which take no curve, show that they are the same.
    """
    print("== SynergyFinder: its block means, ours by its convention, our default on the same responses")
    for name, file in (
        ("mathews", "mathews_screening_data.csv.gz"),
        ("oneil", "ONEIL_screening_data.csv.gz"),
    ):
        matrices = read_dose_matrices(folder / file).matrices
        printed = pl.read_csv(reference / f"synergyfinder_{name}_drug_pairs.csv")
        for block in matrices:
            drawn = _their_resamples(pl.read_csv(folder / file), block) if name == "oneil" else [block]
            theirs = printed.filter(pl.col("block_id").cast(pl.String) == block.name).row(0, named=True)
            both = [score_synergy(drawn, musyc=False, convention=which).scores for which in CONVENTIONS]
            for score, title in (("bliss", "Bliss"), ("hsa", "HSA"), ("loewe", "Loewe"), ("zip", "ZIP")):
                value, ours, default = (
                    theirs[f"{title}_synergy"],
                    float(np.mean(both[1][score].to_numpy())),
                    float(np.mean(both[0][score].to_numpy())),
                )
                print(
                    f"{name} {block.name} {title:5s} {value:11.6f} {ours:11.6f} (difference {ours - value:9.6f}) "
                    f"default {default:9.4f}"
                )
            if name == "oneil":
                _last_digits(drawn)


def _last_digits(drawn: list[DoseMatrix], tries: int = 30) -> None:
    """How far its Loewe moves when every response changes in the sixteenth digit."""
    random = generator(SEED, "last digits")
    found = []
    for _ in range(tries):
        factor = 1 + 1e-15 * random.normal(size=drawn[0].inhibition.shape)
        moved = [replace(one, inhibition=one.inhibition * factor) for one in drawn]
        scores = score_synergy(
            moved, musyc=False, scores=("bliss", "loewe"), convention="synergyfinder"
        ).scores
        found.append(float(np.mean(scores["loewe"].to_numpy())))
    print(f"   its Loewe with responses changed in the sixteenth digit: {min(found):.3f} to {max(found):.3f}")


def _their_resamples(table: pl.DataFrame, block: DoseMatrix, draws: int = 10) -> list[DoseMatrix]:
    """The block with each cell the mean of normal draws around the mean of its wells, doses in ascending order."""
    random = _NormalsOfR(123)
    wells = table.filter(pl.col("block_id").cast(pl.String) == block.name)
    cells = wells.group_by("conc1", "conc2").agg(pl.col("response")).sort("conc1", "conc2")
    doses = cells.select("conc1", "conc2").to_numpy()
    responses = [np.array(one) for one in cells["response"].to_list()]
    made = []
    for draw in range(draws):
        values = [_one_draw(one, random) / 100 for one in responses]
        made.append(
            DoseMatrix(
                f"{block.name}.{draw}",
                block.drugs,
                block.units,
                doses,
                np.array([values]),
                np.ones((1, len(values))),
            )
        )
    return made


def _one_draw(wells: np.ndarray, random: _NormalsOfR) -> float:
    spread = float(wells.std(ddof=1))
    mean = float(wells.mean())
    return mean if spread == 0 else float(np.mean([mean + spread * random.draw() for _ in wells]))


class _NormalsOfR:
    """R's default normal numbers: Mersenne twister, seeded by a congruence, and inversion."""

    def __init__(self, seed: int) -> None:
        words = []
        for step in range(675):
            seed = (69069 * seed + 1) % 2**32
            if step > 50:
                words.append(seed)
        self._bits = np.random.MT19937()
        key = np.array(words, dtype=np.uint32)
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": 624}}

    def _uniform(self) -> float:
        return float(int(self._bits.random_raw()) * 2.3283064365386963e-10)

    def draw(self) -> float:
        high = int(134217728 * self._uniform())
        return float(ndtri((high + self._uniform()) / 134217728))


def screen(data: Path) -> None:
    """466 blocks, four scores with errors, reading included."""
    path = data / "mathews-griner/mathews_griner.csv.tar.gz"
    for musyc in (False, True):
        wall, cpu = time.perf_counter(), time.process_time()
        result = score_synergy(path, musyc=musyc)
        what = "four scores and MuSyC" if musyc else "four scores"
        print(
            f"== Mathews: {result.scores.height} blocks, {what}, read and scored in {time.perf_counter() - wall:.2f} s "
            f"({time.process_time() - cpu:.2f} CPU-s), peak {peak():.0f} MB; null: "
            + ", ".join(
                f"{name} {result.scores[name].null_count()}" for name in ("bliss", "hsa", "loewe", "zip")
            )
        )


def surfaces(data: Path, peer: str | None, every: int, deep: int) -> None:
    """MuSyC on 192 matrices, beside the peer and an exhaustive search."""
    path = data / "decrease/210_Novel_Anticancer_combinations/192_Combinations_.xlsx"
    matrices = read_dose_matrices(path).matrices
    (grids,) = pair_grids(matrices, [matrix.mean for matrix in matrices])
    spent = []
    for _ in range(3):
        cpu = time.process_time()
        curves = fit_single_curves(grids)
        fits = fit_musyc(grids, curves)
        spent.append(time.process_time() - cpu)
    cpu = sorted(spent)[1]
    rate = len(matrices) / cpu
    print(
        f"== DECREASE: {len(matrices)} MuSyC fits in {cpu:.2f} CPU-s (the middle of three) = {rate:.0f} a CPU-second, "
        "single curves included"
    )
    statuses = pl.Series(musyc_status(matrices, fits)).str.split(":").list.first()
    print(
        "   status:", ", ".join(f"{row[1]} {row[0]}" for row in statuses.value_counts(sort=True).iter_rows())
    )
    print(f"   worse than a constant: {int((fits.sum_of_squares > fits.total_squares).sum())}")
    best = np.minimum(fits.sum_of_squares, _deep(grids, deep))
    chosen = list(range(0, len(matrices), every))
    if peer:
        found = _peer(peer, [matrices[i] for i in chosen])
        bounded = _peer(peer, [matrices[i] for i in chosen], _our_bounds(grids, chosen))
        equal = np.array([np.inf if one[0] is None else one[0] for one in bounded])
        squares = np.array([np.inf if one[0] is None else one[0] for one in found])
        seconds = sum(one[2] for one in found)
        total = fits.total_squares[chosen]
        beyond = (squares < equal) & (squares < best[chosen])
        best[chosen] = np.minimum(best[chosen], equal)
        converged = np.array([one[1] for one in found])
        worse = (squares - best[chosen]) / total
        print(
            f"   synergy: {len(found) / seconds:.2f} fits a CPU-second "
            f"({rate / (len(found) / seconds):.0f} times slower); {int((~converged).sum())} of {len(found)} not "
            f"converged; {int((worse[converged] > 1e-2).sum())} of its {int(converged.sum())} converged fits worse "
            "than the best by > 1e-2 of the total squares, "
            f"{int((squares[converged] > total[converged]).sum())} worse than a constant"
        )
        ours, free = ((fits.sum_of_squares[chosen] - one) / total for one in (equal, squares))
        print(
            "   ours worse than synergy by > 1e-2 of the total squares: "
            f"{int((ours > 1e-2).sum())} under equal bounds, {int((free > 1e-2).sum())} against its own, wider ones "
            f"({[matrices[chosen[i]].name for i in np.flatnonzero(free > 1e-2)]}); in "
            f"{int(beyond.sum())} matrices those find less than any fit within ours"
        )
    gap = (fits.sum_of_squares - best) / fits.total_squares
    print(
        f"   ours against the best known: > 1e-2 {int((gap > 1e-2).sum())}, > 1e-3 {int((gap > 1e-3).sum())}, largest "
        f"{gap.max():.4f}, blocks {[matrices[i].name for i in np.flatnonzero(gap > 1e-2)]}"
    )
    _units(grids, fits)
    _bootstrap(grids, fits)


def coverage(count: int = 200) -> None:
    """Share of 95 % intervals that hold the noiseless score, on simulated MuSyC surfaces."""
    random = generator(SEED, "coverage")
    axis = np.array([0, 0.03, 0.1, 0.3, 1, 3, 10, 30.0])
    cells = np.array([(a, b) for a in axis for b in axis])
    surfaces_drawn = []
    for _ in range(count):
        e1, e2 = random.uniform(0.1, 0.7, 2)
        rest = [random.normal(0, 1, 2), random.normal(0.2, 0.4, 2), random.normal(0, 1.2, 2)]
        surfaces_drawn.append(
            musyc_grid(np.concatenate([[1, e1, e2, e1 * e2], *rest])[None], axis[None], axis[None])
        )

    def scores(noise: float, replicates: int) -> pl.DataFrame:
        made = []
        for number, left in enumerate(surfaces_drawn):
            values = 1 - left + random.normal(0, noise, (replicates, 64))
            names = tuple(str(replicate) for replicate in range(replicates))
            made.append(
                DoseMatrix(
                    str(number),
                    ("A", "B"),
                    ("uM", "uM"),
                    cells,
                    values,
                    np.ones_like(values),
                    replicates=names,
                )
            )
        return score_synergy(made, musyc=False).scores

    truth = scores(0.0, 1)
    print("== Coverage of 95 % intervals on 200 simulated matrices")
    for replicates in (1, 3):
        for noise in (0.02, 0.05, 0.1):
            found = scores(noise, replicates)
            held = {
                name: float(
                    np.mean(truth[name].is_between(found[f"{name}_low"], found[f"{name}_high"]).to_numpy())
                )
                for name in ("bliss", "hsa", "loewe", "zip")
            }
            told = ", ".join(f"{name} {100 * share:.1f} %" for name, share in held.items())
            print(f"   {replicates} replicate(s), noise {noise:g}: {told}")


def _deep(grids: PairGrids, starts: int) -> np.ndarray:
    """Least squares of many random starts, each run to the end."""
    random = generator(SEED, "deep")
    problem = musyc_problem(grids.first, grids.second, grids.inhibition)
    count = grids.inhibition.shape[0]
    best = np.full(count, np.inf)
    for _ in range(starts):
        begin = np.zeros((count, 10))
        begin[:, 4:6] = random.uniform(-4, 4, (count, 2))
        begin[:, 6:8] = random.uniform(-1, 2, (count, 2))
        begin[:, 8:] = random.uniform(-6, 6, (count, 2))
        begin, _ = with_plateaus(begin, problem)
        found = iterate_musyc(problem, begin[:, None], 200, 1e-6)
        best = np.minimum(best, found.sum_of_squares)
    return best


def _our_bounds(grids: PairGrids, chosen: list[int]) -> list[dict[str, list[float]]]:
    """Bounds of our fits by the peer's names of the parameters, in the unit of the doses."""
    problem = musyc_problem(grids.first, grids.second, grids.inhibition)
    low, high = problem.low.copy(), problem.high.copy()
    for column, shift in ((4, problem.shift_first), (5, problem.shift_second)):
        low[:, column] += shift
        high[:, column] += shift
    low[:, 4:], high[:, 4:] = np.exp(low[:, 4:]), np.exp(high[:, 4:])
    names = ("E0", "E1", "E2", "E3", "C1", "C2", "h1", "h2", "alpha12", "alpha21")
    return [
        {f"{name}_bounds": [low[row, at], high[row, at]] for at, name in enumerate(names)} for row in chosen
    ]


def _peer(
    python: str, matrices: list[DoseMatrix], bounds: list[dict[str, list[float]]] | None = None
) -> list[Any]:
    rows = [
        (matrix.doses[:, 0].tolist(), matrix.doses[:, 1].tolist(), (1 - matrix.mean).tolist(), within)
        for matrix, within in zip(matrices, bounds or [{}] * len(matrices), strict=True)
    ]
    done = subprocess.run(
        [python, "-c", PEER], input=json.dumps(rows), capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))


def _units(grids: PairGrids, fits: MusycFits) -> None:
    """The same matrices in molar doses."""
    molar = replace(grids, first=grids.first * 1e-9, second=grids.second * 1e-9)
    other = fit_musyc(molar, fit_single_curves(molar))
    squares = np.abs(other.sum_of_squares - fits.sum_of_squares) / fits.total_squares
    alpha = np.abs(other.parameters[:, 8:] - fits.parameters[:, 8:]).max(axis=1)
    print(
        f"   nM against M: largest difference of squares {squares.max():.1e} of the total; of log alpha, median "
        f"{np.median(alpha):.1e}, largest {alpha.max():.1e}"
    )


def _bootstrap(grids: PairGrids, fits: MusycFits) -> None:
    surface = musyc_grid(fits.parameters[:1], grids.first[:1], grids.second[:1]).reshape(
        1, *grids.inhibition.shape[1:]
    )
    noise = generator(SEED, "bootstrap").normal(
        0, np.sqrt(fits.residual_variance[0]), (500, *surface.shape[1:])
    )
    cpu = time.process_time()
    refit_musyc(fits, 0, grids, 1 - surface + noise)
    print(f"   500 bootstrap refits of one matrix: {time.process_time() - cpu:.2f} CPU-s")


if __name__ == "__main__":
    main()
