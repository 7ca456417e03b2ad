"""Samples made comparable: injections of one replicate averaged, every sample moved to one median."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.foundation.issues import Faults

Floats = NDArray[np.float64]

LEAST_SITES = 20
"""Sites that a median is taken over; with fewer no sample is moved."""
_HALF = 0.5
_FAR = 1.0
_ROUNDS = 50


def centred(values: Floats, faults: Faults) -> Floats:
    """Move each sample so that the sites measured in every sample have the same median in all.

    Where fewer than 20 sites are complete, those measured in at least half of the samples are used, each less its own
    median, in turn with those of the samples; where these are fewer than 20 too, nothing is moved. What was done is
    said.

    Parameters
    ----------
    values : (n_sites, n_samples) array
        Base-2 logarithms, nan where not measured.
    faults : Faults
        Takes the notes.

    Examples
    --------
    >>> values = np.arange(30.0)[:, None] + np.array([0.0, 1.0])
    >>> moved = centred(values, Faults())
    >>> bool(np.allclose(moved[:, 0], moved[:, 1]))
    True
    """
    present = np.isfinite(values)
    filled = present.any(axis=0)
    if int(filled.sum()) < 2:
        return values
    complete = present[:, filled].all(axis=1)
    n_complete = int(complete.sum())
    if n_complete >= LEAST_SITES:
        medians = np.median(values[complete][:, filled], axis=0)
        which, severity = f"the {n_complete} sites measured in all of them", "note"
    else:
        often = present[:, filled].mean(axis=1) >= _HALF
        n_often = int(often.sum())
        if n_often < LEAST_SITES:
            faults.add(
                "not-centred",
                f"{n_complete} sites are measured in all the samples and {n_often} in half of them: too few to bring "
                "the samples to one median, so they were compared as they are",
                severity="warning",
            )
            return values
        if not present[often][:, filled].any(axis=0).all():
            faults.add(
                "not-centred",
                "a sample shares no site with the others, so that the samples were compared as they are",
                severity="warning",
            )
            return values
        medians = _alternating(values[often][:, filled])
        which = f"the {n_often} sites measured in half of them ({n_complete} in all)"
        severity = "warning"
    shifts = medians - medians.mean()
    faults.add(
        "centred",
        f"samples were brought to one median over {which}; the largest shift is {np.abs(shifts).max():.2f} (log2)",
        severity="warning" if severity == "warning" or np.abs(shifts).max() > _FAR else "note",
    )
    moved = values.copy()
    moved[:, filled] -= shifts
    return moved


def _alternating(part: Floats) -> Floats:
    """Medians of the samples less those of the sites, which are taken in turn until they no longer move.

    A site's own level can be had from the samples in which it is there, but only once these are comparable.
    """
    medians = np.zeros(part.shape[1])
    for _ in range(_ROUNDS):
        levels = np.nanmedian(part - medians, axis=1, keepdims=True)
        found = np.nanmedian(part - levels, axis=0)
        if np.allclose(found, medians, atol=1e-9, equal_nan=True):
            break
        medians = found
    return medians


def average_injections(samples: pl.DataFrame, values: Floats, faults: Faults) -> tuple[pl.DataFrame, Floats]:
    """Samples of one cell line, condition, time, pair and replicate made one: they are no independent replicates.

    Parameters
    ----------
    samples : polars.DataFrame
        Columns of `kinescape.assays.phospho.site_contrasts.design.DESIGN_SCHEMA`.
    values : (n_sites, n_samples) array
        In the same order.
    faults : Faults
        Takes the note.
    """
    key = ["cell_line", "condition", "time_h", "replicate", "pair"]
    numbered = samples.with_row_index("__at")
    groups = numbered.group_by(key, maintain_order=True).agg(pl.col("__at"), pl.exclude("__at", *key).first())
    if groups.height == samples.height:
        return samples, values
    members = groups["__at"].to_list()
    merged = np.full((values.shape[0], len(members)), np.nan)
    for index, own in enumerate(members):
        part = values[:, own]
        present = np.isfinite(part)
        number = present.sum(axis=1)
        total = np.where(present, part, 0.0).sum(axis=1)
        merged[:, index] = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    faults.add(
        "injections",
        f"{samples.height} samples are {groups.height} independent replicates: those of one condition, time and "
        "replicate were averaged",
        severity="note",
    )
    return groups.select(samples.columns), merged
