"""`Measurements` as AnnData, for the tools of the single-cell world (extra `border`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kinescape.foundation.errors import InputError
from kinescape.measurements.schema import SCALES
from kinescape.measurements.table import Measurements

if TYPE_CHECKING:
    import anndata


def to_anndata(measurements: Measurements, scale: str = "log2_fold_change") -> anndata.AnnData:
    """One observation for each sample, population, condition, time; one variable a readout.

    Values not measured are NaN. Layers `se` and `n` have the same shape. A readout of several nodes stands
    once; `var["nodes"]` names them all.

    Parameters
    ----------
    measurements : Measurements
        The table.
    scale : str
        Which scale to take: one matrix cannot hold two.

    Raises
    ------
    InputError
        Where the table has no row on that scale.
    """
    import anndata as ad

    if scale not in SCALES:
        raise InputError(f"'{scale}' is not a scale; these are: {', '.join(SCALES)}")
    rows = measurements.frame.filter(pl.col("scale") == scale)
    if rows.is_empty():
        raise InputError(f"the table has no values on the scale '{scale}'")
    key = ["sample", "population", "condition", "time_h"]
    nodes = (
        rows.group_by("readout")
        .agg(pl.col("node").unique().sort().str.join(";").alias("nodes"))
        .sort("readout")
    )
    single = rows.unique([*key, "readout", "assay"], keep="first", maintain_order=True)
    clash = single.group_by([*key, "readout"]).len().filter(pl.col("len") > 1)
    if clash.height:
        raise InputError(
            f"{clash.height} readouts come from two assays in one condition; choose one with where(assay=...)"
        )
    wide = {
        name: single.pivot("readout", index=key, values=name, sort_columns=True).sort(key, nulls_last=True)
        for name in ("value", "se", "n")
    }
    order = nodes["readout"].to_list()
    obs = wide["value"].select(key).to_pandas()
    obs.index = [f"{index}" for index in range(len(obs))]
    var = nodes.to_pandas().set_index("readout")
    matrices = {name: frame.select(order).cast(pl.Float64).to_numpy() for name, frame in wide.items()}
    return ad.AnnData(
        X=matrices["value"],
        obs=obs,
        var=var,
        layers={"se": matrices["se"], "n": matrices["n"]},
        uns={"scale": scale},
    )
