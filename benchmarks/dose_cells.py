"""Filling 8 × 8 dose matrices from a row, a column and a diagonal, on 210 real ones, beside filling by Bliss.

Protocol. The design is DECREASE's: both single drugs and the diagonal, 22 of 64 cells; the other 42 are judged. The
file of 192 holds percent viability, that of 18 percent inhibition. Constants: 20 development matrices,
drawn by seed and not counted. Further cells: 6 by `next_dose_cells` after the design, against 6 at random, judged
on the cells that neither measures. Intervals (95 %): bootstrap over matrices (2,000 resamples, seed 0).

Run: KINESCAPE_DATA=... python benchmarks/dose_cells.py [--constants]
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import fastexcel
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from kinescape.foundation.randomness import generator
from kinescape.strategy import dose_cells
from kinescape.strategy.dose_cells import decrease_design, fill_dose_matrix, next_dose_cells

Floats = NDArray[np.float64]
RESAMPLES = 2000


def matrices(folder: Path) -> list[Floats]:
    """All matrices as fractions of control; rows and columns by rising dose, 0 first."""
    found = []
    place = folder / "viability" / "decrease" / "210_Novel_Anticancer_combinations"
    for name, inhibition in (("192_Combinations_.xlsx", False), ("18_combinations_.xlsx", True)):
        sheet = fastexcel.read_excel(place / name).load_sheet(0).to_polars()
        for _, block in sheet.group_by("PairIndex", maintain_order=True):
            wide = block.sort("Conc1", "Conc2").pivot(on="Conc2", index="Conc1", values="Response")
            doses = sorted((name for name in wide.columns if name != "Conc1"), key=float)
            values = wide.select(doses).to_numpy() / 100
            found.append(1 - values if inhibition else values)
    return found


def measured_part(matrix: Floats, cells: NDArray[np.bool_]) -> Floats:
    return np.where(cells, matrix, np.nan)


def spread(values: Floats) -> str:
    draws = generator(0, "dose cells", "bootstrap").integers(values.size, size=(RESAMPLES, values.size))
    low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975])
    return f"{values.mean():.4f} [{low:.4f}, {high:.4f}]"


def fit_constants(found: list[Floats]) -> None:
    def lost(logs: Floats) -> float:
        dose_cells.LENGTH = float(np.exp(logs[1]))
        total = 0.0
        for matrix in found:
            bliss = np.outer(matrix[:, 0], matrix[0]) / matrix[0, 0]
            inner = dose_cells._Inner.of(matrix, bliss)
            values = (matrix - bliss)[1:, 1:].ravel()
            covariance = np.exp(2 * logs[0]) * inner.shape + np.exp(2 * logs[2]) * (
                inner.error + np.eye(values.size)
            )
            factor = np.linalg.cholesky(covariance)
            half = np.linalg.solve(factor, values)
            total += 0.5 * half @ half + np.log(np.diag(factor)).sum()
        return total

    best = minimize(lost, np.log([0.1, 2.5, 0.05]), method="L-BFGS-B")
    print("departure, length, noise:", np.exp(best.x).round(3), "log evidence", round(-best.fun, 1))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--constants", action="store_true")
    chosen = parser.parse_args()
    folder = os.environ.get("KINESCAPE_DATA")
    if not folder:
        raise SystemExit("KINESCAPE_DATA is not set: this benchmark needs the real data")
    every = matrices(Path(folder))
    drawn = generator(0, "dose cells", "development matrices").choice(len(every), 20, replace=False)
    development = {int(number) for number in drawn}
    if chosen.constants:
        fit_constants([every[number] for number in sorted(development)])
        return
    judged = [matrix for number, matrix in enumerate(every) if number not in development]
    cells = decrease_design(8, 8)
    rows: dict[str, list[float]] = {}
    start = time.perf_counter()
    for number, matrix in enumerate(judged):
        filled = fill_dose_matrix(measured_part(matrix, cells))
        rest = ~cells
        error, plain = filled.mean - matrix, filled.bliss - matrix
        inside = (matrix >= filled.low) & (matrix <= filled.high)
        further = next_dose_cells(filled, 6)
        free = np.argwhere(rest)
        random = [
            tuple(free[n]) for n in generator(number, "random cells").choice(len(free), 6, replace=False)
        ]
        more, by_chance = cells.copy(), cells.copy()
        more[tuple(np.transpose(further))], by_chance[tuple(np.transpose(random))] = True, True
        both = ~(more | by_chance)
        after = fill_dose_matrix(measured_part(matrix, more)).mean - matrix
        chance = fill_dose_matrix(measured_part(matrix, by_chance)).mean - matrix
        figures = {
            "RMSE, ours": np.sqrt(np.mean(error[rest] ** 2)),
            "RMSE, Bliss": np.sqrt(np.mean(plain[rest] ** 2)),
            "RMSE, Bliss less ours": np.sqrt(np.mean(plain[rest] ** 2)) - np.sqrt(np.mean(error[rest] ** 2)),
            "mean excess, error of ours": abs(np.mean(error[1:, 1:])),
            "mean excess, error of the diagonal's mean": abs(
                np.mean((matrix - filled.bliss)[1:, 1:]) - np.mean(np.diag(matrix - filled.bliss)[1:])
            ),
            "90 % interval covers": inside[rest].mean(),
            "6 more cells: RMSE, chosen": np.sqrt(np.mean(after[both] ** 2)),
            "6 more cells: RMSE, random": np.sqrt(np.mean(chance[both] ** 2)),
            "6 more cells: RMSE, none": np.sqrt(np.mean(error[both] ** 2)),
        }
        for name, value in figures.items():
            rows.setdefault(name, []).append(float(value))
    seconds = time.perf_counter() - start
    print(f"{len(judged)} matrices, 42 of 64 cells predicted, fractions of control")
    for name, values in rows.items():
        print(f"  {name:44s} {spread(np.array(values))}")
    print(f"  {3 * len(judged) / seconds:.0f} matrices filled a second")


if __name__ == "__main__":
    main()
