"""A sample sheet to be filled in: the names of a table's samples, spelt as the table spells them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.foundation.writing import write_text


def draft_design(table: SiteTable, path: str | Path) -> Path:
    """Write a sample sheet with every sample of the table; conditions and replicates are left to be filled in.

    Parameters
    ----------
    table : SiteTable
        Sites with their samples.
    path : str or Path
        A CSV file that is not there yet.

    Raises
    ------
    InputError
        Where the table has no sample, the file is there already, or its ending is another.
    """
    target = Path(path)
    if not table.samples:
        raise InputError(
            Fault(
                "no-intensities",
                "the table has no column of intensities, so no sample",
                mend="export it with them",
            )
        )
    if target.suffix.lower() != ".csv":
        raise InputError(
            Fault(
                "table-suffix",
                f"a sheet cannot be written as '{target.name}'",
                expected="a name that ends in .csv",
            )
        )
    if target.exists():
        raise InputError(
            Fault(
                "file-exists",
                "the sheet is there already and is not overwritten",
                file=str(path),
                mend="give another name",
            )
        )
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("sample", "condition", "replicate"))
    lines.writerows((sample, "", "") for sample in table.samples)
    write_text(target, text.getvalue())
    return target
