"""Which sites moved: every condition against its matching control, by the moderated t.

The rule of missing values: nothing is filled in. A site is tested in a contrast where at least two independent
replicates were measured in each group, or at least two complete pairs; elsewhere its status says why not, and the
effect is given where it can be computed. All the conditions of one cell line and treatment series share one
residual variance a site, as in limma, so that every replicate of the study helps every contrast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from kinescape.assays.phospho.site_contrasts.confounding import estimable, tell_confounded, tell_mixtures
from kinescape.assays.phospho.site_contrasts.contrasts import Contrast, contrasts_of
from kinescape.assays.phospho.site_contrasts.design import Design, require_design
from kinescape.assays.phospho.site_contrasts.moderated_t import (
    ContrastFit,
    fit_contrasts,
    moderated_f,
    moderated_t,
    squeezed,
    variance_prior,
)
from kinescape.assays.phospho.site_contrasts.normalisation import average_injections, centred
from kinescape.assays.phospho.site_effects import EFFECT_SCHEMA, SiteEffects
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.measurements.false_discovery import false_discovery_rate

Floats = NDArray[np.float64]

LEAST_REPLICATES = 2
"""Independent replicates in each group, or complete pairs, that a test needs."""

CONTRAST_COLUMNS: dict[str, pl.DataType] = {
    "low": pl.Float64(),
    "high": pl.Float64(),
    "f": pl.Float64(),
    "f_p_value": pl.Float64(),
    "f_fdr": pl.Float64(),
    "mean_log2_intensity": pl.Float64(),
    "multiplicity": pl.Int64(),
    "localisation": pl.Float64(),
    "proteins": pl.String(),
    "row": pl.Int64(),
    "condition": pl.String(),
    "time_h": pl.Float64(),
    "cell_line": pl.String(),
    "against": pl.String(),
}
"""Columns after those of `EFFECT_SCHEMA`: the interval, the moderated F over the times of a course (null without
one), the mean of all the samples, what the file says of the site, and what the contrast is."""


def differential_sites(
    table: SiteTable,
    design: Design,
    *,
    normalise: bool = True,
    interval: float = 0.90,
    protein_adjusted: pl.Series | None = None,
) -> tuple[SiteEffects, ...]:
    """Test every site in every contrast of treated against matching control.

    Parameters
    ----------
    table : SiteTable
        Sites and their intensities.
    design : Design
        Which sample is what.
    normalise : bool
        Whether each sample is moved so that the sites complete in all the samples have one median.
    interval : float
        Coverage of `low` and `high`.
    protein_adjusted : polars.Series, optional
        From `kinescape.assays.phospho.site_contrasts.protein_adjustment.adjust_for_protein`; becomes a column.

    Returns
    -------
    tuple of SiteEffects
        One a contrast, every site in each, in the table's order, with the columns of `EFFECT_SCHEMA` and
        `CONTRAST_COLUMNS`.

    Raises
    ------
    InputError
        Where the design names unknown samples, lacks a control, or hides a condition in a batch, pair or mixture.

    References
    ----------
    Smyth GK. Stat Appl Genet Mol Biol 2004; 3: Article3. doi:10.2202/1544-6115.1027
    """
    require_design(design, table)
    if not 0 < interval < 1:
        raise InputError(
            Fault("wrong-value", f"the interval {interval:g} is no share", expected="such as 0.90")
        )
    contrasts, told = contrasts_of(design)
    faults = Faults(told)
    _refuse_confounded(design, contrasts, faults)
    columns = [table.samples.index(sample) for sample in design.samples["sample"].to_list()]
    values = table.log2_intensity[:, columns]
    if normalise:
        values = centred(values, faults)
    samples, values = average_injections(design.samples, values, faults)
    results: dict[Contrast, SiteEffects] = {}
    for line in dict.fromkeys(contrast.cell_line for contrast in contrasts):
        here = samples["cell_line"].eq_missing(line).to_numpy()
        own = [contrast for contrast in contrasts if contrast.cell_line == line]
        results |= _of_line(
            table, samples.filter(pl.Series(here)), values[:, here], own, faults, interval, protein_adjusted
        )
    return tuple(results[contrast] for contrast in contrasts)


def _refuse_confounded(design: Design, contrasts: Sequence[Contrast], faults: Faults) -> None:
    """Refuse contrasts that no number of sites could tell from what the batches do."""
    given = any(design.samples[key].drop_nulls().len() for key in ("pair", "batch"))
    for line in dict.fromkeys(contrast.cell_line for contrast in contrasts):
        samples = design.samples.filter(pl.col("cell_line").eq_missing(line))
        own = [contrast for contrast in contrasts if contrast.cell_line == line]
        model, vectors, blocked = _model(samples, own)
        if blocked:
            tell_confounded(samples, own, estimable(model, vectors), faults, design.file)
        tell_mixtures(samples, own, given, faults, design.file)
    faults.raise_if_errors()


@dataclass(frozen=True)
class _Groups:
    """Who is in a contrast, and how its replicates count."""

    treated: NDArray[np.bool_]
    control: NDArray[np.bool_]
    pairs: tuple[str | None, ...]
    paired: bool


def _of_line(
    table: SiteTable,
    samples: pl.DataFrame,
    values: Floats,
    contrasts: Sequence[Contrast],
    faults: Faults,
    interval: float,
    adjusted: pl.Series | None,
) -> dict[Contrast, SiteEffects]:
    model, vectors, blocked = _model(samples, contrasts)
    fit = fit_contrasts(values, model, vectors)
    prior = variance_prior(fit.variance, fit.degrees)
    posterior, degrees = squeezed(fit.variance, fit.degrees, prior)
    groups = [_members(samples, contrast) for contrast in contrasts]
    counts = [_counts(values, group) for group in groups]
    notes = _notes(groups, contrasts, prior.degrees, blocked)
    course = _courses(contrasts, fit, posterior, degrees, counts)
    results = {}
    for index, contrast in enumerate(contrasts):
        n_treated, n_control, plain = counts[index]
        estimate = np.where(np.isfinite(fit.estimate[:, index]), fit.estimate[:, index], plain)
        status = _status(values, groups[index], n_treated, n_control, fit, index, posterior)
        tested = status == "tested"
        se, t, p = moderated_t(fit.estimate[:, index], fit.unscaled[:, index, index], posterior, degrees)
        se, t, p, own = (np.where(tested, part, np.nan) for part in (se, t, p, degrees))
        reach = stats.t.ppf(0.5 + interval / 2, own) * se
        f, f_p = course.get(contrast, (np.full(len(p), np.nan), np.full(len(p), np.nan)))
        numeric = {
            "log2_fold_change": estimate,
            "se": se,
            "degrees": own,
            "t": t,
            "p_value": p,
            "fdr": false_discovery_rate(p),
            "low": estimate - reach,
            "high": estimate + reach,
            "f": f,
            "f_p_value": f_p,
            "f_fdr": false_discovery_rate(f_p),
            "mean_log2_intensity": _row_means(values),
        }
        frame = table.sites.with_columns(
            *(pl.Series(name, part).fill_nan(None) for name, part in numeric.items()),
            pl.Series("n_treated", n_treated),
            pl.Series("n_control", n_control),
            pl.Series("status", status),
            pl.lit(contrast.condition).alias("condition"),
            pl.lit(contrast.time_h, pl.Float64).alias("time_h"),
            pl.lit(contrast.cell_line, pl.String).alias("cell_line"),
            pl.lit(contrast.against).alias("against"),
        )
        kinds = {**EFFECT_SCHEMA, **CONTRAST_COLUMNS}
        frame = frame.select(pl.col(column).cast(kind) for column, kind in kinds.items())
        if adjusted is not None:
            frame = frame.with_columns(adjusted.alias("protein"))
        own_notes = notes.get(contrast, ())
        results[contrast] = SiteEffects(contrast.name, frame, (*table.notes, *faults, *own_notes))
    return results


def _model(samples: pl.DataFrame, contrasts: Sequence[Contrast]) -> tuple[Floats, Floats, bool]:
    """One coefficient a group of condition and time, one a pair or batch; and the contrasts of these."""
    groups = samples.select("condition", "time_h").unique(maintain_order=True).rows()
    columns = [
        [float(row == group) for row in samples.select("condition", "time_h").rows()] for group in groups
    ]
    blocked = False
    for key in ("pair", "batch"):
        levels = [level for level in samples[key].unique(maintain_order=True).to_list() if level is not None]
        if len(levels) > 1:
            blocked = True
            columns += [[float(level == own) for own in samples[key].to_list()] for level in levels]
    model = np.array(columns).T
    vectors = np.zeros((len(contrasts), model.shape[1]))
    for index, contrast in enumerate(contrasts):
        vectors[index, groups.index((contrast.condition, contrast.time_h))] = 1.0
        vectors[index, groups.index((contrast.against, contrast.control_time_h))] = -1.0
    return model, vectors, blocked


def _members(samples: pl.DataFrame, contrast: Contrast) -> _Groups:
    rows = samples.select("condition", "time_h").rows()
    treated = np.array([row == (contrast.condition, contrast.time_h) for row in rows])
    control = np.array([row == (contrast.against, contrast.control_time_h) for row in rows])
    pairs = tuple(samples["pair"].to_list())
    of_treated = {pair for pair, member in zip(pairs, treated, strict=True) if member and pair is not None}
    of_control = {pair for pair, member in zip(pairs, control, strict=True) if member and pair is not None}
    return _Groups(treated, control, pairs, bool(of_treated & of_control))


def _counts(values: Floats, group: _Groups) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Replicates with a value in each group, complete pairs where there are pairs; and the plain difference."""
    present = np.isfinite(values)
    plain = _row_means(values[:, group.treated]) - _row_means(values[:, group.control])
    if not group.paired:
        return present[:, group.treated].sum(axis=1), present[:, group.control].sum(axis=1), plain
    complete = np.zeros(values.shape[0], dtype=np.int64)
    total = np.zeros(values.shape[0])
    for pair in sorted({pair for pair in group.pairs if pair is not None}):
        own = np.array([name == pair for name in group.pairs])
        difference = _row_means(values[:, group.treated & own]) - _row_means(values[:, group.control & own])
        whole = np.isfinite(difference)
        complete += whole
        total += np.where(whole, difference, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_pair = np.where(complete > 0, total / complete, plain)
    return complete, complete, by_pair


def _status(
    values: Floats,
    group: _Groups,
    n_treated: NDArray[np.int64],
    n_control: NDArray[np.int64],
    fit: ContrastFit,
    index: int,
    posterior: Floats,
) -> NDArray[np.object_]:
    """`tested`, or the first reason why not."""
    seen_treated = np.isfinite(values[:, group.treated]).any(axis=1)
    seen_control = np.isfinite(values[:, group.control]).any(axis=1)
    fewest = np.minimum(n_treated, n_control)
    what = "pair" if group.paired else "replicate"
    status = np.full(values.shape[0], "tested", dtype=object)
    # The last that applies stands: the strongest reason comes last.
    status[~np.isfinite(posterior)] = "no degree of freedom"
    status[~np.isfinite(fit.estimate[:, index])] = "not separable from the batch"
    status[fewest < LEAST_REPLICATES] = f"one {what}"
    if group.paired:
        status[fewest == 0] = "no complete pair"
    status[~seen_control] = "not measured in control"
    status[~seen_treated] = "not measured in treated"
    status[~seen_treated & ~seen_control] = "not measured"
    return status


def _courses(
    contrasts: Sequence[Contrast],
    fit: ContrastFit,
    posterior: Floats,
    degrees: Floats,
    counts: Sequence[tuple[NDArray[np.int64], NDArray[np.int64], Floats]],
) -> dict[Contrast, tuple[Floats, Floats]]:
    """Moderated F of all the times of one condition together, for the sites that every time tests."""
    found = {}
    for key in dict.fromkeys((contrast.condition, contrast.against) for contrast in contrasts):
        own = [
            index for index, contrast in enumerate(contrasts) if (contrast.condition, contrast.against) == key
        ]
        if len(own) < 2:
            continue
        f, p = moderated_f(fit.estimate[:, own], fit.unscaled[:, own][:, :, own], posterior, degrees)
        fewest = np.min([np.minimum(counts[index][0], counts[index][1]) for index in own], axis=0)
        whole = fewest >= LEAST_REPLICATES
        for index in own:
            found[contrasts[index]] = (np.where(whole, f, np.nan), np.where(whole, p, np.nan))
    return found


def _notes(
    groups: Sequence[_Groups],
    contrasts: Sequence[Contrast],
    prior_degrees: float,
    blocked: bool,
) -> dict[Contrast, tuple[Fault, ...]]:
    notes: dict[Contrast, tuple[Fault, ...]] = {}
    for contrast, group in zip(contrasts, groups, strict=True):
        faults = Faults()
        sizes = int(group.treated.sum()), int(group.control.sum())
        if min(sizes) < LEAST_REPLICATES:
            faults.add(
                "single-replicate",
                f"{contrast.name}: {sizes[0]} treated and {sizes[1]} control replicates (samples with one entry under "
                "replicate count as one); effects are given, and no p-values, which need two independent "
                "replicates in each",
                mend="give each independent replicate its own number",
                severity="warning",
            )
        elif group.paired:
            faults.add("paired", f"{contrast.name}: compared within pairs", severity="note")
        elif blocked:
            faults.add("batch", f"{contrast.name}: batches were taken out", severity="note")
        if prior_degrees > 0 and min(sizes) >= LEAST_REPLICATES:
            worth = "infinitely many" if np.isinf(prior_degrees) else f"{prior_degrees:.1f}"
            faults.add(
                "moderated",
                f"the common variance of all the sites counts as {worth} degrees of freedom beside a site's own",
                severity="note",
            )
        notes[contrast] = tuple(faults)
    return notes


def _row_means(values: Floats) -> Floats:
    """Mean of the values that are there; nan where there is none, without a warning."""
    present = np.isfinite(values)
    number = present.sum(axis=1)
    total = np.where(present, values, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(number > 0, total / np.maximum(number, 1), np.nan)
