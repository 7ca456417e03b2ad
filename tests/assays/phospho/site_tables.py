"""Small site tables for the tests of what comes after reading."""

import numpy as np
import polars as pl

from kinescape.assays.phospho.site_contrasts.design import DESIGN_SCHEMA, Design
from kinescape.assays.phospho.site_table import SITE_SCHEMA, RowCount, SiteTable


def table_of(values, samples, genes=None, **columns):
    values = np.asarray(values, dtype=np.float64)
    n = len(values)
    genes = genes or [f"GENE{index}" for index in range(n)]
    sites = {
        "gene": genes,
        "accession": [f"P{index:05d}" for index in range(n)],
        "residue": ["S"] * n,
        "position": list(range(1, n + 1)),
        "window": [None] * n,
        "multiplicity": [1] * n,
        "localisation": [1.0] * n,
        "proteins": [f"P{index:05d}" for index in range(n)],
        "row": list(range(2, n + 2)),
        **columns,
    }
    named = [f"{g}_{r}{p}" for g, r, p in zip(genes, sites["residue"], sites["position"], strict=True)]
    frame = pl.DataFrame({"site": named, **sites}).select(
        pl.col(name).cast(kind) for name, kind in SITE_SCHEMA.items()
    )
    return SiteTable(frame, tuple(samples), values, "MaxQuant", "human", (RowCount("kept", n, kept=True),))


def design_of(lines):
    """Lines of sample, condition, replicate and further columns by name."""
    rows = [
        {"row": index + 2, **dict(zip(("sample", "condition", "replicate"), line[:3], strict=True)), **more}
        for index, (line, more) in enumerate((line[:3], line[3] if len(line) > 3 else {}) for line in lines)
    ]
    return Design(pl.DataFrame(rows, schema=DESIGN_SCHEMA))
