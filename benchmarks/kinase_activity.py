"""Kinase activities in 94 perturbations whose kinase is known, beside plain baselines on the same rows.

    KINESCAPE_DATA=... python benchmarks/kinase_activity.py [--fit] [--calibration]

Data: `phospho/hernandez-benchmark` (94 experiments, 24 publications, 173 perturbed (kinase, experiment) pairs of known
direction; Hernandez-Armenta et al. 2017, doi:10.1093/bioinformatics/btx082).

Protocol. A score is divided by its root mean square over the enzymes scored in the experiment and multiplied by the
direction that the perturbation shall have; positives are the perturbed kinases, negatives all the other enzymes of the
relations in the same experiment; all experiments are pooled into one AUROC. This reading reproduces the figures that
others found (0.849 with the curated table, 0.847 with SIGNOR's phosphorylations, 82 and 68 pairs with five
substrates, enzymes without a score left out); with the other benchmark kinases alone as negatives it does not, and
that reading is printed beside it. `full` counts every pair and every enzyme, 0 where nothing is scored; hit@10: share
of the pairs whose kinase is among the ten enzymes that moved most in the expected direction (in brackets: either).

The constants of the combined score were chosen on twelve publications (`--fit` prints how: each constant by its mean
over a coarse grid, evidence that gives less than 0.005 left out) and judged on the other twelve; the split was drawn
once, before any combined score was seen. Intervals are bootstraps over publications, 90 %.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
import polars as pl
from kinase_activity_scoring import (
    FEWEST,
    SPLIT_SEED,
    Experiments,
    Outcome,
    draws,
    fitting_half,
    outcome,
    read_experiments,
    weights_of,
)
from scipy import sparse

from kinescape.assays.phospho.activities import activity_evidence as constants
from kinescape.assays.phospho.activities.activity_evidence import SiteEvidence, combined_scores, site_evidence
from kinescape.assays.phospho.activities.activity_null import chance_p_values
from kinescape.assays.phospho.activities.activity_z import activity_scores
from kinescape.foundation.randomness import generator
from kinescape.knowledge.network import load_core_network
from kinescape.knowledge.substrates import SiteRelations, load_site_relations, read_site_relations


def with_universe(relations: SiteRelations, data: Experiments, **options: object) -> SiteEvidence:
    """Evidence with every benchmark kinase among the enzymes, so that an unscored one counts."""
    return padded(site_evidence(data.sites, relations, **options), data.kinases)  # type: ignore[arg-type]


def padded(evidence: SiteEvidence, kinases: tuple[str, ...]) -> SiteEvidence:
    missing = tuple(kinase for kinase in kinases if kinase not in evidence.enzymes)
    empty = sparse.csc_matrix((evidence.substrate.shape[0], len(missing)))
    substrate, own, motif = (
        sparse.csc_matrix(sparse.hstack([matrix, empty]))
        for matrix in (evidence.substrate, evidence.own, evidence.motif)
    )
    neighbours = evidence.neighbours
    if neighbours is not None:
        neighbours = sparse.csr_matrix(
            sparse.block_diag([neighbours, sparse.csr_matrix((len(missing), len(missing)))])
        )
    return SiteEvidence((*evidence.enzymes, *missing), substrate, own, motif, neighbours)


def combined(
    effects: np.ndarray, evidence: SiteEvidence, k: float, own: float, motif: float, below: float
) -> np.ndarray:
    """The combined score at other constants than the package's."""
    kept = {name: getattr(constants, name) for name in _CONSTANTS}
    try:
        for name, value in zip(_CONSTANTS, (k, own, motif, below), strict=True):
            setattr(constants, name, value)
        used = evidence if below else replace(evidence, neighbours=None)
        return combined_scores(effects, used if motif else replace(used, motif=used.motif * 0))
    finally:
        for name, value in kept.items():
            setattr(constants, name, value)


_CONSTANTS = ("SUBSTRATE_SHRINKAGE", "OWN_SITE_WEIGHT", "MOTIF_WEIGHT", "NEIGHBOUR_WEIGHT")


def print_rows(methods: dict[str, Outcome], data: Experiments, which: np.ndarray, title: str) -> None:
    base = weights_of(data, which)
    drawn = draws(base)
    first = next(iter(methods.values()))
    n_scored, n_pairs = int(base @ first.scored.positives), int(base @ first.pairs)
    print(
        f"\n{title}: {int(base.sum())} publications, {n_scored} pairs with {FEWEST} substrates, {n_pairs} in all"
    )
    print(
        f"  {'':34}{'AUROC':>7} {'90 %':14}{'(kinases)':>10}{'full':>7} {'90 %':14}{'hit@10':>7} {'(either)':>9}"
    )
    reference = methods["z"]
    for name, result in methods.items():
        figures = result.figures(base)
        spread = np.array([result.figures(one) for one in drawn])
        low, high = np.nanquantile(spread, [0.05, 0.95], axis=0)
        print(
            f"  {name:34}{figures[0]:7.3f} [{low[0]:.3f}, {high[0]:.3f}]{figures[1]:10.3f}{figures[2]:7.3f} "
            f"[{low[2]:.3f}, {high[2]:.3f}]{figures[3]:7.3f} {figures[4]:9.3f}"
        )
        if name.startswith("combined"):
            plain = np.array([reference.figures(one) for one in drawn])
            gain = np.nanquantile(spread - plain, [0.05, 0.95], axis=0)
            told = [
                f"{figures[at] - reference.figures(base)[at]:+.3f} [{gain[0][at]:+.3f}, {gain[1][at]:+.3f}]"
                for at in (0, 2, 3)
            ]
            print(f"  {'':6}gain over z: AUROC {told[0]}, full {told[1]}, hit@10 {told[2]}")


def baselines(
    data: Experiments, evidence: SiteEvidence
) -> tuple[dict[str, Callable[[], np.ndarray]], np.ndarray]:
    z, counts = activity_scores(data.effects, evidence.substrate)
    mean = np.divide(z, np.sqrt(counts), out=np.full_like(z, np.nan), where=counts > 0)
    random = generator(SPLIT_SEED, "kinase activity", "random").normal(size=z.shape)
    return {
        "random (one draw)": lambda: np.where(counts > 0, random, np.nan),
        "number of substrates": lambda: np.where(counts > 0, counts, np.nan).astype(float),
        "mean of substrates": lambda: mean,
        "z": lambda: z,
    }, counts >= FEWEST


def reproduce(data: Experiments, tables: dict[str, tuple[SiteRelations, float, float]]) -> None:
    print("Plain z, against the figures of earlier work (enzymes with five measured substrates):")
    for name, (relations, stated, stated_full) in tables.items():
        evidence = with_universe(relations, data)
        started = time.perf_counter()
        z, counts = activity_scores(data.effects, evidence.substrate)
        seconds = time.perf_counter() - started
        kept = np.where(counts >= FEWEST, z, np.nan)
        result = outcome(kept, counts >= FEWEST, evidence.enzymes, data)
        everywhere = weights_of(data, np.ones(len(data.names), dtype=bool))
        figures = result.figures(everywhere)
        pairs = int(everywhere @ result.scored.positives)
        one = outcome(z, counts >= FEWEST, evidence.enzymes, data).figures(everywhere)
        print(
            f"  {name:26}{figures[0]:.4f} ({stated:.3f} stated, {pairs} pairs); unscored as 0 {figures[2]:.4f} "
            f"({stated_full:.3f}); from one substrate {one[2]:.4f}; "
            f"negatives benchmark kinases alone {figures[1]:.4f}; 94 experiments in {seconds:.2f} s"
        )


def against_decoupler(data: Experiments, relations: SiteRelations) -> None:
    if importlib.util.find_spec("decoupler") is None:
        print("\ndecoupler is not installed here: no comparison (pip install 'decoupler>=2' pandas)")
        return
    import decoupler
    import pandas

    evidence = with_universe(relations, data)
    spent = []
    for _ in range(3):
        started = time.perf_counter()
        z, counts = activity_scores(data.effects, evidence.substrate)
        spent.append(time.perf_counter() - started)
    ours = min(spent)
    names = [f"{gene}_{residue}{place}" for gene, residue, place in data.sites.iter_rows()]
    net = relations.frame.select(
        pl.col("enzyme").alias("source"),
        pl.format("{}_{}{}", "substrate", "residue", "position").alias("target"),
        (pl.col("sign") * pl.col("weight")).alias("weight"),
    ).to_pandas()
    place = {enzyme: index for index, enzyme in enumerate(evidence.enzymes)}
    theirs = np.full(z.shape, np.nan)
    seconds = 0.0
    for index in range(len(data.names) + 1):
        # The first run compiles and is not counted.
        at = max(index - 1, 0)
        measured = np.isfinite(data.effects[:, at])
        frame = pandas.DataFrame(
            data.effects[measured, at][None, :],
            columns=[name for name, one in zip(names, measured, strict=True) if one],
        )
        started = time.perf_counter()
        scores = decoupler.mt.zscore(frame, net, tmin=FEWEST, flavor="KSEA")[0]
        seconds += (time.perf_counter() - started) * (index > 0)
        theirs[[place[name] for name in scores.columns], at] = scores.to_numpy()[0]
    everywhere = weights_of(data, np.ones(len(data.names), dtype=bool))
    rows = counts >= FEWEST
    figures = outcome(theirs, rows, evidence.enzymes, data).figures(everywhere)
    mine = outcome(np.where(rows, z, np.nan), rows, evidence.enzymes, data).figures(everywhere)
    both = np.isfinite(theirs) & rows
    print(
        f"\ndecoupler {decoupler.__version__} zscore(flavor='KSEA'), the same relations and rows: "
        f"AUROC {figures[0]:.4f} (ours {mine[0]:.4f}), full {figures[2]:.4f} ({mine[2]:.4f}); "
        f"{seconds:.2f} s against {ours:.4f} s "
        f"({seconds / ours:.0f} times); {both.sum()} scores in common, largest difference "
        f"{np.abs(theirs - z)[both].max():.2e}, correlation {np.corrcoef(theirs[both], z[both])[0, 1]:.6f}"
    )


def fit(
    data: Experiments, evidence: SiteEvidence, rows: np.ndarray, half: np.ndarray, universe: frozenset[str]
) -> None:
    base = weights_of(data, half)
    motifs = (0.0, 0.1, 0.2, 0.3) if evidence.motif.nnz else (0.0,)
    table = []
    for k, own, motif, below in product((0, 1, 3, 10), (0.0, 0.25, 0.5, 1.0), motifs, (0.0, 0.25, 0.5)):
        scores = combined(data.effects, evidence, k, own, motif, below)
        auroc, _, full, hit, _ = outcome(scores, rows, evidence.enzymes, data, universe=universe).figures(
            base
        )
        table.append((k, own, motif, below, auroc, full, hit, (auroc + full + hit) / 3))
    columns = ["shrinkage", "own", "motif", "below", "auroc", "full", "hit", "mean"]
    frame = pl.DataFrame(table, schema=columns, orient="row")
    print("\nFitting half: mean over the grid of (AUROC + full + hit@10) / 3, by constant")
    for name in columns[:4]:
        means = frame.group_by(name).agg(pl.col("mean").mean()).sort(name)
        print(f"  {name:10}" + "  ".join(f"{value:g}: {mean:.4f}" for value, mean in means.iter_rows()))


def calibration(data: Experiments, evidence: SiteEvidence) -> None:
    """Share of p-values below a limit when sites, or whole proteins, trade their effects."""
    random = generator(SPLIT_SEED, "kinase activity", "calibration")
    print(
        "\np-values of z under shuffled labels (31 experiments, 4 shuffles): share below 0.10 / 0.05 / 0.01 / 0.001"
    )
    gathered: dict[tuple[str, str], list[np.ndarray]] = {}
    for index in range(0, len(data.names), 3):
        measured = np.isfinite(data.effects[:, index])
        changes = data.effects[measured, index]
        proteins = np.unique(data.sites["gene"].to_numpy()[measured], return_inverse=True)[1]
        matrix = evidence.substrate[measured]
        counts = np.asarray((matrix != 0).sum(axis=0)).ravel()
        for kind in ("sites", "proteins"):
            for _ in range(4):
                dealt = (
                    random.permutation(changes)
                    if kind == "sites"
                    else proteins_traded(changes, proteins, random)
                )
                p_values = chance_p_values(matrix, dealt, proteins)[0]
                for group, which in (
                    ("1", counts == 1),
                    ("2-4", (counts > 1) & (counts < 5)),
                    ("5 and more", counts >= 5),
                ):
                    gathered.setdefault((kind, group), []).append(p_values[which])
    for (kind, group), parts in gathered.items():
        p_values = np.concatenate(parts)
        shares = " / ".join(f"{np.mean(p_values < limit):.4f}" for limit in (0.1, 0.05, 0.01, 0.001))
        print(f"  {kind:9} traded, {group:>10} substrates: {shares} (n {len(p_values)})")


def proteins_traded(changes: np.ndarray, proteins: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Proteins of the same number of sites trade all their effects, so that sites of a protein stay together."""
    order = np.argsort(proteins, kind="stable")
    sizes = np.bincount(proteins)
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    dealt = np.empty_like(changes)
    for size in np.unique(sizes):
        alike = np.flatnonzero(sizes == size)
        for to, source in zip(alike, random.permutation(alike), strict=True):
            taken = order[starts[source] : starts[source] + size]
            dealt[order[starts[to] : starts[to] + size]] = changes[random.permutation(taken)]
    return dealt


def coverage(data: Experiments, tables: dict[str, SiteRelations]) -> None:
    print(
        "\nCoverage, enzymes with a measured known site in an experiment (median; no truth exists for phosphatases,"
    )
    print("so no accuracy is claimed for them):")
    for name, relations in tables.items():
        evidence = site_evidence(data.sites, relations)
        _, counts = activity_scores(data.effects, evidence.substrate)
        phosphatase = np.isin(evidence.enzymes, relations.phosphatases) & ~np.isin(
            evidence.enzymes, relations.kinases
        )
        for kind, which in (("kinases", ~phosphatase), ("phosphatases", phosphatase)):
            one, five = (counts[which] >= 1).sum(axis=0), (counts[which] >= FEWEST).sum(axis=0)
            print(
                f"  {name:26}{kind:13}{which.sum():4} known; {np.median(one):5.0f} with one substrate, "
                f"{np.median(five):4.0f} with five; never measured {(counts[which].sum(axis=1) == 0).sum()}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fit", action="store_true", help="show how the constants were chosen")
    parser.add_argument("--calibration", action="store_true", help="p-values under shuffled labels")
    arguments = parser.parse_args()
    root = Path(os.environ["KINESCAPE_DATA"])
    started = time.perf_counter()
    data = read_experiments(root / "phospho" / "hernandez-benchmark")
    knowledge = root / "knowledge"
    signor = read_site_relations(knowledge / "signor-sites" / "signor_only_phospho_dephospho_sites.tsv.gz")
    curated = read_site_relations(knowledge / "kinase-substrate-curated" / "curated.csv.gz")
    phosphorylations = SiteRelations(signor.frame.filter(pl.col("sign") > 0), "SIGNOR, phosphorylations")
    print(
        f"read in {time.perf_counter() - started:.1f} s: {data.effects.shape[0]} sites, {len(data.names)} experiments"
    )
    reproduce(
        data,
        {
            "curated": (curated, 0.849, 0.707),
            "SIGNOR, phosphorylations": (phosphorylations, 0.847, 0.658),
            "SIGNOR, both": (signor, 0.847, 0.658),
        },
    )
    against_decoupler(data, phosphorylations)

    motifs = importlib.util.find_spec("phosx") is not None
    if not motifs:
        print("\nphosx is not installed here: no motif evidence (pip install phosx)")
    windows: dict[tuple[str, str, int], str] = {}
    for table in (signor, curated):
        told = table.frame.filter(pl.col("window").is_not_null())
        for *site, window in told.select("substrate", "residue", "position", "window").iter_rows():
            windows.setdefault(tuple(site), window)  # type: ignore[arg-type]
    sites = data.sites.with_columns(
        window=pl.Series([windows.get(site) for site in data.sites.iter_rows()], dtype=pl.String)
    )
    data = replace(data, sites=sites)
    half = fitting_half(data)
    everything = np.ones(len(data.names), dtype=bool)
    network = load_core_network()
    for title, relations in (("SIGNOR", signor), ("shipped table", load_site_relations())):
        evidence = with_universe(relations, data, motifs=motifs, network=network)
        universe = frozenset({*relations.enzymes, *data.kinases})
        plain, rows = baselines(data, evidence)
        scores = {name: make() for name, make in plain.items()}
        own = constants.OWN_SITE_WEIGHT
        k, below = constants.SUBSTRATE_SHRINKAGE, constants.NEIGHBOUR_WEIGHT
        scores["combined (default)"] = combined(data.effects, evidence, k, own, 0.0, 0.0)
        scores["combined + neighbours (as fitted)"] = combined(data.effects, evidence, k, own, 0.0, below)
        if motifs:
            scores["combined + motifs"] = combined(
                data.effects, evidence, k, own, constants.MOTIF_WEIGHT, 0.0
            )
            scores["earlier weights 0.3, 0.2 (seen)"] = combined(data.effects, evidence, 0.0, 0.3, 0.2, 0.0)
        methods = {
            name: outcome(
                score, rows, evidence.enzymes, data, universe=universe, signed=name != "number of substrates"
            )
            for name, score in scores.items()
        }
        print(f"\n== {title}: {len(relations)} relations, {len(relations.enzymes)} enzymes")
        for name, which in (("fitting half", half), ("judging half", ~half), ("all", everything)):
            print_rows(methods, data, which, name)
        if title == "SIGNOR":
            if arguments.fit:
                fit(data, evidence, rows, half, universe)
            if arguments.calibration:
                calibration(data, evidence)
    coverage(data, {"SIGNOR": signor, "shipped table": load_site_relations()})


if __name__ == "__main__":
    main()
