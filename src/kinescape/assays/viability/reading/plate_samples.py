"""Two samples on one plate: each is set against its own untreated wells, never against those of the other."""

from __future__ import annotations

import polars as pl

from kinescape.foundation.issues import Faults


def controls_of_samples(frame: pl.DataFrame, faults: Faults, file: str) -> pl.DataFrame:
    """Untreated wells that do not say whose they are belong to the one sample of their plate.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns plate, role, sample; a null sample is not stated.
    faults : Faults
        Takes plates of several samples whose untreated wells are of nobody, or of one sample alone.
    file : str
        For the messages.
    """
    treated = frame.filter(pl.col("role") == "treated")
    held = treated.group_by("plate").agg(pl.col("sample").drop_nulls().unique().sort())
    named = frame.join(held.rename({"sample": "held"}), on="plate", how="left", maintain_order="left")
    open_control = (pl.col("role") == "control") & pl.col("sample").is_null()
    several = named.filter(open_control & (pl.col("held").list.len() > 1))
    for plate, samples in several.select("plate", "held").unique("plate", maintain_order=True).iter_rows():
        faults.add(
            "control-of-whom",
            f"plate '{plate}' holds {', '.join(samples)}, and its untreated wells do not say whose they are",
            file=file,
            expected="untreated wells of each sample",
            mend="name the sample of the untreated wells in the layout",
        )
    return named.with_columns(
        sample=pl.when(open_control).then(pl.col("held").list.first()).otherwise(pl.col("sample"))
    ).drop("held")


def by_sample(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `group`: the plate, or the plate and the sample where a plate holds several.

    Blanks belong to every sample of their plate and are repeated for each.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns plate, role, sample.

    Examples
    --------
    >>> wells = pl.DataFrame({"plate": "p", "role": ["treated", "treated", "blank"], "sample": ["A", "B", None]})
    >>> by_sample(wells)["group"].to_list()
    ['p (A)', 'p (B)', 'p (A)', 'p (B)']
    """
    treated = frame.filter(pl.col("role") == "treated")
    held = treated.group_by("plate").agg(pl.col("sample").drop_nulls().unique().sort().alias("held"))
    shared = held.filter(pl.col("held").list.len() > 1)
    if shared.is_empty():
        return frame.with_columns(group=pl.col("plate"))
    several = frame.join(shared, on="plate", how="left", maintain_order="left").with_row_index("order")
    label = pl.format("{} ({})", pl.col("plate"), pl.col("sample"))
    alone = several.filter(pl.col("held").is_null()).with_columns(group=pl.col("plate"))
    blank = pl.col("role") == "blank"
    mixed = several.filter(pl.col("held").is_not_null())
    own = mixed.filter(~blank).with_columns(group=pl.coalesce(label, "plate"))
    blanks = (
        mixed.filter(blank).with_columns(sample=pl.col("held")).explode("sample").with_columns(group=label)
    )
    return pl.concat([alone, own, blanks], how="diagonal").sort("order").drop("order", "held")
