"""Combination scores beside their peers in one run: SynergyFinder's printed scores, and the `synergy` package.

    KINESCAPE_DATA=... OMP_NUM_THREADS=1 python benchmarks/combination_scores.py \
        [--reference FOLDER] [--synergy-python PYTHON] [--every 1] [--deep 60]

Data: the ibrutinib screen of Mathews Griner et al. 2014 (466 blocks), two blocks of O'Neil et al. 2016, 192 matrices
of the DECREASE collection. `--reference` holds what SynergyFinder Plus printed for two Mathews and two O'Neil blocks
(synergyfinder_<set>_scores.csv, synergyfinder_<set>_drug_pairs.csv). `--synergy-python` is an interpreter that has the
`synergy` package (PyPI, GPL; run as a peer, nothing of it is used); it fits every n-th matrix (`--every`).

Sums of squares are compared on the same points. "Best known" of a matrix is the least of our fit, the peer's fit and
the best of `--deep` random starts run to the end. CPU seconds are of one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from kinescape.assays.viability import musyc as musyc_module
from kinescape.assays.viability.dose_matrix import DoseMatrix, PairGrids, pair_grids
from kinescape.assays.viability.dose_matrix_table import read_dose_matrices
from kinescape.assays.viability.drug_curve import fit_drug_curves
from kinescape.assays.viability.musyc import fit_musyc, musyc_status, refit_musyc
from kinescape.assays.viability.musyc_surface import musyc_grid
from kinescape.assays.viability.single_curves import fit_single_curves
from kinescape.assays.viability.synergy import score_synergy
from kinescape.foundation.randomness import generator

SEED = 20261121
PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
from synergy.combination import MuSyC
made = []
for first, second, effect in json.load(sys.stdin):
    first, second, effect = map(np.array, (first, second, effect))
    start = time.process_time()
    model = MuSyC(fit_gamma=False)
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
    """Block means and single cells against what SynergyFinder printed."""
    print("== SynergyFinder: ours, theirs (block means); cells whose expectation agrees within 0.1")
    for name in ("mathews", "oneil"):
        files = {"mathews": "mathews_screening_data.csv.gz", "oneil": "ONEIL_screening_data.csv.gz"}
        result = score_synergy(folder / files[name], musyc=False)
        pairs = pl.read_csv(reference / f"synergyfinder_{name}_drug_pairs.csv")
        printed = pl.read_csv(reference / f"synergyfinder_{name}_scores.csv").with_columns(
            pl.col("block_id").cast(pl.String)
        )
        joined = result.cells.join(
            printed, left_on=["block", "dose_1", "dose_2"], right_on=["block_id", "conc1", "conc2"]
        ).filter((pl.col("dose_1") > 0) & (pl.col("dose_2") > 0))
        for row in result.scores.iter_rows(named=True):
            theirs = pairs.filter(pl.col("block_id").cast(pl.String) == row["block"]).row(0, named=True)
            cells = joined.filter(pl.col("block") == row["block"])
            for score, title in (("bliss", "Bliss"), ("hsa", "HSA"), ("loewe", "Loewe"), ("zip", "ZIP")):
                # Their expectation alone: their O'Neil responses are means of random resamples.
                ours = cells["inhibition"] - cells[score] if score != "zip" else None
                agree = (
                    ""
                    if ours is None
                    else f"{int(((ours - cells[f'{title}_ref']).abs() < 0.1).sum())}/{cells.height}"
                )
                same = cells[f"{title}_synergy"] + cells[f"{title}_ref"] - (ours if ours is not None else 0)
                like = "" if ours is None else f"on their responses {same.mean():9.4f}"
                print(
                    f"{name} {row['block']} {title:5s} {row[score]:10.6f} {theirs[f'{title}_synergy']:10.6f} "
                    f"{like} {agree}"
                )
    _flat_curves(folder)


def _flat_curves(folder: Path) -> None:
    """What remains of the ZIP difference: curves that SynergyFinder left flat."""
    values = read_dose_matrices(folder / "mathews_screening_data.csv.gz").matrices[0]
    alone = values.doses[:, 1] == 0
    doses, seen = values.doses[alone, 0][None], values.mean[alone][None]
    found = fit_drug_curves(doses, seen, np.ones_like(seen))
    flat = float(((seen - seen.mean()) ** 2).sum())
    print(
        f"{values.drugs[0]} alone: residual squares of our curve {found.sum_of_squares[0]:.4f}; of the constant that "
        f"SynergyFinder's ZIP uses ({100 * seen.mean():.2f} %): {flat:.4f}"
    )


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
    cpu = time.process_time()
    curves = fit_single_curves(grids)
    fits = fit_musyc(grids, curves)
    cpu = time.process_time() - cpu
    rate = len(matrices) / cpu
    print(
        f"== DECREASE: {len(matrices)} MuSyC fits in {cpu:.2f} CPU-s = {rate:.0f} a CPU-second, single curves included"
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
        squares = np.array([np.inf if one[0] is None else one[0] for one in found])
        seconds = sum(one[2] for one in found)
        total = fits.total_squares[chosen]
        best[chosen] = np.minimum(best[chosen], squares)
        converged = np.array([one[1] for one in found])
        worse = (squares - best[chosen]) / total
        print(
            f"   synergy: {len(found) / seconds:.2f} fits a CPU-second "
            f"({rate / (len(found) / seconds):.0f} times slower); {int((~converged).sum())} of {len(found)} not "
            f"converged; {int((worse[converged] > 1e-2).sum())} of its {int(converged.sum())} converged fits worse "
            "than the best by > 1e-2 of the total squares, "
            f"{int((squares[converged] > total[converged]).sum())} worse than a constant"
        )
        ours = (fits.sum_of_squares[chosen] - squares) / total
        print(f"   ours worse than synergy by > 1e-2 of the total squares: {int((ours > 1e-2).sum())}")
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
                    ((found[f"{name}_low"] <= truth[name]) & (truth[name] <= found[f"{name}_high"])).mean()
                )  # type: ignore[arg-type]
                for name in ("bliss", "hsa", "loewe", "zip")
            }
            told = ", ".join(f"{name} {100 * share:.1f} %" for name, share in held.items())
            print(f"   {replicates} replicate(s), noise {noise:g}: {told}")


def _deep(grids: PairGrids, starts: int) -> np.ndarray:
    """Least squares of many random starts, each run to the end."""
    random = generator(SEED, "deep")
    problem = musyc_module._problem(grids.first, grids.second, grids.inhibition)
    count = grids.inhibition.shape[0]
    best = np.full(count, np.inf)
    for _ in range(starts):
        begin = np.zeros((count, 10))
        begin[:, 4:6] = random.uniform(-4, 4, (count, 2))
        begin[:, 6:8] = random.uniform(-1, 2, (count, 2))
        begin[:, 8:] = random.uniform(-6, 6, (count, 2))
        begin, _ = musyc_module._with_plateaus(begin, problem)
        found = musyc_module._iterate(problem, begin[:, None], 200, 1e-6)
        best = np.minimum(best, found.sum_of_squares)
    return best


def _peer(python: str, matrices: list[DoseMatrix]) -> list[Any]:
    rows = [
        (matrix.doses[:, 0].tolist(), matrix.doses[:, 1].tolist(), (1 - matrix.mean).tolist())
        for matrix in matrices
    ]
    done = subprocess.run(
        [python, "-c", PEER], input=json.dumps(rows), capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))


def _units(grids: PairGrids, fits: musyc_module.MusycFits) -> None:
    """The same matrices in molar doses."""
    molar = replace(grids, first=grids.first * 1e-9, second=grids.second * 1e-9)
    other = fit_musyc(molar, fit_single_curves(molar))
    squares = np.abs(other.sum_of_squares - fits.sum_of_squares) / fits.total_squares
    alpha = np.abs(other.parameters[:, 8:] - fits.parameters[:, 8:]).max(axis=1)
    print(
        f"   nM against M: largest difference of squares {squares.max():.1e} of the total; of log alpha, median "
        f"{np.median(alpha):.1e}, largest {alpha.max():.1e}"
    )


def _bootstrap(grids: PairGrids, fits: musyc_module.MusycFits) -> None:
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
    sys.exit(main())
