"""Does the evidence find known substrates of kinases among the sites of 94 experiments? Edges judged are left out.

    KINESCAPE_DATA=... python benchmarks/substrate_discovery.py        (needs the extra kinescape[motif])

Data: `phospho/hernandez-benchmark` (94 experiments; Hernandez-Armenta et al. 2017, doi:10.1093/bioinformatics/btx082),
substrates and sequences of `knowledge/signor-sites` (sequences also of `knowledge/kinase-substrate-curated`).

Protocol. Sites measured in ten experiments or more whose sequence is known (all are substrates of some kinase:
the hard negatives). Kinases with a motif and eight known substrates among them. Per kinase: AUROC of known substrates
against the other sites with a residue it takes; the mean over kinases, bootstrapped over kinases (90 %). The profile
that a site is compared with holds neither that edge ("edge left out") nor, as the package computes it, any other site
of the same protein ("protein left out"). Half of the kinases, drawn before anything was scored, chose the constants
of `substrate_scores`; the other half judged them once. The contrast's constants: half of the publications.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import rankdata

from kinescape.assays.phospho import motif as motif_module
from kinescape.assays.phospho.motif import LETTERS, motif_percentiles
from kinescape.assays.phospho.substrate_search.substrate_evidence import (
    co_regulation,
    motif_log_odds,
    shrunk_change,
    shrunk_correlation,
)
from kinescape.assays.phospho.substrate_search.substrate_scores import (
    log_odds,
    rank_among_kinases,
    sequence_and_co_regulation,
)
from kinescape.foundation.randomness import generator
from kinescape.knowledge.substrates import load_site_relations, read_site_relations

SEED = 0
FEWEST_EXPERIMENTS = 10
FEWEST_SUBSTRATES = 8
BOOTSTRAPS = 2000


def auroc(score: np.ndarray, positive: np.ndarray) -> float:
    """The probability that a positive scores higher than a negative, ties counting half."""
    n = int(positive.sum())
    ranks = rankdata(score)
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(score) - n)))


@dataclass(frozen=True)
class Case:
    """One kinase: evidence for each site it could take, and which are its known substrates."""

    positive: np.ndarray
    motif: np.ndarray
    rank: np.ndarray
    correlation: dict[str, tuple[np.ndarray, np.ndarray]]
    measured: np.ndarray


def evidence(case: Case, left_out: str) -> np.ndarray:
    return sequence_and_co_regulation(case.motif, case.rank, shrunk_correlation(*case.correlation[left_out]))


def simple(case: Case, left_out: str) -> np.ndarray:
    """The form of the first measurements: log odds of the percentile + 3 atanh r."""
    r = np.clip(np.nan_to_num(case.correlation[left_out][0]), -0.95, 0.95)
    return motif_log_odds(case.motif) + 3 * np.arctanh(r)


METHODS: dict[str, Callable[[Case], np.ndarray]] = {
    "how often measured (plain)": lambda case: case.measured.astype(float),
    "motif alone": lambda case: case.motif,
    "co-regulation, edge left out": lambda case: shrunk_correlation(*case.correlation["edge"]),
    "co-regulation, protein left out": lambda case: shrunk_correlation(*case.correlation["protein"]),
    "log odds + 3 atanh r, edge": lambda case: simple(case, "edge"),
    "log odds + 3 atanh r, protein": lambda case: simple(case, "protein"),
    "kinescape, edge left out": lambda case: evidence(case, "edge"),
    "kinescape, protein left out": lambda case: evidence(case, "protein"),
}


class Study:
    """The matrix of effects, the windows of its sites, and the known substrates."""

    def __init__(self, root: Path) -> None:
        table = pl.read_csv(
            root / "phospho/hernandez-benchmark/hernandezData.csv.gz", null_values="NA", infer_schema=False
        )
        self.experiments = table.columns[1:]
        self.sites = [tuple(name.split("|")[1:3]) for name in table["ID"]]
        effects = table.drop("ID").cast(pl.Float64).to_numpy().copy()
        effects[effects == 0] = np.nan
        self.effects = effects
        self.index = {site: row for row, site in enumerate(self.sites)}
        signor = read_site_relations(
            root / "knowledge/signor-sites/signor_only_phospho_dephospho_sites.tsv.gz"
        ).frame
        curated = read_site_relations(root / "knowledge/kinase-substrate-curated/curated.csv.gz").frame
        windows: dict[tuple[str, str], str] = {}
        for frame in (curated, signor):
            told = frame.filter(pl.col("window").is_not_null())
            for gene, residue, position, window in told.select(
                "substrate", "residue", "position", "window"
            ).iter_rows():
                windows.setdefault((gene, f"{residue}{position}"), window)
        self.windows = [windows.get(site) for site in self.sites]
        self.known: dict[str, np.ndarray] = {}
        self.relations = signor.filter(pl.col("sign") > 0)
        for enzyme, gene, residue, position in self.relations.select(
            "enzyme", "substrate", "residue", "position"
        ).iter_rows():
            row = self.index.get((gene, f"{residue}{position}"))
            if row is not None:
                self.known.setdefault(enzyme, np.zeros(len(self.sites), dtype=bool))[row] = True
        genes = {gene: number for number, gene in enumerate(sorted({gene for gene, _ in self.sites}))}
        self.proteins = np.array([genes[gene] for gene, _ in self.sites])
        self.residues = np.array([site[0] for _, site in self.sites])
        self.publications = pl.read_csv(
            root / "phospho/hernandez-benchmark/hernandezMeta.csv.gz", infer_schema=False
        )

    def cases(self) -> dict[str, Case]:
        kinases, percentiles = motif_percentiles(self.windows)
        often = np.isfinite(self.effects).sum(axis=1)
        universe = np.array([window is not None for window in self.windows]) & (often >= FEWEST_EXPERIMENTS)
        alone = np.arange(len(self.sites))
        found = {}
        for column, kinase in enumerate(kinases):
            known = self.known.get(kinase)
            use = universe & np.isfinite(percentiles[:, column])
            if known is None or (known & use).sum() < FEWEST_SUBSTRATES:
                continue
            correlation = {
                name: tuple(part[use] for part in co_regulation(self.effects, known, groups))
                for name, groups in (("edge", alone), ("protein", self.proteins))
            }
            rank = rank_among_kinases(percentiles[use], column)
            found[kinase] = Case(known[use], percentiles[use, column], rank, correlation, often[use])
        return found


def print_discovery(cases: dict[str, Case], judged: list[str]) -> None:
    rng = generator(SEED, "substrates", "bootstrap")
    for title, which in (("all kinases", sorted(cases)), ("the half that judges", judged)):
        drawn = rng.integers(len(which), size=(BOOTSTRAPS, len(which)))
        print(f"\n{title}: {len(which)}, mean AUROC over kinases, 90 % over kinases")
        values = {
            name: np.array([auroc(score(cases[k]), cases[k].positive) for k in which])
            for name, score in METHODS.items()
        }
        for name, each in values.items():
            low, high = np.quantile(each[drawn].mean(axis=1), [0.05, 0.95])
            gain = each - values["motif alone"]
            below, above = np.quantile(gain[drawn].mean(axis=1), [0.05, 0.95])
            more = (
                ""
                if name == "motif alone"
                else f"   over motif {gain.mean():+.3f} [{below:+.3f}, {above:+.3f}]"
            )
            print(f"  {name:34}{each.mean():.3f} [{low:.3f}, {high:.3f}]{more}")


def print_calibration(cases: dict[str, Case], judged: list[str]) -> None:
    predicted, listed = [], []
    for kinase in judged:
        case = cases[kinase]
        odds = log_odds(float(case.positive.mean()), evidence(case, "protein"), None)
        predicted.append(1 / (1 + np.exp(-odds)))
        listed.append(case.positive)
    p, y = np.concatenate(predicted), np.concatenate(listed)
    print(
        "\ncalibration on the half that judges (sequence and co-regulation): sites, mean probability, share listed"
    )
    edges = [0, 0.005, 0.01, 0.02, 0.05, 0.1, 1.0]
    for low, high in pairwise(edges):
        inside = (p >= low) & (p < high)
        if inside.any():
            print(
                f"  {low:5.3f} to {high:5.3f}: {inside.sum():6,} {p[inside].mean():.4f} {y[inside].mean():.4f}"
            )
    print(f"  in all: {len(p):,} {p.mean():.4f} {y.mean():.4f}")


def print_contrast(study: Study) -> None:
    """The contrast alone, on the publications that did not choose its constants."""
    names = sorted(set(study.publications["PMID"]))
    order = generator(SEED, "substrates", "publications").permutation(len(names))
    fitting = {names[index] for index in order[: len(names) // 2]}
    values, publications = [], []
    p, y = [], []
    for row in study.publications.iter_rows(named=True):
        known = study.known.get(row["target"])
        if row["id"] not in study.experiments or row["PMID"] in fitting or known is None:
            continue
        kinds = set(study.residues[known])
        taken = np.isin(study.residues, ["S", "T"] if kinds & {"S", "T"} else sorted(kinds))
        change = study.effects[:, study.experiments.index(row["id"])]
        use = np.isfinite(change) & taken
        if (known & use).sum() < 3:
            continue
        kept = np.where(use, change, np.nan)
        towards = int(row["sign"]) * shrunk_change(kept, np.full(len(kept), np.nan))[use]
        values.append(auroc(towards, known[use]))
        publications.append(row["PMID"])
        p.append(1 / (1 + np.exp(-log_odds(float(known[use].mean()), None, towards))))
        y.append(known[use])
    each, groups = np.array(values), np.array(publications)
    unique = np.unique(groups)
    rng = generator(SEED, "substrates", "publication bootstrap")
    means = [
        np.concatenate([each[groups == one] for one in rng.choice(unique, len(unique))]).mean()
        for _ in range(BOOTSTRAPS)
    ]
    low, high = np.quantile(means, [0.05, 0.95])
    print(
        f"\ncontrast alone, {len(each)} perturbed kinases of {len(unique)} publications that judge: mean AUROC "
        f"{each.mean():.3f} [{low:.3f}, {high:.3f}] (bootstrap over publications)"
    )
    probability, listed = np.concatenate(p), np.concatenate(y)
    for low, high in ((0, 0.001), (0.001, 0.003), (0.003, 0.01), (0.01, 1)):
        inside = (probability >= low) & (probability < high)
        if inside.any():
            print(
                f"  {low:5.3f} to {high:5.3f}: {inside.sum():6,} {probability[inside].mean():.4f} "
                f"{listed[inside].mean():.4f}"
            )


def motif_order(study: Study, relations: pl.DataFrame, letters: str) -> tuple[int, float, float]:
    """Kinases, mean AUROC over them, AUROC of all edges pooled: known edges against other pairs."""
    sites = study.relations.filter(pl.col("window").is_not_null()).unique(
        ["substrate", "residue", "position"], maintain_order=True
    )
    row = {
        key: index for index, key in enumerate(sites.select("substrate", "residue", "position").iter_rows())
    }
    true = motif_module.LETTERS
    try:
        motif_module.LETTERS = letters
        kinases, percentiles = motif_percentiles(sites["window"].to_list())
    finally:
        motif_module.LETTERS = true
    percentiles[sites["residue"].to_numpy() == "Y"] = np.nan
    scores, positives = [], []
    for column, kinase in enumerate(kinases):
        known = np.zeros(sites.height, dtype=bool)
        for key in (
            relations.filter(pl.col("enzyme") == kinase)
            .select("substrate", "residue", "position")
            .iter_rows()
        ):
            if key in row:
                known[row[key]] = True
        use = np.isfinite(percentiles[:, column])
        if (known & use).sum() >= 10:
            scores.append(percentiles[use, column])
            positives.append(known[use])
    each = [auroc(a, b) for a, b in zip(scores, positives, strict=True)]
    return len(each), float(np.mean(each)), auroc(np.concatenate(scores), np.concatenate(positives))


def main() -> None:
    study = Study(Path(os.environ["KINESCAPE_DATA"]))
    cases = study.cases()
    names = sorted(cases)
    order = generator(SEED, "substrates", "fit").permutation(len(names))
    fitting = {names[index] for index in order[: len(names) // 2]}
    judged = [name for name in names if name not in fitting]
    print_discovery(cases, judged)
    print_calibration(cases, judged)
    print_contrast(study)
    rng = generator(SEED, "substrates", "scramble")
    flanking = "".join(rng.permutation(list(LETTERS[:18])))
    print(
        "\nmotif order, known edges of serine and threonine kinases (kinases; mean over them; all edges pooled):"
    )
    shipped = load_site_relations().frame.filter(pl.col("sign") > 0)
    for name, relations in (("SIGNOR", study.relations), ("shipped table", shipped)):
        for title, letters in (("as read", LETTERS), ("flanking letters scrambled", flanking + LETTERS[18:])):
            count, each, pooled = motif_order(study, relations, letters)
            print(f"  {name:14}{title:28}{count:4} {each:.3f} {pooled:.3f}")


if __name__ == "__main__":
    main()
