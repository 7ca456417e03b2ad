"""The constants of the prior over pairs, fitted by evidence on the four development lines of O'Neil's screen.

What this prints, rounded, stands in `kinescape.strategy.experiment_planning.pair_prior` and `yields`. No benchmark
counts these lines.

Run: KINESCAPE_DATA=... python benchmarks/next_experiment_constants.py
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pair_screens import NONE, Floats, Screen, development_lines, oneil
from scipy.optimize import minimize
from scipy.stats import norm

from kinescape.foundation.randomness import generator
from kinescape.strategy.experiment_planning import pair_prior as prior_room


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


def fit_calibration(screen: Screen, lines: Sequence[int]) -> None:
    """Shift and slope of the stated chance, over random tested subsets of the development lines."""
    steps, hits, of_line = [], [], []
    for line in lines:
        others = [other for other in range(len(screen.lines)) if other != line]
        values = screen.excess[:, line]
        can = np.flatnonzero(np.isfinite(values))
        for known in ([], others):
            process = screen.prior(known).process
            rng = generator(0, "next experiment", "calibration", screen.lines[line], len(known))
            for size in (0, 20, 50, 100, 200, 300):
                tested = np.sort(rng.choice(can, size, replace=False)) if size else NONE
                error = np.zeros(size)
                used = process.fitted(tested, values[tested], error) if size else process
                found = used.posterior(tested, values[tested], error)
                rest = np.setdiff1d(can, tested)
                steps.append((found.mean[rest] - screen.threshold) / found.sd[rest])
                hits.append(values[rest] >= screen.threshold)
                of_line.append(np.full(rest.size, line))
    u, hit = np.concatenate(steps), np.concatenate(hits)

    def lost(x: Floats) -> float:
        return -float(np.sum(np.where(hit, norm.logcdf(x[0] + x[1] * u), norm.logsf(x[0] + x[1] * u))))

    shift, slope = minimize(lost, [0.0, 1.0]).x
    print(f"calibration: shift {shift:.3f}, slope {slope:.3f}")
    member, own = np.concatenate(of_line), []
    for line in lines:
        kept = member == line

        def of_one(x: Floats, kept: NDArray[np.bool_] = kept) -> float:
            z = x[0] + slope * u[kept]
            return -float(np.sum(np.where(hit[kept], norm.logcdf(z), norm.logsf(z))))

        own.append(float(minimize(of_one, [shift]).x[0]))
    print(f"shift of each line {np.round(own, 3)}, spread {np.std(own, ddof=1):.3f}")


def main() -> None:
    folder = os.environ.get("KINESCAPE_DATA")
    if not folder:
        raise SystemExit("KINESCAPE_DATA is not set: this needs the real data")
    screen = oneil(Path(folder))
    fit_constants(screen, development_lines(screen))
    fit_calibration(screen, development_lines(screen))


if __name__ == "__main__":
    main()
