"""Designs in which a condition cannot be told from the batch, pair or labelled mixture that it was measured in."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.phospho.site_contrasts.contrasts import Contrast
from kinescape.foundation.issues import Faults

_CHANNEL = re.compile(r"^(?:(.+) 1(?:2[6-9]|3[0-5])[NC]?|channel \d+ (.+))$")
"""A sample that is a channel of a labelled mixture, as the readers name it: `plex2 127N`, `channel 3 plex2`."""
_TOLERANCE = 1e-8


def estimable(model: NDArray[np.float64], vectors: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which contrasts the samples can tell, were every one of them measured.

    Parameters
    ----------
    model : (n_samples, n_coefficients) array
    vectors : (n_contrasts, n_coefficients) array

    Examples
    --------
    >>> of_condition_and_batch = np.array([[1.0, 0, 1, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 1, 0, 1]])
    >>> estimable(of_condition_and_batch, np.array([[-1.0, 1, 0, 0]])).tolist()
    [False]
    """
    if not vectors.size:
        return np.ones(len(vectors), dtype=bool)
    within = np.linalg.pinv(model) @ model
    gap = np.abs(vectors @ within - vectors).max(axis=1)
    return np.asarray(gap < _TOLERANCE)


def mixtures_of(samples: Sequence[str]) -> list[str | None]:
    """The labelled mixture that each sample is a channel of; None where its name does not say.

    Examples
    --------
    >>> mixtures_of(["plex1 126", "plex2 127N", "treated_2"])
    ['plex1', 'plex2', None]
    """
    return [match[1] or match[2] if (match := _CHANNEL.match(name)) else None for name in samples]


def tell_confounded(
    samples: pl.DataFrame,
    contrasts: Sequence[Contrast],
    told: NDArray[np.bool_],
    faults: Faults,
    file: str,
) -> None:
    """Refuse every contrast that the batches or pairs of the sheet hide.

    Parameters
    ----------
    samples : polars.DataFrame
        Of one cell line, columns of `kinescape.assays.phospho.site_contrasts.design.DESIGN_SCHEMA`.
    contrasts : sequence of Contrast
    told : (n_contrasts,) array of bool
        From `estimable`.
    faults : Faults
        Takes an error a contrast.
    file : str
        The sheet, for the messages.
    """
    for contrast, apart in zip(contrasts, told, strict=True):
        if apart:
            continue
        groups = _groups(samples, contrast)
        given = [key for key in ("batch", "pair") if samples[key].drop_nulls().n_unique() > 1]
        # Named for the column that parts the two groups; where only both together do, for the first.
        key = next((key for key in given if not _shared(groups, key)), given[0])
        faults.add(
            "confounded",
            f"{contrast.name}: the two share no {key} ({_levels(groups[0], key)} against {_levels(groups[1], key)}), "
            f"so that what the {key} does cannot be told from what the condition does",
            file=file,
            row=groups[0]["row"][0],
            column=key,
            expected=f"samples of both conditions in at least one {key}",
            mend="measure both conditions in each batch, or take the lines of one of the two out of the sheet"
            if key == "batch"
            else "give the samples that belong together the same pair, or leave the column out",
        )


def tell_mixtures(
    samples: pl.DataFrame, contrasts: Sequence[Contrast], given: bool, faults: Faults, file: str
) -> None:
    """Refuse contrasts between labelled mixtures, where the sheet says nothing of batches; warn where some are within.

    Channels of one mixture are compared peptide by peptide, those of two are not: the mixture is a batch whether the
    sheet has such a column or not. A column `batch` or `pair` is believed (`given`).

    Parameters
    ----------
    samples, contrasts, faults, file
        As in `tell_confounded`; `sample` names the channel.
    given : bool
        Whether the sheet has a column `batch` or `pair` with an entry.
    """
    mixtures = mixtures_of(samples["sample"].to_list())
    if given or len(set(mixtures)) < 2 or None in mixtures:
        return
    named = samples.with_columns(pl.Series("mixture", mixtures, dtype=pl.String))
    hidden = False
    for contrast in contrasts:
        treated, control = _groups(named, contrast)
        if _shared([treated, control], "mixture"):
            continue
        hidden = True
        faults.add(
            "confounded",
            f"{contrast.name}: the two share no labelled mixture ({_levels(treated, 'mixture')} against "
            f"{_levels(control, 'mixture')}), so that what the mixture does cannot be told from what the condition "
            "does",
            file=file,
            row=treated["row"][0],
            column="condition",
            expected="channels of both conditions in at least one mixture",
            mend="take the lines of one of the two out of the sheet; where the mixtures were brought to a common "
            "reference channel before, say so with one and the same entry in a column 'batch'",
        )
    if not hidden:
        count = len(set(mixtures))
        faults.add(
            "mixtures-unnamed",
            f"the samples are channels of {count} labelled mixtures, and the sheet has no column 'batch': what the "
            "mixtures do is counted as scatter",
            file=file,
            mend=f"add a column 'batch' with the mixture of each sample, such as '{mixtures[0]}'",
            severity="warning",
        )


def _groups(samples: pl.DataFrame, contrast: Contrast) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The treated samples of a contrast, and those they are compared with."""
    treated, control = (
        samples.filter(
            pl.col("condition").eq(condition) & pl.col("time_h").eq_missing(pl.lit(time, pl.Float64))
        )
        for condition, time in (
            (contrast.condition, contrast.time_h),
            (contrast.against, contrast.control_time_h),
        )
    )
    return treated, control


def _shared(groups: Sequence[pl.DataFrame], key: str) -> bool:
    one, other = (set(group[key].drop_nulls().to_list()) for group in groups)
    return bool(one & other)


def _levels(group: pl.DataFrame, key: str) -> str:
    names = group[key].drop_nulls().unique(maintain_order=True).to_list()
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "") or "none"
