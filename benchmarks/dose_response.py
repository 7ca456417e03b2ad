"""Dose-response curves beside SciPy, `synergy` and CurveCurator, and the coverage of the intervals.

    KINESCAPE_DATA=... python benchmarks/dose_response.py [fit] [coverage] [oracle] [screen] [table] [null]

`fit` needs a Python that has `synergy` and `curve_curator`: give it in KINESCAPE_PEERS (their dependencies may
differ from ours). Every rate is curves per CPU-second of one thread, on curves of the same file in the same run.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import polars as pl
from scipy.optimize import curve_fit

from kinescape.assays.viability.curve_fitting import curve_intervals as profile
from kinescape.assays.viability.curve_fitting.curve_fit import GRIDS, Grid, fit_logistic
from kinescape.assays.viability.curve_fitting.curve_metrics import area_under_curve, log_dose_at
from kinescape.assays.viability.curve_fitting.curve_problem import CurveBounds, expit, log_dose
from kinescape.assays.viability.curve_fitting.curve_significance import f_statistic, p_value, relevance
from kinescape.foundation.randomness import generator

VIABILITY = Path(os.environ.get("KINESCAPE_DATA", ".")) / "viability"
REFERENCE = Path(os.environ.get("KINESCAPE_DATA", ".")).parent / "reference" / "viability"
DOSES_NANOMOLAR = np.array([0.17, 0.51, 1.52, 4.57, 13.72, 41.15, 123.5, 370.4, 1111.0, 3333.0, 10000.0])
BOUNDS = CurveBounds(front=(1e-4, 1e6), back=(1e-4, 1e6), slope=(0.01, 10.0), decades_beyond=2.0)
"""CurveCurator's bounds, for every program."""
PEER_CURVES = 240

PEER_SCRIPT = r"""
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
given = json.load(sys.stdin)
dose, rows = np.array(given["dose"]), [np.array(row, dtype=float) for row in given["rows"]]
answer = {}
from curve_curator.models import LogisticModel, MeanModel
x = np.log10(dose * 1e-9)
model = LogisticModel(); model.set_boundaries(x)
null = MeanModel(); null.set_boundaries()
for speed in ("fast", "standard"):
    found, start = [], time.process_time()
    for y in rows:
        keep = np.isfinite(y)
        model.reset(); null.set_initial_guess(intercept=float(np.mean(y[keep])), noise=float(np.std(y[keep])))
        null.fit_ols(x[keep], y[keep])
        if speed == "fast":
            model.find_best_guess_ols(x[keep], y[keep], noise=null.noise); model.fit_ols(x[keep], y[keep])
        else:
            model.efficiently_fit_ols(x[keep], y[keep], noise=null.noise)
        found.append(float(model.calculate_sum_squared_residuals(x[keep], y[keep])))
    answer["CurveCurator " + speed] = {"seconds": time.process_time() - start, "sse": found, "failed": 0}
from synergy.single import Hill
found, failed, start = [], 0, time.process_time()
for y in rows:
    keep = np.isfinite(y)
    hill = Hill(E0_bounds=(1e-4, 1e6), Emax_bounds=(1e-4, 1e6), h_bounds=(0.01, 10.0),
                C_bounds=(dose.min() / 100, dose.max() * 100))
    try:
        hill.fit(dose[keep], y[keep])
        ok = bool(getattr(hill, "is_converged", getattr(hill, "converged", True)))
        sse = float(np.sum((hill.E(dose[keep]) - y[keep]) ** 2))
    except Exception:
        ok, sse = False, float("nan")
    failed += not ok
    found.append(sse if ok and np.isfinite(sse) else None)
answer["synergy Hill"] = {"seconds": time.process_time() - start, "sse": found, "failed": failed}
print(json.dumps(answer))
"""


def sarcoma() -> np.ndarray:
    """7,320 curves of eleven doses."""
    table = pl.read_csv(VIABILITY / "sarcoma-curvecurator/independent/ratio_data.txt", separator="\t")
    return table.select([f"Raw {i}" for i in range(1, 12)]).to_numpy().astype(float)


def fit() -> None:
    y = sarcoma()
    total = np.nansum((y - np.nanmean(y, axis=1, keepdims=True)) ** 2, axis=1)
    rates = []
    for _ in range(3):
        start = time.process_time()
        ours = fit_logistic(DOSES_NANOMOLAR, y, bounds=BOUNDS)
        rates.append(len(y) / (time.process_time() - start))
    start = time.process_time()
    quick = fit_logistic(DOSES_NANOMOLAR, y, bounds=BOUNDS, effort="fast")
    quick_rate = len(y) / (time.process_time() - start)
    best = exhaustive(y)
    print(f"curves: {len(y)}; one thread; bounds {BOUNDS}")
    for name, found, rate in (("thorough", ours, float(np.median(rates))), ("fast", quick, quick_rate)):
        gap = (found.sum_of_squares - best) / total
        print(
            f"kinescape {name}: {rate:,.0f} curves/CPU-s; within 1e-6 of the exhaustive optimum "
            f"{100 * np.mean(gap <= 1e-6):.2f} %; worse by > 1e-3: {np.sum(gap > 1e-3)}; largest gap {gap.max():.1e}; "
            f"at rest {100 * found.converged.mean():.2f} %"
        )
    chosen = generator(0, "peers").choice(len(y), PEER_CURVES, replace=False)
    peers = {"SciPy curve_fit, same bounds": scipy_bounded(y[chosen]), **others(y[chosen])}
    own = float(np.median(rates))
    for name, answer in peers.items():
        sse = np.array([np.nan if value is None else value for value in answer["sse"]], dtype=float)
        gap = (sse - best[chosen]) / total[chosen]
        rate = PEER_CURVES / answer["seconds"]
        print(
            f"{name}: {rate:,.1f} curves/CPU-s on {PEER_CURVES} of them ({own / rate:,.0f} times slower); failed "
            f"{answer['failed']}; worse than the optimum by > 1e-3: {np.mean(gap > 1e-3):.3f}; "
            f"better than ours by > 1e-6: {np.sum(sse < ours.sum_of_squares[chosen] - 1e-6 * total[chosen])}"
        )


def exhaustive(y: np.ndarray) -> np.ndarray:
    """Least sum of squares of 24 descents from a grid of 240 × 24, and of an earlier exhaustive run."""
    GRIDS["exhaustive"] = Grid(240, 24, 24)
    best = fit_logistic(DOSES_NANOMOLAR, y, bounds=BOUNDS, effort="exhaustive").sum_of_squares
    path = REFERENCE / "proto_b4pl_sarcoma_bounded_exhaustive.csv"
    if path.exists():
        reference = pl.read_csv(path).to_numpy()
        x = log_dose(DOSES_NANOMOLAR)
        g = expit(np.exp(reference[:, 1:2]) * (x - reference[:, 2:3]))
        curve = reference[:, 3:4] + (reference[:, 4:5] - reference[:, 3:4]) * g
        best = np.minimum(best, np.nansum((y - curve) ** 2, axis=1))
    return best


def scipy_bounded(rows: np.ndarray) -> dict:
    def curve(x: np.ndarray, centre: float, slope: float, front: float, back: float) -> np.ndarray:
        return front + (back - front) / (1.0 + np.exp(-slope * (x - centre)))

    x = np.log(DOSES_NANOMOLAR)
    beyond = 2.0 * np.log(10.0)
    box = ([x[0] - beyond, 0.01, 1e-4, 1e-4], [x[-1] + beyond, 10.0, 1e6, 1e6])
    found, failed, start = [], 0, time.process_time()
    for y in rows:
        keep = np.isfinite(y)
        guess = [x.mean(), 1.0, max(y[keep][0], 0.01), max(y[keep][-1], 0.01)]
        try:
            values, _ = curve_fit(curve, x[keep], y[keep], p0=guess, bounds=box)
            found.append(float(np.sum((curve(x[keep], *values) - y[keep]) ** 2)))
        except RuntimeError:
            failed += 1
            found.append(float("nan"))
    return {"seconds": time.process_time() - start, "sse": found, "failed": failed}


def others(rows: np.ndarray) -> dict:
    python = os.environ.get("KINESCAPE_PEERS")
    if python is None:
        print("KINESCAPE_PEERS is not set: synergy and CurveCurator were not run")
        return {}
    given = json.dumps(
        {
            "dose": DOSES_NANOMOLAR.tolist(),
            "rows": [[None if not np.isfinite(v) else v for v in row] for row in rows.tolist()],
        }
    )
    done = subprocess.run(
        [python, "-c", PEER_SCRIPT], input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print("peers failed:", done.stderr.splitlines()[-1:])
        return {}
    return json.loads(done.stdout.splitlines()[-1])


def coverage(curves: int = 4000) -> None:
    """95 % intervals on simulated truth: nine half-log doses and one control, slopes 0.5 to 2, plateau 0 to 0.3."""
    bounds = CurveBounds()
    dose = np.r_[0.0, 10.0 ** np.linspace(-4, 0, 9)]
    log_low, log_high = np.log(1e-4), 0.0
    for kind, low, high in (("full", -3.0, -1.0), ("partial", -0.3, 0.5)):
        for noise in (0.02, 0.05, 0.10):
            random = generator(1, "coverage", kind, str(noise))
            centre = np.log(10.0) * random.uniform(low, high, curves)
            slope = np.exp(random.normal(0.0, 0.35, curves))
            back, front = random.uniform(0.0, 0.3, curves), np.ones(curves)
            g = expit(slope[:, None] * (log_dose(dose) - centre[:, None]))
            y = front[:, None] + (back - front)[:, None] * g
            y = y + random.normal(0.0, noise, y.shape)
            fits = fit_logistic(dose, y, bounds=bounds)
            prepared = profile.prepare(dose, y, fits, bounds=bounds)
            parameters = (fits.log_ec50, fits.slope, fits.front, fits.back)
            truth = (centre, slope, front, back)
            at = np.zeros(curves)
            start = time.process_time()
            top = fits.response(np.ones((curves, 1)))[:, 0]
            area = area_under_curve(log_low, log_high, *parameters)
            found = {
                "EC50": (profile.ec50_interval(prepared), centre),
                "IC50": (
                    profile.crossing_interval(prepared, 0.5, log_dose_at(0.5, *parameters)),
                    log_dose_at(0.5, *truth),
                ),
                "Emax": (
                    profile.response_interval(prepared, at, top),
                    front + (back - front) * expit(-slope * centre),
                ),
                "AUC": (
                    profile.area_interval(
                        prepared, np.full(curves, log_low), np.full(curves, log_high), area
                    ),
                    area_under_curve(log_low, log_high, *truth),
                ),
            }
            rate = curves / (time.process_time() - start)
            said = []
            for name, (interval, true) in found.items():
                inside = (interval.low <= true) & (true <= interval.high)
                open_end = np.mean(~np.isfinite(interval.low) | ~np.isfinite(interval.high))
                said.append(f"{name} {100 * inside.mean():.1f} % (open {100 * open_end:.0f} %)")
            print(f"{kind}, noise {noise:.2f}: {'; '.join(said)}; {rate:,.0f} curves/CPU-s, all four")


def replicates(curves: int = 1000) -> None:
    """Intervals over replicates that differ in potency and level, beside those over wells."""
    from kinescape.assays.viability.curves import fit_curves
    from kinescape.assays.viability.reading.dose_series import DoseSeries

    dose = 10.0 ** np.linspace(-9, -5, 9)
    for count in (3, 5):
        random = generator(2, "replicates", count)
        rows = []
        centre = np.log(10.0) * random.uniform(-8.0, -6.5, curves)
        for replicate in range(count):
            shift, level = random.normal(0.0, 0.3, curves), random.normal(0.0, 0.03, curves)
            g = expit(log_dose(dose) - (centre + shift)[:, None])
            y = 1.0 - 0.9 * g + level[:, None] + random.normal(0.0, 0.03, g.shape)
            rows.append(
                pl.DataFrame(
                    {
                        "sample": np.repeat([f"c{i:05d}" for i in range(curves)], len(dose)),
                        "agent": "x",
                        "time_h": 72.0,
                        "dose": np.tile(dose, curves),
                        "dose_unit": "M",
                        "response": y.ravel(),
                        "replicate": f"r{replicate}",
                        "weight": 1.0,
                    }
                )
            )
        frame = pl.concat(rows)
        for name, used in (
            ("replicates", frame),
            ("wells", frame.with_columns(replicate=pl.lit(None, pl.String))),
        ):
            table = fit_curves(
                DoseSeries(used, "fraction_of_control", "", (), "simulated"), shapes=False
            ).table
            low, high = (
                np.log(table["ec50_low"].to_numpy()),
                np.log(table["ec50_high"].to_numpy()),
            )
            inside = (low <= centre) & (centre <= high)
            print(f"{count} replicates, intervals over {name}: EC50 {100 * inside.mean():.1f} % of {curves}")


def null(curves: int = 20000) -> None:
    """Curves without effect: how often they are called one, by test and after the false discovery rate."""
    bounds = CurveBounds()
    for points in (7, 9, 11, 16):
        random = generator(3, "null", points)
        y = 1.0 + random.normal(0.0, 0.05, (curves, points))
        fits = fit_logistic(10.0 ** np.linspace(-9, -5, points), y, bounds=bounds)
        p = p_value(
            f_statistic(((y - y.mean(1, keepdims=True)) ** 2).sum(1), fits.sum_of_squares, points), points
        )
        share = [100 * np.mean(p < limit) for limit in (0.05, 0.01)]
        print(f"{points} doses, no effect: p < 0.05 in {share[0]:.1f} %, p < 0.01 in {share[1]:.2f} %")


def oracle() -> None:
    """CurveCurator's F, p and relevance from its own curves, and the curves themselves."""
    table = pl.read_csv(
        VIABILITY / "ctrp-curvecurator/curves_40.0.txt", separator="\t", infer_schema_length=None
    )
    dose = np.array(
        [0.0012, 0.0024, 0.0049, 0.0097, 0.019, 0.039, 0.078, 0.16, 0.31, 0.62, 1.2, 2.5, 5, 10, 20, 40]
    )
    y = table.select([f"Ratio {i}" for i in range(1, 17)]).to_numpy().astype(float)
    x = log_dose(np.r_[0.0, dose])
    y = np.column_stack([np.ones(len(y)), y])
    centre = np.log(10.0) * (6.0 - table["pEC50"].to_numpy())
    slope, front, back = (table[f"Curve {name}"].to_numpy() for name in ("Slope", "Front", "Back"))
    curve = front[:, None] + (back - front)[:, None] * expit(slope[:, None] * (x - centre[:, None]))
    points = np.isfinite(y).sum(axis=1)
    null_sse = np.nansum((y - table["Null Model"].to_numpy()[:, None]) ** 2, axis=1)
    f = f_statistic(null_sse, np.nansum((y - curve) ** 2, axis=1), points)
    p = p_value(f, points)
    highest = curve[np.arange(len(y)), y.shape[1] - 1 - np.isfinite(y)[:, ::-1].argmax(axis=1)]
    _, score = relevance(f, np.log2(highest), points, alpha=0.05, fold_change_limit=0.3)
    for name, ours, column in (
        ("F", f, "F_Value"),
        ("p", p, "P_Value"),
        ("relevance", score, "Relevance Score"),
    ):
        theirs = table[f"Curve {column}"].to_numpy()
        both = np.isfinite(theirs) & np.isfinite(ours)
        gap = np.abs(ours - theirs)[both] / np.maximum(np.abs(theirs[both]), 1e-9 if name == "p" else 1.0)
        print(
            f"CurveCurator {name}: largest relative difference {gap.max():.1e} on {both.sum()} of {len(table)} curves"
        )


def screen() -> None:
    """The GDSC example from its file to its curves."""
    from kinescape.assays.viability.curves import fit_curves
    from kinescape.assays.viability.reading.tagged_wells import read_tagged_wells
    from kinescape.assays.viability.reading.wells import normalise_wells

    start = time.perf_counter()
    wells = read_tagged_wells(VIABILITY / "gdsc-example/data/gdsc_example.csv.gz", unit="uM")
    read = time.perf_counter()
    series = normalise_wells(wells)
    normalised = time.perf_counter()
    fitted = fit_curves(series, intervals=False, shapes=False)
    without = time.perf_counter()
    fit_curves(series)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{wells.frame.height:,} wells of {series.plates.height:,} plates: read {read - start:.1f} s, normalised and "
        f"judged {normalised - read:.1f} s, {fitted.table.height:,} curves fitted {without - normalised:.1f} s: "
        "together "
        f"{without - start:.1f} s; again with intervals and two-phase tests {done - without:.1f} s; "
        f"peak memory {peak:,.0f} MB"
    )


TABLE_SCRIPT = """
import resource, sys, time
from kinescape.assays.viability.dose_reading import read_doses
start, cpu = time.perf_counter(), time.process_time()
series = read_doses(sys.argv[1])
print(f"{series.frame.height:,} lines read in {time.perf_counter() - start:.0f} s ({time.process_time() - cpu:.0f} CPU-"
      f"seconds), peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB; {series.stated}")
"""


def table() -> None:
    """A long table of ten million lines, made here, as text and as Parquet; each is read by a process of its own."""
    cells, drugs, doses = 1000, 1000, np.r_[0.0, np.logspace(-3, 1, 9)]
    random = generator(20261121, "long table")
    half = np.repeat(10.0 ** random.uniform(-3, 2, cells * drugs), len(doses))
    dose = np.tile(doses, cells * drugs)
    curve = np.repeat(np.arange(cells * drugs), len(doses))
    made = pl.DataFrame({"sample": curve // drugs, "drug": curve % drugs, "dose_uM": dose}).with_columns(
        pl.format("CELL-LINE-NUMBER-{}", "sample").alias("sample"),
        pl.format("compound-name-{}", "drug").alias("drug"),
        pl.Series("response", 100 / (1 + dose / half) + random.normal(0, 3, len(dose))),
        pl.lit("plate-00001-of-screen").alias("comment"),
    )
    with tempfile.TemporaryDirectory() as folder:
        text, columns = Path(folder) / "screen.csv", Path(folder) / "screen.parquet"
        made.write_csv(text)
        made.write_parquet(columns)
        del made
        for path in (text, columns):
            print(f"{path.suffix}, {path.stat().st_size / 1e6:,.0f} MB: ", end="", flush=True)
            subprocess.run([sys.executable, "-c", TABLE_SCRIPT, str(path)], check=True)


PARTS = {f.__name__: f for f in (screen, table, oracle, fit, coverage, replicates, null)}

if __name__ == "__main__":
    for part in sys.argv[1:] or list(PARTS):
        print(f"== {part}")
        PARTS[part]()
