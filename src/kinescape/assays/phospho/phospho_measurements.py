"""Contrasts of sites into `Measurements`: the sites that tell a kinase's or substrate's activity become readouts.

A table of 10,000 sites would drown the model of the signalling network; by default only sites whose effect on their
protein is known (`readouts.tsv` and the network's own edges) become rows, and it is said how many did not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import polars as pl

from kinescape.assays.phospho.site_effects import SiteEffects
from kinescape.assays.reading import ACCOUNT_SCHEMA, ReadResult
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.knowledge.names import ReadoutMeaning, ReadoutTable, load_readouts
from kinescape.measurements.schema import FLAGS
from kinescape.measurements.table import Measurements

ASSAY = "phosphoproteomics"
SITE_EFFECT_UNKNOWN = "site_effect_unknown"
"""Flag of a site that is attributed to its gene, whose effect on it nobody knows."""
_KNOWN_KINDS = ("activating_site", "inhibiting_site")
_RESIDUES = ("S", "T", "Y")


def readout_text(gene: str, residue: str, position: int) -> str:
    """How a site is called as a readout.

    Examples
    --------
    >>> readout_text("MAPK1", "T", 185)
    'p-MAPK1 T185'
    """
    return f"p-{gene} {residue}{position}"


def phospho_measurements(
    effects: Sequence[SiteEffects],
    *,
    sample: str | None = None,
    condition: str | None = None,
    time_h: float | None = None,
    assay: str = ASSAY,
    sites: Literal["known", "all"] = "known",
    readout_table: ReadoutTable | None = None,
    file: str = "sites",
    dropped: int = 0,
    organism: str | None = None,
) -> ReadResult:
    """Turn contrasts into rows of the one table.

    Where a site was measured on peptides of several multiplicities or proteins, the one with most replicates counts,
    then the most intense.

    Parameters
    ----------
    effects : sequence of SiteEffects
        From `differential_sites`, which name condition, time and cell line; or read from a file.
    sample : str, optional
        The sample, where the effects name no cell line.
    condition, time_h : str, float, optional
        Canonical condition and hours, where the effects name none.
    assay : str
        Name of the assay in the table.
    sites : {"known", "all"}
        Sites of known effect on their protein, or all with a gene; then a site of unknown effect is attributed to its
        gene and flagged.
    readout_table : ReadoutTable, optional
        Known readouts; the shipped ones by default.
    file : str
        For the account and the messages.
    dropped : int
        Rows of the file that were left out in reading, for the account.
    organism : str, optional
        Of the sites: those of mouse are matched by number, which is not always the human one.

    Raises
    ------
    InputError
        Where no sample or condition is named.
    """
    readouts = readout_table or load_readouts()
    faults = Faults()
    meanings: dict[tuple[str, str, int], ReadoutMeaning | None] = {}
    records: list[dict[str, Any]] = []
    accounts: list[dict[str, Any]] = []
    left_out: set[str] = set()
    repeated = 0
    for effect in effects:
        own_sample = _only(effect, "cell_line") or sample
        own_condition = _only(effect, "condition") or condition
        own_time = _only(effect, "time_h")
        if own_sample is None or own_condition is None:
            faults.add(
                "missing-key",
                f"the contrast '{effect.name}' names no {'cell line' if own_sample is None else 'condition'}",
                file=file,
                mend='give sample = "…"' if own_sample is None else 'give condition = "…"',
            )
            continue
        chosen, set_aside = _one_a_site(effect.sites)
        repeated += set_aside
        n_before = len(records)
        for row in chosen.iter_rows(named=True):
            key = (row["gene"], row["residue"], row["position"])
            if key not in meanings:
                meanings[key] = readouts.resolve(readout_text(*key), phospho=True)
            meaning = meanings[key]
            known = meaning is not None and meaning.kind in _KNOWN_KINDS
            if not known and sites == "known":
                left_out.add(row["site"])
                continue
            nodes = meaning.nodes if meaning is not None else (row["gene"],)
            n = min(row["n_treated"] or 1, row["n_control"] or 1)
            flags = [] if row["se"] is not None else ["single_replicate"]
            if not known and SITE_EFFECT_UNKNOWN in FLAGS:
                flags.append(SITE_EFFECT_UNKNOWN)
            records += [
                {
                    "sample": own_sample,
                    "population": "all",
                    "condition": own_condition,
                    "time_h": own_time if own_time is not None else time_h,
                    "node": node,
                    "readout": readout_text(*key),
                    "value": row["log2_fold_change"],
                    "scale": "log2_fold_change",
                    "se": row["se"],
                    "n": max(n, 1),
                    "assay": assay,
                    "flags": flags,
                }
                for node in nodes
            ]
        accounts.append(_account(effect, records[n_before:], own_sample, assay, file))
    faults.raise_if_errors()
    _tell(effects, records, left_out, repeated, sites, organism, faults, file)
    faults.raise_if_errors()
    table = Measurements.from_frame(pl.DataFrame(records), file=file) if records else Measurements.empty()
    return ReadResult(table, (*faults.warnings, *faults.notes), _joined(accounts, dropped))


def _only(effect: SiteEffects, column: str) -> Any:
    """The value that all rows of a contrast share."""
    if column not in effect.sites.columns or effect.sites.is_empty():
        return None
    return effect.sites[column][0]


def _one_a_site(sites: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """One row a site with an effect; how many others of the same site were set aside."""
    measured = sites.filter(
        pl.col("log2_fold_change").is_not_null()
        & pl.col("gene").is_not_null()
        & pl.col("position").is_not_null()
        & pl.col("residue").is_in(_RESIDUES)
    )
    replicates = pl.min_horizontal(pl.col("n_treated").fill_null(1), pl.col("n_control").fill_null(1))
    intensity = pl.col("mean_log2_intensity") if "mean_log2_intensity" in sites.columns else pl.lit(0.0)
    ordered = (
        measured.with_columns(__replicates=replicates, __intensity=intensity)
        .with_row_index("__at")
        .sort("__replicates", "__intensity", "__at", descending=[True, True, False], nulls_last=True)
    )
    one = ordered.unique(["gene", "residue", "position"], keep="first", maintain_order=True).sort("__at")
    return one, measured.height - one.height


def _tell(
    effects: Sequence[SiteEffects],
    records: Sequence[dict[str, Any]],
    left_out: set[str],
    repeated: int,
    sites: str,
    organism: str | None,
    faults: Faults,
    file: str,
) -> None:
    total = len({site for effect in effects for site in effect.sites["site"].to_list()})
    readouts = len({record["readout"] for record in records})
    if sites == "known":
        faults.add(
            "sites-left-out",
            f"{readouts} of {total} sites have a known effect on their protein and are readouts of the model; "
            f"{len(left_out)} measured sites are not (they count in the activities of their kinases)",
            file=file,
            severity="note" if readouts else "warning",
            mend=None if readouts else 'take sites = "all", or add readouts to readouts.tsv',
        )
    if repeated:
        faults.add(
            "multiplicities",
            f"{repeated} effects of a site on other multiplicities or isoforms were set aside: that with most "
            "replicates counts",
            file=file,
            severity="note",
        )
    if organism == "mouse" and records:
        faults.add(
            "mouse-sites",
            "sites of mouse are matched with human ones by gene and number; where the numbering differs they are not "
            "found, or another site is",
            file=file,
            severity="warning",
        )


def _account(
    effect: SiteEffects, records: Sequence[dict[str, Any]], sample: str, assay: str, file: str
) -> dict[str, Any]:
    sites = effect.sites
    tested = int((sites["status"] == "tested").sum())
    return {
        "file": file,
        "sample": sample,
        "assay": assay,
        "rows": sites.height,
        "readouts": len({record["readout"] for record in records}),
        "conditions": 1,
        "replicates_median": pl.Series([record["n"] for record in records], dtype=pl.Float64).median(),
        "without_replicates": sum(record["se"] is None for record in records),
        "missing": int(sites["log2_fold_change"].null_count()),
        "dropped": 0,
        "control_wells": int(sites["n_control"].max() or 0),  # type: ignore[arg-type]
        "control_variation": None,
        "note": f"{effect.name}: {tested} of {sites.height} sites tested",
    }


def _joined(accounts: Sequence[dict[str, Any]], dropped: int) -> pl.DataFrame:
    """One line a sample; rows left out in reading are counted once."""
    frame = pl.DataFrame(accounts, schema=ACCOUNT_SCHEMA)
    if frame.is_empty():
        return frame
    joined = frame.group_by("file", "sample", "assay", maintain_order=True).agg(
        pl.col("rows").max(),
        pl.col("readouts").max(),
        pl.col("conditions").sum(),
        pl.col("replicates_median").median(),
        pl.col("without_replicates").sum(),
        pl.col("missing").sum(),
        pl.col("dropped").sum(),
        pl.col("control_wells").max(),
        pl.col("control_variation").first(),
        pl.col("note").str.join("; "),
    )
    first = pl.int_range(pl.len()) == 0
    return joined.with_columns(dropped=pl.when(first).then(dropped).otherwise(pl.col("dropped"))).select(
        pl.col(name).cast(kind) for name, kind in ACCOUNT_SCHEMA.items()
    )


def require_effects(effects: Sequence[SiteEffects]) -> None:
    """Refuse contrasts of which none could be computed.

    Raises
    ------
    InputError
        Where no site has an effect.
    """
    if not any(effect.sites["log2_fold_change"].is_not_null().any() for effect in effects):
        raise InputError(Fault("no-effects", "no site was measured in a treated sample and in its control"))
