"""Percent or fraction, viability or inhibition: read from the untreated wells, said back, refused when in doubt.

A screen read upside down or a hundredfold off is the worst silent fault of this assay. Untreated cells are 1 or
100 as viability and 0 as inhibition; whether an inhibition is in per cent shows in its largest values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.viability.curve_fitting.curve_problem import Array
from kinescape.foundation.issues import Faults

FACTORS = {"fraction": 1.0, "percent": 0.01}
MEASURES = ("viability", "inhibition")
_NEAR_ONE = (0.5, 1.5)
_NEAR_HUNDRED = (50.0, 150.0)
_ZERO_FRACTION, _ZERO_PERCENT = 0.35, 35.0
_SURE = 0.6
"""Untreated wells are nearer to zero inhibition than lowest doses, which may already have an effect."""
_WORSE, _MUCH_WORSE = 0.75, 0.5
_ODD_LOW, _ODD_HIGH = 0.15, 10.0
"""Untreated cells of less or more than this fraction are on another scale than their file."""
_DEAD, _ALIVE = 0.1, 0.7
"""Untreated cells and lowest doses that are no inhibition for certain."""
_OTHER_SCALE = 0.25
"""A few untreated wells of 1 % are dead wells; this share of them is another scale."""
_LISTED = 5
_MEND = (
    'say it: scale = "percent" or scale = "fraction", and measures = "viability" or measures = "inhibition"'
)


@dataclass(frozen=True)
class ResponseScale:
    """What the responses of a file are.

    Parameters
    ----------
    scale : {"fraction", "percent"}
        Whether untreated cells count 1 or 100.
    measures : {"viability", "inhibition"}
        Whether living or lost cells are counted.
    basis : str
        What it was read from.
    """

    scale: str
    measures: str
    basis: str

    @property
    def stated(self) -> str:
        """To be told to the user."""
        return f"read as {self.measures} in {'per cent' if self.scale == 'percent' else 'fractions'}: {self.basis}"

    def as_fraction(self, values: Array) -> Array:
        """Values as the fraction of living cells, 1 as untreated."""
        fraction = values * FACTORS[self.scale]
        return fraction if self.measures == "viability" else 1.0 - fraction


def read_scale(
    control: Array,
    treated: Array,
    faults: Faults,
    *,
    file: str,
    scale: str | None = None,
    measures: str | None = None,
    least_hit: Array | None = None,
    rows: Array | None = None,
) -> ResponseScale | None:
    """Find out what responses are, or say why it cannot be known.

    Parameters
    ----------
    control : (n,) array
        Responses of untreated wells; may be empty.
    treated : (m,) array
        Responses of all other wells.
    faults : Faults
        Takes what is ambiguous, or contradicts what was declared.
    file : str
        For the messages.
    scale, measures : str, optional
        As the user declares them.
    least_hit : (k,) array, optional
        Responses at the lowest dose of each series, which stand in where there are no controls.
    rows : (n,) array, optional
        Rows of the controls, for the messages.

    Returns
    -------
    ResponseScale or None
        None where a fault was added.
    """
    for value, known, name in ((scale, tuple(FACTORS), "scale"), (measures, MEASURES, "measures")):
        if value is not None and value not in known:
            faults.add(
                f"unknown-{name}", f"'{value}' is not a {name}", file=file, expected=" or ".join(known)
            )
            return None
    if rows is not None:
        rows = np.asarray(rows)[np.isfinite(control)]
    control, treated = control[np.isfinite(control)], treated[np.isfinite(treated)]
    low = np.empty(0) if least_hit is None else least_hit[np.isfinite(least_hit)]
    if control.size:
        centre, what = float(np.median(control)), _centre_of(control.size, "untreated well")
    elif low.size:
        centre, what = (
            float(np.median(low)),
            f"there are no untreated wells, and {_centre_of(low.size, 'lowest dose')}",
        )
    else:
        faults.add(
            "control-missing",
            "there is neither an untreated well (dose zero) nor a dose to tell the scale from",
            file=file,
            mend=_MEND,
        )
        return None
    found = _candidates(centre, treated, _SURE if control.size else 1.0)
    kept = [(s, m) for s, m in found if scale in (None, s) and measures in (None, m)]
    shown = f"{what} {centre:.3g}"
    if not found and _tell_two_kinds(control, rows, faults, file):
        return None
    if not found and scale and measures:
        faults.add(
            "scale-contradicted",
            f"declared is {measures} in {scale}, but {shown}",
            file=file,
            column="response",
            expected=_expected(scale, measures),
            mend="check the controls; signals of a reader are divided by their untreated wells first",
        )
        return None
    if found and not kept:
        faults.add(
            "scale-contradicted",
            f"declared is {measures or 'a response'} in {scale or 'either unit'}, but {shown}",
            file=file,
            column="response",
            expected=_expected(scale or found[0][0], measures or found[0][1]),
            mend=f'perhaps scale = "{found[0][0]}" and measures = "{found[0][1]}"',
        )
        return None
    if len(kept) != 1:
        reason = f"{shown}, and the largest response is {np.max(np.abs(treated), initial=0.0):.3g}: " + (
            "neither 0, 1 nor 100" if not kept else " or ".join(f"{m} in {s}" for s, m in kept)
        )
        faults.add("scale-ambiguous", reason, file=file, column="response", mend=_MEND)
        return None
    found_scale = ResponseScale(*kept[0], basis=shown)
    if measures is None and _may_be_dead(found_scale, control, low):
        faults.add(
            "controls-worse",
            f"{shown}, and {_centre_of(low.size, 'lowest dose')} {np.median(low):.3g}: either the untreated cells are "
            "nearly dead, or an inhibition is large from the lowest dose on",
            file=file,
            column="response",
            expected=_expected(*kept[0]),
            mend='check which wells are the controls; if it is an inhibition, say it: measures = "inhibition"',
        )
        return None
    _tell_worse_controls(found_scale, control, low, faults, file)
    return found_scale


def tell_no_controls(
    control: Array, scale: str | None, measures: str | None, faults: Faults, file: str
) -> None:
    """Warn where there is no untreated well, and the user has not said what the responses are.

    Parameters
    ----------
    control : (n,) array
        Responses of untreated wells; may be empty.
    scale, measures : str or None
        As the user declares them.
    faults : Faults
        Takes the warning.
    file : str
        For the message.
    """
    if np.isfinite(control).any() or (scale and measures):
        return
    faults.add(
        "control-missing",
        "there is no untreated well (dose zero): the scale was read from the lowest doses, and nothing checks that "
        "untreated cells are at 100 %",
        file=file,
        expected="lines with dose 0",
        mend="add them; or, if the responses are set against a control already, " + _MEND,
        severity="warning",
    )


def tell_odd_controls(scale: ResponseScale, lines: pl.DataFrame, faults: Faults, file: str) -> None:
    """Refuse samples whose own untreated wells contradict the scale that the file as a whole has.

    One line pasted in as fractions among percentages, or as inhibition among viabilities, would become a curve of
    dead cells with a potency below the lowest dose.

    Parameters
    ----------
    scale : ResponseScale
        How the file is read.
    lines : polars.DataFrame
        sample, agent, dose, response as in the file, and row where it is known; untreated wells have dose 0.
    faults : Faults
        Takes an error for each sample, or drug of it, of another scale, and a warning for single such wells.
    file : str
        For the messages.
    """
    known = lines.filter(pl.col("response").is_finite())
    if "row" not in known.columns:
        known = known.with_columns(row=pl.lit(None, pl.Int64))
    fraction = pl.Series(scale.as_fraction(known["response"].to_numpy()), dtype=pl.Float64)
    known = known.with_columns(odd=(fraction < _ODD_LOW) | (fraction > _ODD_HIGH))
    own = ["sample", "agent"]
    untreated = known.filter(pl.col("dose") == 0)
    groups = untreated.group_by(own, maintain_order=True).agg(
        pl.len().alias("wells"), pl.col("odd").sum(), pl.col("row").first(), pl.col("response").median()
    )
    whole = known.group_by(own).agg(pl.col("odd").all().alias("whole"))
    # One well may be a bad well; several, or one and all the treated ones beside it, are another scale.
    wrong = groups.join(whole, on=own, nulls_equal=True, maintain_order="left").filter(
        (2 * pl.col("odd") > pl.col("wells")) & ((pl.col("wells") > 1) | pl.col("whole"))
    )
    for sample, agent, wells, _, row, centre, _ in wrong.head(_LISTED).iter_rows():
        more = wrong.height - _LISTED
        faults.add(
            "scale-mixed",
            f"{_centre_of(wells, 'untreated well')} {centre:.3g} in "
            + " with ".join(f"'{name}'" for name in (sample, agent) if name is not None)
            + f", while the file is {scale.stated.split(':')[0]}"
            + (f" ({more} more such after {_LISTED} that are told)" if more > 0 else ""),
            file=file,
            row=row,
            column="response",
            expected=_expected(scale.scale, scale.measures),
            mend="bring all lines to one scale, or split the file",
        )
    single = untreated.join(wrong, on=own, how="anti", nulls_equal=True).filter("odd")
    if single.height:
        faults.add(
            "scale-mixed",
            f"{single.height} of {untreated.height} untreated wells read as none or many times the cells, the first "
            f"as {single['response'][0]:.3g}: per cent and fractions, or viability and inhibition, may be mixed",
            file=file,
            row=single["row"][0],
            column="response",
            expected=_expected(scale.scale, scale.measures),
            mend="check these lines, and the treated ones beside them",
            severity="error" if _many_of_other(scale, single["response"], untreated.height) else "warning",
        )


def _many_of_other(scale: ResponseScale, odd: pl.Series, untreated: int) -> bool:
    """Whether many of the odd wells are sound ones of the other scale: 1 among per cent, 100 among fractions."""
    if scale.measures != "viability":
        return False
    least, most = _NEAR_ONE if scale.scale == "percent" else _NEAR_HUNDRED
    sound = int(odd.is_between(least, most).sum())
    return sound > 1 and sound >= _OTHER_SCALE * untreated


def _tell_two_kinds(control: Array, rows: Array | None, faults: Faults, file: str) -> bool:
    """Whether the controls are about 1 in some rows and about 100 in others, none anything else; then it is told."""
    ones = (control >= _NEAR_ONE[0]) & (control <= _NEAR_ONE[1])
    hundreds = (control >= _NEAR_HUNDRED[0]) & (control <= _NEAR_HUNDRED[1])
    if not ones.any() or not hundreds.any() or not (ones | hundreds).all():
        return False

    def told(kind: NDArray[np.bool_]) -> str:
        if rows is None:
            return ""
        amount = int(kind.sum())
        listed = ", ".join(str(int(row)) for row in rows[kind][:_LISTED])
        return f" (row{'s' * (amount > 1)} {listed}{', ...' * (amount > _LISTED)})"

    faults.add(
        "scale-mixed",
        f"of the {control.size} untreated wells {ones.sum()} read about 1{told(ones)} and {hundreds.sum()} about "
        f"100{told(hundreds)}: fractions and per cent in one column",
        file=file,
        row=None if rows is None else int(rows[ones if ones.sum() <= hundreds.sum() else hundreds][0]),
        column="response",
        expected="one scale in the whole column",
        mend="multiply the fractions by 100, or split the file: per cent in one, fractions in another",
    )
    return True


def _centre_of(amount: int, what: str) -> str:
    return f"the {amount} {what}s have a median of" if amount > 1 else f"the only {what} is"


def _tell_worse_controls(scale: ResponseScale, control: Array, low: Array, faults: Faults, file: str) -> None:
    """Untreated wells with fewer cells than treated ones are wrong wells, or a plate gone bad."""
    if not control.size or not low.size:
        return
    untreated = float(np.median(scale.as_fraction(control)))
    lightly = float(np.median(scale.as_fraction(low)))
    if untreated < _WORSE * lightly:
        faults.add(
            "controls-worse",
            f"untreated wells have {untreated:.2f} of full viability and the lowest doses {lightly:.2f}",
            file=file,
            mend="check which wells are the controls, and the plate's edge",
            severity="error" if untreated < _MUCH_WORSE * lightly else "warning",
        )


def _may_be_dead(scale: ResponseScale, control: Array, low: Array) -> bool:
    """Whether an inhibition may as well be a viability whose untreated wells are worse than the lowest doses."""
    if scale.measures != "inhibition" or not control.size or not low.size:
        return False
    factor = FACTORS[scale.scale]
    return bool(abs(np.median(control)) * factor > _DEAD and np.median(low) * factor > _ALIVE)


def _candidates(centre: float, treated: Array, share: float) -> list[tuple[str, str]]:
    """Every reading that untreated cells of this centre allow."""
    largest = float(np.quantile(np.abs(treated), 0.98)) if treated.size else 0.0
    found = []
    if _NEAR_ONE[0] <= centre <= _NEAR_ONE[1] and largest <= 5.0:
        found.append(("fraction", "viability"))
    if _NEAR_HUNDRED[0] <= centre <= _NEAR_HUNDRED[1]:
        found.append(("percent", "viability"))
    # An inhibition is smallest without drug.
    lowest = abs(centre) <= 0.5 * largest
    if abs(centre) < share * _ZERO_FRACTION and largest <= 1.5 and lowest:
        found.append(("fraction", "inhibition"))
    if abs(centre) < share * _ZERO_PERCENT and largest > 5.0 and lowest:
        found.append(("percent", "inhibition"))
    if abs(centre) < 0.02 and 0.0 < largest < 0.1:
        # Nothing moves: an inhibition of 0.05 may be five per cent or a twentieth of one.
        found.append(("percent", "inhibition"))
    return found


def _expected(scale: str, measures: str) -> str:
    untreated = 0.0 if measures == "inhibition" else 1.0 / FACTORS[scale]
    return f"about {untreated:g} for untreated cells"
