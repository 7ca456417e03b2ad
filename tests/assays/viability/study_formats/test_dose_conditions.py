"""Drugs and amounts become one canonical condition, in whatever order and unit they stand."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.viability.study_formats.dose_conditions import dose_conditions
from kinescape.assays.vocabulary import Vocabulary
from kinescape.foundation.issues import Faults
from kinescape.knowledge.agents import load_agents
from kinescape.knowledge.names import load_readouts

VOCABULARY = Vocabulary(load_agents(), load_readouts(), {"T": "trametinib"})


def conditions(
    rows: list[tuple[str | None, float, str, str | None, float, str]],
) -> tuple[list[str | None], Faults]:
    frame = pl.DataFrame(
        [(index + 2, *row) for index, row in enumerate(rows)],
        schema=["row", "agent_1", "dose_1", "unit_1", "agent_2", "dose_2", "unit_2"],
        schema_overrides={
            "agent_1": pl.String,
            "agent_2": pl.String,
            "dose_1": pl.Float64,
            "dose_2": pl.Float64,
        },
        orient="row",
    )
    faults = Faults()
    found, _ = dose_conditions(frame, 2, VOCABULARY, faults, file="f", columns=["a", "b"])
    return found.to_list(), faults


@given(a=st.integers(1, 10_000), b=st.integers(1, 10_000))
def test_order_and_unit_do_not_matter(a: int, b: int) -> None:
    found, faults = conditions(
        [
            ("dasatinib", a, "nM", "T", b, "nM"),
            ("trametinib", b, "nM", "Sprycel", a, "nM"),
            ("dasatinib", a / 1000, "uM", "trametinib", b / 1000, "uM"),
        ]
    )
    assert not faults.errors
    assert len(set(found)) == 1 and " + " in (found[0] or "")


def test_zero_is_none_and_an_unnamed_dose_is_a_fault() -> None:
    found, faults = conditions([("dasatinib", 0, "nM", None, 0, "nM"), ("nosuch", 0, "nM", "T", 5, "nM")])
    assert found == ["control", "trametinib 5 nM"] and not faults.errors
    found, faults = conditions([("dasatinib", 3, "nM", "T", 0, "nM"), (None, 3, "nM", "T", 5, "nM")])
    assert found == ["dasatinib 3 nM", None]
    assert [(fault.code, fault.row, fault.column) for fault in faults.errors] == [("empty-cell", 3, "a")]
