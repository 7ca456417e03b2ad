"""Plate maps: where each test, single drug and control goes, at random, one plate a replicate.

Wells of one plate are no independent replicates: each replicate gets plates of its own, with its own order, to be
done on a day of its own. Outer wells dry out first and stay empty. Each plate carries its own vehicle controls and
the single drugs of its pairs, so that the excess can be worked out within the plate, and wells without living cells,
whose reading is the background that all the others are measured above.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import ceil

import polars as pl

from kinescape.foundation.randomness import generator
from kinescape.measurements.conditions import CONTROL, AgentDose, Condition

PLATES = {96: (8, 12), 384: (16, 24)}
"""Wells of a plate: rows and columns."""
CONTROL_SHARE = 0.1
LEAST_CONTROLS = 4
LEAST_BLANKS = 3
BLANK_SHARE = 0.05
NO_CELLS = "no cells"
"""Condition of the blank wells; name it under `background` in the study, or use a kill-all in its place."""
COLUMNS = {
    "plate": pl.Int32(),
    "replicate": pl.Int32(),
    "well": pl.String(),
    "role": pl.String(),
    "condition": pl.String(),
}


def plate_map(
    conditions: Sequence[str],
    *,
    wells: int = 96,
    replicates: int = 3,
    singles: bool = True,
    background: Collection[str] = (),
    outer: bool = False,
    seed: int = 0,
) -> pl.DataFrame:
    """Lay out tests of pairs on plates.

    Parameters
    ----------
    conditions : sequence of str
        Canonical texts of the pairs with their doses.
    wells : {96, 384}
        Size of the plates.
    replicates : int
        Independent replicates, each on plates of its own.
    singles : bool
        Whether each drug of a pair is also given alone, at the same dose, on the same plate.
    background : collection of str
        Agents that all wells share, such as a ligand: the vehicle wells hold them too.
    outer : bool
        Whether the outer wells are used.
    seed : int
        Of the random positions.

    Returns
    -------
    polars.DataFrame
        plate (from 1), replicate (from 1), well (``B02``), role (``pair``, ``single``, ``vehicle``, ``blank``) and
        condition; one row a used well, sorted by plate and well. At least 4 vehicle wells a plate, and a tenth of
        the tests; at least 3 blanks, and a twentieth: wells with medium and no cells, or with a kill-all.

    Raises
    ------
    ValueError
        Where the plate's size is not known, there is less than one replicate, or a condition stands twice.

    Examples
    --------
    >>> plate_map(["A 1 uM + B 1 uM"], replicates=1)["role"].value_counts().sort("role")["count"].to_list()
    [3, 1, 2, 4]
    """
    if wells not in PLATES:
        raise ValueError(f"a plate has {' or '.join(str(size) for size in PLATES)} wells, not {wells}")
    if replicates < 1:
        raise ValueError("a test needs one replicate at least")
    if len(set(conditions)) != len(conditions):
        raise ValueError("each pair with its doses stands once; replicates are counted by `replicates`")
    places = _wells(wells, outer)
    rows: list[tuple[int, int, str, str, str]] = []
    plate = 0
    for replicate in range(1, replicates + 1):
        rng = generator(seed, "plate map", replicate)
        for group in _groups(list(conditions), singles, background, len(places)):
            plate += 1
            filled = _contents(group, singles, background)
            order = sorted(rng.choice(len(places), len(filled), replace=False).tolist())
            for place, number in zip(order, rng.permutation(len(filled)).tolist(), strict=True):
                role, condition = filled[number]
                rows.append((plate, replicate, places[place], role, condition))
    return pl.DataFrame(rows, schema=COLUMNS, orient="row").sort("plate", "well")


def _wells(size: int, outer: bool) -> list[str]:
    n_rows, n_columns = PLATES[size]
    edge = 0 if outer else 1
    return [
        f"{chr(ord('A') + row)}{column + 1:02d}"
        for row in range(edge, n_rows - edge)
        for column in range(edge, n_columns - edge)
    ]


def _contents(group: Sequence[str], singles: bool, background: Collection[str]) -> list[tuple[str, str]]:
    """Roles and conditions of one plate, controls last."""
    filled = [("pair", condition) for condition in group]
    split = [_split(condition, background) for condition in group]
    if singles:
        filled += [("single", text) for text in sorted({text for alone, _ in split for text in alone})]
    vehicle = split[0][1] if split else CONTROL
    vehicles = max(LEAST_CONTROLS, ceil(CONTROL_SHARE * len(filled)))
    blanks = max(LEAST_BLANKS, ceil(BLANK_SHARE * len(filled)))
    return [
        *filled,
        *(("vehicle", vehicle) for _ in range(vehicles)),
        *(("blank", NO_CELLS) for _ in range(blanks)),
    ]


def _split(text: str, background: Collection[str]) -> tuple[list[str], str]:
    """Each drug of a pair alone beside what all wells share, and what they share."""
    parts = Condition.parse(text).parts
    drugs = [part for part in parts if isinstance(part, AgentDose) and part.agent not in background]
    shared = tuple(part for part in parts if part not in drugs)
    return [Condition((*shared, drug)).text for drug in drugs], Condition(shared).text


def _groups(conditions: list[str], singles: bool, background: Collection[str], room: int) -> list[list[str]]:
    """Pairs in groups that fit on a plate with their single drugs and controls."""
    groups: list[list[str]] = []
    for condition in conditions:
        if groups and len(_contents([*groups[-1], condition], singles, background)) <= room:
            groups[-1].append(condition)
        else:
            groups.append([condition])
    return groups
