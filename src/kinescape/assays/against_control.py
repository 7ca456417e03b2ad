"""Readings into effects: each against the matching control of its sample, time and readout."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kinescape.foundation.issues import Faults
from kinescape.measurements.replicates import combine_replicates
from kinescape.measurements.schema import NO_EFFECT, SCALES

_GROUP = ["sample", "population", "time_h", "readout"]
_LISTED = 10
_FAR_OFF = 0.5


@dataclass(frozen=True)
class ScaleIn:
    """What a file's values are, and what they become.

    Parameters
    ----------
    becomes : str
        Scale of the table.
    against : {"ratio", "difference", "none"}
        How a value is set against its control.
    factor : float
        What the value is multiplied by first.
    words : str
        For messages and pages.
    """

    becomes: str
    against: str
    factor: float
    words: str


SCALES_IN: dict[str, ScaleIn] = {
    "raw": ScaleIn(
        "log2_fold_change", "ratio", 1.0, "intensities; log2 of the ratio to the control is taken"
    ),
    "log2": ScaleIn("log2_fold_change", "difference", 1.0, "log2 intensities; the control is subtracted"),
    "raw_viability": ScaleIn(
        "fraction_of_control", "fraction", 1.0, "counts or luminescence; divided by the control"
    ),
    "percent_of_control": ScaleIn("fraction_of_control", "none", 0.01, "per cent of the control"),
    **{scale: ScaleIn(scale, "none", 1.0, f"{scale.replace('_', ' ')} already") for scale in SCALES},
}
"""Scales that a file's values may be on."""


def effects_against_control(
    readings: pl.DataFrame, scale: str, faults: Faults, *, file: str
) -> tuple[pl.DataFrame, dict[str, tuple[int, float]]]:
    """Effects with replicates combined, and how much the controls of each sample vary.

    Where each independent replicate has its own control, a reading is set against that one, and the error of
    the control is in the replicates. Else it is set against the mean of all the controls, whose own error is
    added.

    Parameters
    ----------
    readings : polars.DataFrame
        Columns row, sample, population, condition, time_h, readout, value, replicate; no null value.
    scale : str
        A key of `SCALES_IN`.
    faults : Faults
        Takes missing controls, impossible values and an unknown scale.
    file : str
        For the messages.

    Returns
    -------
    effects : polars.DataFrame
        sample, population, condition, time_h, readout, value, scale, se, n, flags; no control rows.
    spread : dict of str to (int, float)
        Control readings of each sample, and the median coefficient of variation over its readouts.
    """
    if scale not in SCALES_IN:
        faults.add(
            "unknown-scale",
            f"'{scale}' is not a scale",
            file=file,
            column="scale",
            expected=f"one of {', '.join(SCALES_IN)}",
        )
        return _empty(), {}
    kind = SCALES_IN[scale]
    values = readings.with_columns(value=pl.col("value") * kind.factor)
    if kind.against in ("ratio", "fraction"):
        _tell_not_positive(values, kind, faults, file)
    if kind.against == "none":
        treated = values.filter(pl.col("condition") != "control")
        _tell_left_out_controls(values, kind, faults, file)
        return _combined(treated, kind.becomes), _spread(values, kind)
    _tell_missing_controls(values, faults, file)
    if faults.errors:
        return _empty(), {}
    measured = values.with_columns(value=pl.col("value").log(2)) if kind.against == "ratio" else values
    controls = measured.filter(pl.col("condition") == "control")
    treated = measured.filter(pl.col("condition") != "control")
    own = controls.group_by([*_GROUP, "replicate"]).agg(pl.col("value").mean().alias("own_control"))
    joined = treated.join(own, on=[*_GROUP, "replicate"], how="left", nulls_equal=True)
    # A readout is paired with the controls of its replicates only where every replicate has one.
    whole = joined.group_by(_GROUP).agg(pl.col("own_control").is_not_null().all().alias("paired"))
    _tell_unpaired(joined, kind, faults, file)
    per_replicate = controls.group_by([*_GROUP, "replicate"]).agg(pl.col("value").mean())
    all_controls = per_replicate.group_by(_GROUP).agg(
        pl.col("value").mean().alias("control"),
        (pl.col("value").std(ddof=1) / pl.len().sqrt()).alias("control_se"),
    )
    joined = joined.join(whole, on=_GROUP, nulls_equal=True).join(all_controls, on=_GROUP, nulls_equal=True)
    if kind.against == "fraction":
        _tell_dead_controls(joined, faults, file)
        if faults.errors:
            return _empty(), {}
    reference = pl.when("paired").then("own_control").otherwise("control")
    change = pl.col("value") / reference if kind.against == "fraction" else pl.col("value") - reference
    changed = joined.with_columns(value=change)
    effects = _combined(changed, kind.becomes)
    added = joined.select([*_GROUP, "paired", "control", "control_se"]).unique().filter(~pl.col("paired"))
    effects = effects.join(added, on=_GROUP, how="left", nulls_equal=True)
    relative = pl.col("control_se") / pl.col("control") * pl.col("value")
    # A paired control's error is in the replicates already; an unpaired one of one replicate has an unknown error.
    own_error = relative if kind.against == "fraction" else pl.col("control_se")
    extra = pl.when(pl.col("paired").is_null()).then(0.0).otherwise(own_error)
    _tell_single_controls(added, faults, file)
    effects = effects.with_columns(se=(pl.col("se") ** 2 + extra**2).sqrt())
    return effects.drop("paired", "control", "control_se"), _spread(values, kind)


def _combined(treated: pl.DataFrame, scale: str) -> pl.DataFrame:
    labelled = treated.with_columns(
        scale=pl.lit(scale),
        node=pl.lit(""),
        assay=pl.lit(""),
        flags=pl.when(_dose_unstated())
        .then(pl.lit(["dose_unstated"]))
        .otherwise(pl.lit([], pl.List(pl.String))),
    )
    return combine_replicates(labelled).drop("node", "assay")


def _dose_unstated() -> pl.Expr:
    """Whether a part of the condition is an agent without an amount."""
    part = pl.element()
    stated = part.str.contains(r" \d[\d.e+-]* [A-Za-z%/]+$") | part.str.contains(r"^(KO|KD|OE|MUT):")
    return (pl.col("condition") != "control") & pl.col("condition").str.split(" + ").list.eval(
        ~stated
    ).list.any()


def _spread(values: pl.DataFrame, kind: ScaleIn) -> dict[str, tuple[int, float]]:
    """Control readings and their median coefficient of variation, by sample."""
    controls = values.filter(pl.col("condition") == "control")
    if controls.is_empty():
        return {}
    by_readout = controls.group_by(_GROUP).agg(
        pl.len().alias("wells"), pl.col("value").mean().alias("mean"), pl.col("value").std(ddof=1).alias("sd")
    )
    if kind.against not in ("ratio", "fraction") and kind.becomes != "fraction_of_control":
        by_readout = by_readout.with_columns(sd=pl.lit(None, pl.Float64))
    found = by_readout.group_by("sample").agg(
        pl.col("wells").max(), (pl.col("sd") / pl.col("mean")).median().alias("variation")
    )
    return {
        row["sample"]: (row["wells"], float("nan") if row["variation"] is None else row["variation"])
        for row in found.iter_rows(named=True)
    }


def _tell_not_positive(values: pl.DataFrame, kind: ScaleIn, faults: Faults, file: str) -> None:
    floor = pl.col("value") <= 0 if kind.against == "ratio" else pl.col("value") < 0
    bad = values.filter(floor)
    for row, readout, value in bad.select("row", "readout", "value").head(_LISTED).iter_rows():
        faults.add(
            "not-positive",
            f"the {'intensity' if kind.against == 'ratio' else 'signal'} {value:g} has no ratio to its control",
            file=file,
            row=row,
            column=readout,
            expected="a positive number" if kind.against == "ratio" else "zero or more",
            mend='subtract less background, or state the right scale, such as scale = "log2_fold_change"',
        )
    if bad.height > _LISTED:
        faults.add("not-positive", f"and {bad.height - _LISTED} more values like these", file=file)


def _tell_left_out_controls(values: pl.DataFrame, kind: ScaleIn, faults: Faults, file: str) -> None:
    """Controls of a table of effects are the reference, not effects; they must look like it."""
    controls = values.filter(pl.col("condition") == "control")
    if controls.is_empty():
        return
    faults.add(
        "controls-left-out",
        f"{controls.height} readings of the control are the reference of the effects and no rows of their own",
        file=file,
        severity="note",
    )
    centre = float(controls["value"].median())  # type: ignore[arg-type]
    expected = NO_EFFECT[kind.becomes]
    if abs(centre - expected) > _FAR_OFF:
        faults.add(
            "scale-contradicted",
            f"the values are declared to be {kind.words}, but those of the control are about {centre:.3g}",
            file=file,
            row=controls["row"][0],
            column="scale",
            expected=f"about {expected:g} for the control",
            mend='if they are intensities, give scale = "raw"',
            severity="warning",
        )


def _tell_unpaired(joined: pl.DataFrame, kind: ScaleIn, faults: Faults, file: str) -> None:
    """Replicates without a control, where others of the same readouts have one."""
    some = joined.with_columns(any=pl.col("own_control").is_not_null().any().over(_GROUP))
    lacking = some.filter(pl.col("any") & pl.col("own_control").is_null())
    for (sample,), group in lacking.group_by(["sample"], maintain_order=True):
        named = group["replicate"].unique(maintain_order=True).to_list()
        which = f"{', '.join(named[:5])}{f' and {len(named) - 5} more' if len(named) > 5 else ''}"
        if kind.against == "fraction":
            faults.add(
                "control-missing",
                f"'{sample}' has no control well on {which}, as its other plates have",
                file=file,
                row=group["row"][0],
                expected="untreated wells on every plate: signals of two plates cannot be compared",
                mend="add the control wells, or remove the plate",
            )
        else:
            faults.add(
                "control-missing",
                f"the replicates {which} of '{sample}' have no control of their own; all its replicates are set "
                "against the mean of all its controls",
                file=file,
                row=group["row"][0],
                severity="warning",
            )


def _tell_single_controls(unpaired: pl.DataFrame, faults: Faults, file: str) -> None:
    """An unpaired control of one replicate leaves the error of every effect against it unknown."""
    single = unpaired.filter(pl.col("control_se").is_null())
    if single.height:
        readouts = single["readout"].unique(maintain_order=True).to_list()
        faults.add(
            "single-control",
            f"the control of {', '.join(readouts[:3])}{' and others' if len(readouts) > 3 else ''} has one replicate, "
            "and is not paired with those of the treatments: no standard error can be given",
            file=file,
            mend="measure the control in every replicate",
            severity="warning",
        )


def _tell_dead_controls(joined: pl.DataFrame, faults: Faults, file: str) -> None:
    """A control of zero has no fractions."""
    used = pl.when("paired").then("own_control").otherwise("control")
    dead = joined.filter(used <= 0)
    for sample, replicate in (
        dead.select("sample", "replicate").unique(maintain_order=True).head(_LISTED).iter_rows()
    ):
        faults.add(
            "control-zero",
            f"the controls of '{sample}' on {replicate} average zero: nothing can be divided by them",
            file=file,
            expected="living cells in the control wells",
            mend="check which wells are the controls, and the background",
        )


def _tell_missing_controls(values: pl.DataFrame, faults: Faults, file: str) -> None:
    has = values.group_by(_GROUP, maintain_order=True).agg(
        (pl.col("condition") == "control").any().alias("control"), pl.col("row").first()
    )
    lacking = has.filter(~pl.col("control"))
    for sample, group in lacking.group_by("sample", maintain_order=True):
        readouts = group["readout"].unique(maintain_order=True).to_list()
        times = sorted({time for time in group["time_h"].to_list() if time is not None})
        when = f" at {', '.join(f'{time:g} h' for time in times)}" if times else ""
        faults.add(
            "control-missing",
            f"'{sample[0]}' has no control{when} for {', '.join(readouts[:4])}"
            f"{f' and {len(readouts) - 4} more readouts' if len(readouts) > 4 else ''}",
            file=file,
            row=group["row"][0],
            expected="an untreated condition, called control, DMSO, untreated or vehicle",
            mend='name it: control = ["…"], or say that the values are effects already: scale = "log2_fold_change"',
        )


def _empty() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "sample": pl.String,
            "population": pl.String,
            "condition": pl.String,
            "time_h": pl.Float64,
            "readout": pl.String,
            "value": pl.Float64,
            "scale": pl.String,
            "se": pl.Float64,
            "n": pl.Int32,
            "flags": pl.List(pl.String),
        }
    )
