"""The disease in which resistance is forecast: growth, mutation, sizes, and how well each is known.

`cml` is shipped, every value with its source and range. Another disease is a TOML file with the same names:

    target = "EGFR"
    reference_drug = "gefitinib"
    mutation_rate = [1e-8, 1e-9, 1e-7]      # value, low, high
    untreated_growth = [0.01, 0.005, 0.02]  # per day
    ...

What no one gave a range is taken four-fold either way, and the forecast says so.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from kinescape.foundation.issues import Faults, nearest
from kinescape.knowledge.delimited import shipped_table

_SPAN = 2 * 1.6448536269514722
_RANGED = (
    "mutation_rate",
    "untreated_growth",
    "turnover",
    "diagnosis_cells",
    "relapse_cells",
    "detection_cells",
    "decline_per_day",
)
_PLAIN = ("diagnosis_log_sd", "decline_log_sd", "assay_days")
_NAMES = ("target", "reference_drug", "rate_reference_drug")
_MEANING = {
    "target": "the gene, such as 'EGFR'",
    "reference_drug": "the drug under which the decline was seen",
    "mutation_rate": "resistance mutations a division, all mutants together, or [value, low, high]",
    "untreated_growth": "net growth before treatment, a day",
    "turnover": "deaths per birth before treatment, 0 to 1",
    "diagnosis_cells": "self-renewing cells at diagnosis",
    "relapse_cells": "cells of one lineage at relapse",
    "decline_per_day": "decline of sensitive cells under the reference drug, a day",
}


def needed_keys() -> tuple[str, ...]:
    """The keys without which a file of a disease says too little."""
    return tuple(_MEANING)


@dataclass(frozen=True)
class Uncertain:
    """A value that is not known exactly.

    Parameters
    ----------
    value, low, high : float
        Median and 90 % range; the range is taken as log-normal.
    unit, references, note : str
    """

    value: float
    low: float
    high: float
    unit: str = ""
    references: str = ""
    note: str = ""

    @property
    def log_sd(self) -> float:
        """Standard deviation of the logarithm that gives the range."""
        return math.log(self.high / self.low) / _SPAN


@dataclass(frozen=True)
class DiseaseSetting:
    """Everything about the disease that a forecast needs.

    Parameters
    ----------
    name, target : str
    mutation_rate : Uncertain
        Resistance mutations a division, all mutants of `rate_reference_drug` together.
    untreated_growth : Uncertain
        Net growth of the self-renewing cells before treatment, per day.
    turnover : Uncertain
        Deaths per birth before treatment, 0 to 1.
    diagnosis_cells, relapse_cells, detection_cells : Uncertain
        Self-renewing cells at diagnosis, and sizes of one lineage at relapse and when it first shows.
    decline_per_day : Uncertain
        Decline of the self-renewing sensitive cells under the reference drug: the second slope.
    diagnosis_log_sd, decline_log_sd : float
        Spread between patients, natural log.
    assay_days : float
        Length of the assay that gave the IC50s.
    reference_drug, rate_reference_drug : str
    """

    name: str
    target: str
    mutation_rate: Uncertain
    untreated_growth: Uncertain
    turnover: Uncertain
    diagnosis_cells: Uncertain
    relapse_cells: Uncertain
    detection_cells: Uncertain
    decline_per_day: Uncertain
    diagnosis_log_sd: float
    decline_log_sd: float
    assay_days: float
    reference_drug: str
    rate_reference_drug: str

    def uncertain(self) -> Mapping[str, Uncertain]:
        """The values with a range, by name."""
        return {name: getattr(self, name) for name in _RANGED}


def load_setting(name: str | Path = "cml") -> DiseaseSetting:
    """A disease by name, or from a TOML file.

    Raises
    ------
    InputError
        With every fault of the file, or where the name is unknown.

    Examples
    --------
    >>> load_setting("cml").mutation_rate.value
    4e-08
    """
    faults = Faults()
    text = str(name)
    refused: set[str] = set()
    if text.endswith(".toml"):
        values = _from_file(Path(text), faults, refused)
        if not values and not refused:
            faults.raise_if_errors()
    else:
        values = _from_table(text, faults)
        faults.raise_if_errors()
    setting = _build(Path(text).stem, values, text, faults, refused)
    faults.raise_if_errors()
    assert setting is not None
    return setting


def _from_table(name: str, faults: Faults) -> dict[str, Uncertain | str]:
    table = shipped_table("resistance_settings.tsv", faults, required=("setting", "parameter", "value"))
    faults.raise_if_errors()
    assert table is not None
    known = sorted({row["setting"] for row in table.rows})
    if name not in known:
        close = nearest(name, known, n=1)
        faults.add(
            "setting-unknown",
            f"there is no setting '{name}'",
            expected=f"one of {', '.join(known)}, or a TOML file",
            mend=f"did you mean '{close[0]}'?" if close else None,
        )
        return {}
    values: dict[str, Uncertain | str] = {}
    for row in table.rows:
        if row["setting"] != name:
            continue
        if row["parameter"] in _NAMES:
            values[row["parameter"]] = row["value"]
            continue
        value = float(row["value"])
        low, high = float(row["low"] or value), float(row["high"] or value)
        values[row["parameter"]] = Uncertain(value, low, high, row["unit"], row["references"], row["note"])
    return values


def _from_file(path: Path, faults: Faults, refused: set[str]) -> dict[str, Uncertain | str]:
    try:
        with path.open("rb") as stream:
            read = tomllib.load(stream)
    except FileNotFoundError:
        faults.add("file-missing", "this file does not exist", file=path, mend="check the path")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        faults.add("toml-broken", f"this is no TOML: {error}", file=path)
        return {}
    known = (*_RANGED, *_PLAIN, *_NAMES)
    values: dict[str, Uncertain | str] = {}
    for key, given in read.items():
        if key not in known:
            close = nearest(key, known, n=1)
            faults.add(
                "key-unknown",
                f"'{key}' is not known here",
                file=path,
                expected="the keys at the top of the file, under no [table]"
                if isinstance(given, dict)
                else None,
                mend=f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}",
            )
            refused.update(close[:1] or [key])
        elif key in _NAMES and isinstance(given, str):
            values[key] = given
        else:
            found = _uncertain(given)
            if found is None or key in _NAMES:
                refused.add(key)
                faults.add(
                    "value-unusable",
                    f"{key} = {given!r} is not usable",
                    file=path,
                    expected="a text"
                    if key in _NAMES
                    else "a number above 0, or [value, low, high] in order",
                )
            else:
                values[key] = found
    return values


def _uncertain(given: object) -> Uncertain | None:
    listed = given if isinstance(given, list) else [given]
    numbers = [
        float(number) for number in listed if isinstance(number, int | float) and not isinstance(number, bool)
    ]
    if len(numbers) != len(listed):
        return None
    if len(numbers) == 1 and numbers[0] > 0:
        return Uncertain(float(numbers[0]), numbers[0] / 4, numbers[0] * 4, note="range: four-fold, assumed")
    if len(numbers) == 3 and 0 < numbers[1] <= numbers[0] <= numbers[2]:
        return Uncertain(float(numbers[0]), float(numbers[1]), float(numbers[2]))
    return None


def _build(
    name: str, values: Mapping[str, Uncertain | str], file: str, faults: Faults, refused: Collection[str] = ()
) -> DiseaseSetting | None:
    optional: dict[str, Uncertain | str] = {
        "detection_cells": Uncertain(1e3, 1e2, 1e4),
        "diagnosis_log_sd": Uncertain(1.0, 1.0, 1.0),
        "decline_log_sd": Uncertain(0.7, 0.7, 0.7),
        "assay_days": Uncertain(3.0, 3.0, 3.0),
        "rate_reference_drug": values.get("reference_drug", ""),
    }
    merged = {**optional, **values}
    for key in (*_RANGED, *_PLAIN, *_NAMES):
        if key not in merged and key not in refused:
            faults.add("key-missing", f"'{key}' is missing", file=file, expected=_MEANING.get(key))
    turnover = merged.get("turnover")
    if isinstance(turnover, Uncertain) and not turnover.high < 1:
        faults.add("value-unusable", f"turnover reaches {turnover.high:g}", file=file, expected="below 1")
    if faults.errors:
        return None
    numbers = {key: entry for key, entry in merged.items() if isinstance(entry, Uncertain)}
    ranged = {key: numbers[key] for key in _RANGED}
    plain = {key: numbers[key].value for key in _PLAIN}
    names = {key: str(merged[key]) for key in _NAMES}
    return DiseaseSetting(name=name, **ranged, **plain, **names)  # type: ignore[arg-type]
