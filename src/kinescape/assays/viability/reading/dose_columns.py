"""Which column of a dose table means what, by the names that laboratories and their programs give them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest

ALIASES: dict[str, tuple[str, ...]] = {
    "sample": (
        "sample",
        "cell_line",
        "cellline",
        "cell line",
        "cell",
        "cell_line_name",
        "sampleid",
        "model",
        "patient",
    ),
    "agent": (
        "agent",
        "drug",
        "compound",
        "drug_name",
        "treatment",
        "inhibitor",
        "drug1",
        "drug_row",
        "rowname",
    ),
    "dose": ("dose", "concentration", "conc", "dose_molar", "conc1", "conc_r", "rowconcs", "drug[conc]"),
    "unit": (
        "unit",
        "dose_unit",
        "conc_unit",
        "concentration_unit",
        "concunit",
        "conc_r_unit",
        "rowconcunit",
    ),
    "second_agent": ("drug2", "drug_2", "agent2", "compound2", "drug_col", "colname"),
    "second_dose": ("conc2", "dose2", "concentration2", "conc_c", "colconcs"),
    "second_unit": ("conc_c_unit", "colconcunit", "unit2", "conc_unit2", "dose_unit2"),
    "response": ("response", "viability", "inhibition", "value", "survival", "effect", "percent_viability"),
    "count": ("cell_count", "count", "cells"),
    "control": ("cell_count__ctrl", "control_count", "count_control"),
    "time_zero": ("cell_count__time0", "time0_count", "count_time0"),
    "replicate": (
        "replicate",
        "experiment",
        "plate",
        "location[plate]",
        "biological_replicate",
        "rep",
        "tech_rep",
    ),
    "weight": ("weight", "weights"),
    "standard_error": ("standard_error", "se", "sem", "response_se", "stderr"),
    "time": ("time", "time_h", "hours", "timepoint", "readout[time]", "readout[time]=h"),
    "block": ("block", "blockid", "block_id", "pairindex", "pair_index"),
}
"""Meanings to the names in files, compared without case, spaces and underscores."""


def folded(name: str) -> str:
    """A column name without case, spaces, dots and underscores.

    Examples
    --------
    >>> folded("Cell_Line name")
    'celllinename'
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def find_columns(names: list[str], given: Mapping[str, str] | None, file: str) -> dict[str, str]:
    """Meaning to the name in this file; those given by the user come first.

    Raises
    ------
    InputError
        Where a given name does not exist, or a meaning is not known.
    """
    faults = Faults()
    found: dict[str, str] = {}
    for meaning, name in (given or {}).items():
        if meaning not in ALIASES:
            near = nearest(meaning, list(ALIASES), n=1)
            faults.add(
                "unknown-meaning",
                f"'{meaning}' is not a meaning of a column",
                file=file,
                expected=f"one of {', '.join(ALIASES)}",
                mend=f"did you mean '{near[0]}'?" if near else None,
            )
        elif name not in names:
            near = nearest(name, names, n=1)
            faults.add(
                "missing-column",
                f"there is no column '{name}' (for {meaning})",
                file=file,
                row=1,
                column=name,
                expected=f"one of {', '.join(names[:12])}",
                mend=f"did you mean '{near[0]}'?" if near else None,
            )
        else:
            found[meaning] = name
    faults.raise_if_errors()
    by_folded = {folded(name): name for name in names}
    for meaning, aliases in ALIASES.items():
        if meaning in found:
            continue
        # A unit may stand in the heading: `dose_uM`, `Concentration (nM)`.
        known = [by_folded[key] for key in map(folded, aliases) if key in by_folded]
        free = [name for name in known if name not in found.values()]
        if free:
            found[meaning] = free[0]
    if "dose" not in found:
        for name in names:
            if unit_in_heading(name) and _stem(name) in {
                "dose",
                "conc",
                "concentration",
                "radiation",
                "drugconc",
            }:
                found["dose"] = name
                break
    return found


def _stem(name: str) -> str:
    """A heading without its unit: `Concentration (nM)`, `dose_uM`, `drug[conc]=uM`."""
    return folded(name.split("=")[0] if "=" in name else re.split(r"[(\[_ ]", name)[0])


def unit_in_heading(name: str) -> str | None:
    """The unit in a heading, None where there is none.

    Examples
    --------
    >>> unit_in_heading("dose_uM"), unit_in_heading("Concentration (nM)"), unit_in_heading("dose")
    ('uM', 'nM', None)
    """
    match = re.search(
        r"(?:^|[\s_(\[=])(mM|uM|µM|μM|nM|pM|fM|M|[munpµμ]?g/m?[lL]|I?U/mL|Gy|%)[)\]]?$", name.strip()
    )
    return match[1] if match else None


def is_log_heading(name: str) -> bool:
    """Whether a heading says that the doses are logarithms.

    Examples
    --------
    >>> is_log_heading("log10 dose"), is_log_heading("dose")
    (True, False)
    """
    return bool(re.search(r"(^|[^a-z])log(10)?([^a-z]|$)|^p(dose|conc)", name.lower()))


def need(found: Mapping[str, str], wanted: tuple[str, ...], names: list[str], file: str) -> None:
    """Raise where a meaning has no column.

    Raises
    ------
    InputError
        Naming each, with the columns there are.
    """
    lacking = [meaning for meaning in wanted if meaning not in found]
    if lacking:
        raise InputError(
            [
                Fault(
                    "missing-column",
                    f"no column is known as the {meaning}",
                    file=file,
                    row=1,
                    expected=f"a heading such as {', '.join(ALIASES[meaning][:3])}; there are {', '.join(names[:12])}",
                    mend=f'say which it is: columns = {{"{meaning}": "…"}}',
                )
                for meaning in lacking
            ]
        )
