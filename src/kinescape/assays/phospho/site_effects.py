"""What a contrast did to every site."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from kinescape.foundation.issues import Fault

EFFECT_SCHEMA: dict[str, pl.DataType] = {
    "site": pl.String(),
    "gene": pl.String(),
    "accession": pl.String(),
    "residue": pl.String(),
    "position": pl.Int64(),
    "window": pl.String(),
    "log2_fold_change": pl.Float64(),
    "se": pl.Float64(),
    "degrees": pl.Float64(),
    "t": pl.Float64(),
    "p_value": pl.Float64(),
    "fdr": pl.Float64(),
    "n_treated": pl.Int64(),
    "n_control": pl.Int64(),
    "status": pl.String(),
}
"""One site in one contrast.

`site`, `gene`, ..., `window` as in `kinescape.assays.phospho.site_table.SITE_SCHEMA` (one row a site and
multiplicity), `log2_fold_change` treated against control, `se` and `degrees` those of the moderated t, null where
there is no replicate; `n_treated`, `n_control` independent replicates with a value; `status` `tested`, or why a site
has no p-value: `one replicate`, `not measured in control`, `not measured in treated`, ...
"""


@dataclass(frozen=True)
class SiteEffects:
    """What one contrast did to every site.

    Parameters
    ----------
    name : str
        The contrast, `dasatinib 100 nM against DMSO`.
    sites : polars.DataFrame
        Columns of `EFFECT_SCHEMA`; more columns may follow.
    notes : tuple of Fault
        Warnings and notes.
    """

    name: str
    sites: pl.DataFrame
    notes: tuple[Fault, ...] = field(default=())
