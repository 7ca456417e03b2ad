"""Growth-rate values without counts at time zero: from the doublings of the untreated cells during the treatment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from kinescape.assays.viability.growth_rate import growth_rate_values_from_doublings
from kinescape.assays.viability.reading.dose_series import DoseSeries
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest

_LISTED = 10


def growth_rates_from_doublings(
    series: DoseSeries, doublings: float | Mapping[str, float], *, how: str = "doublings"
) -> DoseSeries:
    """Turn end-point viabilities into growth-rate values, so that cells that divide fast and slowly compare.

    Parameters
    ----------
    series : DoseSeries
        Fractions of the untreated cells.
    doublings : float or mapping of str to float
        How often the untreated cells doubled during the treatment: of all samples, or by the name of each.
    how : str
        How messages call these.

    Returns
    -------
    DoseSeries
        Of growth-rate values: 1 as untreated, 0 no growth, towards -1 where no cell is left.

    Raises
    ------
    InputError
        Where the responses are growth rates already, a sample has no doublings, or they are not above zero.

    References
    ----------
    Hafner, M., Niepel, M., Chung, M., Sorger, P.K. (2016). Growth rate inhibition metrics correct for confounders
    in measuring sensitivity to cancer drugs. Nature Methods 13, 521-527.

    Examples
    --------
    >>> frame = pl.DataFrame({"sample": "A", "agent": "x", "time_h": 72.0, "dose": [1e-8, 1e-6],
    ...     "dose_unit": "M", "response": [1.0, 0.25], "replicate": "one", "weight": 1.0})
    >>> viabilities = DoseSeries(frame, "fraction_of_control", "", (), "example")
    >>> growth_rates_from_doublings(viabilities, 2.0).frame["response"].to_list()
    [1.0, 0.0]
    """
    if series.response == "growth_rate":
        raise InputError(
            Fault(
                "growth-rate-already",
                "the responses are growth rates already",
                file=series.file,
                mend=f"leave {how} out",
            )
        )
    samples = series.frame["sample"].unique(maintain_order=True).to_list()
    known = dict(doublings) if isinstance(doublings, Mapping) else dict.fromkeys(samples, float(doublings))
    faults = Faults()
    for sample in known:
        if sample not in samples:
            near = nearest(sample, samples, n=1)
            faults.add(
                "unknown-sample",
                f"{how} of '{sample}' are given, and there is no such sample",
                file=series.file,
                expected=f"one of {', '.join(samples[:_LISTED])}",
                mend=f"did you mean '{near[0]}'?" if near else None,
            )
    lacking = [sample for sample in samples if sample not in known]
    if lacking:
        faults.add(
            "doublings-missing",
            f"{len(lacking)} of {len(samples)} samples have no {how}: {', '.join(lacking[:_LISTED])}",
            file=series.file,
            expected="one number for all, or one for each sample",
        )
    wrong = sorted({amount for amount in known.values() if not 0 < amount < float("inf")})
    if wrong:
        faults.add(
            "doublings",
            f"{how} of {wrong[0]:g} are not possible: a growth rate compares with cells that grow",
            file=series.file,
            expected="a number above zero, such as 2.4",
        )
    faults.raise_if_errors()
    each = series.frame["sample"].replace_strict(known, return_dtype=pl.Float64)
    response = series.frame["response"]
    below = int((response < 0).sum())
    # Fractions below zero, as background subtraction leaves them, are no cells at all.
    fraction = response.clip(lower_bound=0.0).fill_null(float("nan")).to_numpy()
    values = pl.Series(growth_rate_values_from_doublings(fraction, each.to_numpy()), dtype=pl.Float64)
    told = sorted(set(known.values()))
    shown = f"{told[0]:g}" if len(told) == 1 else f"{told[0]:g} to {told[-1]:g}"
    notes = Faults(series.notes)
    if below:
        notes.add(
            "below-zero",
            f"{below} responses lie below zero living cells and count as zero: a growth-rate value of -1",
            file=series.file,
            severity="note",
        )
    return replace(
        series,
        frame=series.frame.with_columns(response=values.fill_nan(None)),
        response="growth_rate",
        stated=f"{series.stated}; turned into growth-rate values by {shown} doublings of the untreated cells",
        notes=tuple(notes),
        measured=None,
    )
