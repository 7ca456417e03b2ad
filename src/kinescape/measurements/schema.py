"""The columns of the one table, their types, and the named lists that some of them draw from.

========== =========== ==================================================================================
column     type        meaning
========== =========== ==================================================================================
sample     str         cell line, isogenic clone, patient or organoid
population str         cell subset; ``all`` where the assay has none
condition  str         canonical perturbation text (`kinescape.measurements.conditions`); ``control``
time_h     f64         hours since the perturbation; null where unknown
node       str         network node: HGNC symbol, complex or family, or a phenotype
readout    str         what was really measured: ``p-ERK1/2 T202/Y204``
value      f64         effect against the matching control
scale      enum        one of `SCALES`
se         f64         standard error over independent replicates; null where there is one
n          i32         independent replicates: cells, wells of one plate and re-injections are not
assay      str         which reader made the row
flags      list[str]   quality verdicts, each one of `FLAGS`
========== =========== ==================================================================================
"""

from __future__ import annotations

import polars as pl

SCALES = ("log2_fold_change", "fraction_of_control", "growth_rate", "z", "auc")
"""The scales a value may be on."""

NO_EFFECT = {"log2_fold_change": 0.0, "fraction_of_control": 1.0, "growth_rate": 1.0, "z": 0.0, "auc": 0.5}
"""The value that means 'as the control', for each scale."""

FLAGS: dict[str, str] = {
    "single_replicate": "one independent replicate: no standard error",
    "wells_of_one_plate": "several wells, all of one plate: they count as one replicate",
    "low_signal": "the signal lies near the background",
    "saturated": "the signal lies at the top of the instrument's range",
    "high_variation": "replicates differ more than those of the other conditions",
    "dose_unstated": "the file states no dose for an agent of this condition",
    "control_noisy": "the matching control varies much",
    "few_cells": "too few cells for a sure value",
    "simulated": "made by a simulator, not measured",
    "site_effect_unknown": "the effect of this site on its protein is not known; it is attributed to its gene",
    "standard_deviation_used": "the file gave a standard deviation; the standard error is computed from it",
    "several_sites": "computed from several sites: its error is its own, and not steadied by that of others",
}
"""Quality verdicts that a row may carry, with what each means."""

OWN_ERROR = "several_sites"
"""Flag of rows whose error is not steadied by that of others."""

PHENOTYPES = ("viability", "proliferation", "apoptosis", "invasion", "lysosome_dispersion")
"""Nodes that are phenotypes and not genes."""

SCHEMA: dict[str, pl.DataType] = {
    "sample": pl.String(),
    "population": pl.String(),
    "condition": pl.String(),
    "time_h": pl.Float64(),
    "node": pl.String(),
    "readout": pl.String(),
    "value": pl.Float64(),
    "scale": pl.Enum(SCALES),
    "se": pl.Float64(),
    "n": pl.Int32(),
    "assay": pl.String(),
    "flags": pl.List(pl.String()),
}
COLUMNS = tuple(SCHEMA)
KEY = ("sample", "population", "condition", "time_h", "node", "readout", "scale", "assay")
"""Columns that together name a row: no two rows of a table agree in all of them."""

VERSION = 1
"""Version of the layout, written into every file."""
