"""How far an activity varies between independent replicates: the standard error that the one table asks for.

The interval of `kinase_activity` says how far an enzyme's sites agree. Whether a repeat of the experiment would
give the same activity is another question: the score is a weighted sum of its sites' fold changes, so that the
same sum over each sample alone shows how much it varies within the groups. The spread of all sites, by which it is
divided, is taken as known: it is that of thousands.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.phospho.site_contrasts.design import Design
from kinescape.assays.phospho.site_contrasts.normalisation import average_injections, centred
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.issues import Faults
from kinescape.study.phospho import PhosphoContrast

LEAST_CARRIED = 0.8
"""Share of a score that sites measured in every sample must carry for an error to be given."""
LEAST_REPLICATES = 2


def activity_errors(
    contrast: PhosphoContrast, table: SiteTable, design: Design
) -> dict[str, tuple[float, int]]:
    """Standard error over replicates, and their number, of each enzyme's score.

    Parameters
    ----------
    contrast : PhosphoContrast
        From `analyse_phospho`, of this table and design.
    table : SiteTable
        Sites and intensities, adjusted for proteins where the analysis was.
    design : Design
        Which sample is what.

    Returns
    -------
    dict of str to (float, int)
        Enzymes whose sites were measured in every sample of both groups, by at least `LEAST_CARRIED` of the score.
        Empty without two replicates in each group, and where pairs or batches are taken out.
    """
    samples, values = _replicates(table, design)
    treated, control = _groups(contrast, samples)
    numbers = int(treated.sum()), int(control.sum())
    shared = samples.filter(pl.Series(treated | control))
    if min(numbers) < LEAST_REPLICATES or _blocked(shared):
        return {}
    rows: dict[str, list[int]] = {}
    for row, site in enumerate(table.sites["site"].to_list()):
        rows.setdefault(site, []).append(row)
    scores = dict(contrast.activities.frame.select("enzyme", "score").drop_nulls().iter_rows())
    behind = contrast.activities.substrates.filter(pl.col("log2_fold_change").abs() > 0)
    members = treated | control
    found = {}
    for (enzyme,), part in behind.group_by("enzyme", maintain_order=True):
        score = scores.get(str(enzyme))
        balance = float(part["share"].sum())
        if score is None or abs(balance) < 1e-6:
            continue
        total = score / balance
        weights, sites, carried = [], [], 0.0
        for site, change, share in part.select("site", "log2_fold_change", "share").iter_rows():
            measured = values[rows.get(site, [])][:, members]
            if not measured.size or not np.isfinite(measured).all():
                continue
            weights.append(share * total / change)
            sites.append(measured.mean(axis=0))
            carried += abs(share)
        if carried < LEAST_CARRIED:
            continue
        each = np.array(weights) @ np.array(sites)
        found[str(enzyme)] = (_error(each, treated[members]), min(numbers))
    return found


def _error(each: NDArray[np.float64], treated: NDArray[np.bool_]) -> float:
    """Standard error of the difference of two means."""
    parts = (each[treated], each[~treated])
    return float(np.sqrt(sum(np.var(part, ddof=1) / len(part) for part in parts)))


def _replicates(table: SiteTable, design: Design) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    """Samples brought to one median and injections averaged, as for the tests of sites."""
    names = design.samples["sample"].to_list()
    aside = Faults()
    values = centred(table.log2_intensity[:, [table.samples.index(name) for name in names]], aside)
    return average_injections(design.samples, values, aside)


def _groups(contrast: PhosphoContrast, samples: pl.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    first = contrast.effects.sites.row(0, named=True)
    line = pl.col("cell_line").eq_missing(pl.lit(first["cell_line"]))
    treated = (
        line
        & (pl.col("condition") == first["condition"])
        & pl.col("time_h").eq_missing(pl.lit(first["time_h"], pl.Float64))
    )
    control = line & (pl.col("condition") == first["against"])
    times = samples.filter(control)["time_h"].to_list()
    if first["time_h"] in times:
        control &= pl.col("time_h").eq_missing(pl.lit(first["time_h"], pl.Float64))
    masks = samples.select(treated.alias("treated"), control.alias("control"))
    return masks["treated"].to_numpy(), masks["control"].to_numpy()


def _blocked(samples: pl.DataFrame) -> bool:
    return any(samples[name].drop_nulls().n_unique() > 1 for name in ("pair", "batch"))
