"""Every aim of the ranking with its interval: expected excess, the response a pair closes, and where there is none."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import t as student

from kinescape.measurements.table import Measurements
from kinescape.strategy.adaptive import COLUMNS as RESPONSES
from kinescape.strategy.combinations import COLUMNS, rank_combinations
from kinescape.strategy.experiment_planning.pair_prior import (
    MEAN_WITHOUT,
    RULE_CENTRE,
    RULE_SLOPE,
    USUAL_SCALE,
)
from kinescape.strategy.experiment_planning.pathway_rules import PathwayRule, PathwayRules
from kinescape.strategy.pair_ranking.closed_routes import ClosedRoutes

RULES = PathwayRules({("RAS-ERK", "RTK"): PathwayRule("RAS-ERK", "RTK", 1.0, "made up", "expert rule")})
VALUES = {
    "erlotinib 1 uM": 0.8,
    "trametinib 10 nM": 0.6,
    "mystery 1 uM": 0.9,
    "erlotinib 1 uM + trametinib 10 nM": 0.3,
}


@pytest.fixture
def rank(made_rows, small_network, small_agents):
    def run(
        values: dict[str, float], *more: pl.DataFrame, escape: pl.DataFrame | None = None, **fixed: object
    ):
        rows = made_rows("tumour", "ATP", "viability", values, **fixed)
        return rank_combinations(
            Measurements.from_frame(pl.concat([rows, *more])),
            small_network,
            small_agents,
            target_sample="tumour",
            rules=RULES,
            escape=escape,
        )

    return run


def one(frame: pl.DataFrame, a: str, b: str) -> dict:
    return frame.filter((pl.col("agent_a") == a) & (pl.col("agent_b") == b)).row(0, named=True)


def test_a_measured_pair_has_its_excess_and_the_error_between_replicates(rank) -> None:
    frame = rank(VALUES)
    assert dict(frame.schema) == COLUMNS
    pair = one(frame, "erlotinib", "trametinib")
    assert pair["expected_excess"] == pytest.approx(pair["bliss_excess"]) == pytest.approx(0.48 - 0.3)
    # Every condition scatters alike, so that the steadied error keeps all 4 x 2 degrees of freedom for each of three.
    se = np.sqrt(0.03**2 + (0.8**2 + 0.6**2) * 0.03**2 + 0.03**4)
    assert pair["bliss_se"] == pytest.approx(se)
    parts = np.array([0.03**2, 0.6**2 * 0.03**2, 0.8**2 * 0.03**2])
    degrees = parts.sum() ** 2 / (parts**2 / 8).sum()
    half = pair["expected_excess_high"] - pair["expected_excess"]
    assert half == pytest.approx(student.ppf(0.95, degrees) * se, rel=0.01)
    assert pair["expected_excess"] - pair["expected_excess_low"] == pytest.approx(half)
    assert "error between replicates" in pair["expected_excess_basis"]


def test_without_replicates_there_is_no_interval_and_the_reason_is_told(rank) -> None:
    frame = rank(VALUES, se=None, n=1)
    pair = one(frame, "erlotinib", "trametinib")
    assert pair["expected_excess"] == pytest.approx(0.18)
    assert pair["expected_excess_low"] is None and "no replicates" in pair["expected_excess_basis"]


def test_an_untested_pair_has_what_the_process_expects_never_beyond_what_is_left(rank) -> None:
    values = {name: value for name, value in VALUES.items() if "+" not in name}
    pair = one(rank(values), "erlotinib", "trametinib")
    assert pair["expected_excess_low"] < pair["expected_excess"] < pair["expected_excess_high"]
    assert pair["expected_excess_high"] <= pair["effect"] + 1e-9
    # The prior alone: a line in the rule's score and the room, whose z score is 0 where one pair has a rule.
    scale = USUAL_SCALE["fraction_of_control"]
    line = scale * (MEAN_WITHOUT + RULE_SLOPE * (1.0 - RULE_CENTRE))
    assert pair["expected_excess"] == pytest.approx(line, abs=0.6 * scale)
    assert pair["expected_excess_basis"] == "expected by the process over pairs: rules and single drugs"
    assert "To expect beyond two independent drugs" in pair["evidence"]
    unknown = one(rank(values), "erlotinib", "mystery")
    assert unknown["expected_excess"] is None and "target is unknown" in unknown["expected_excess_basis"]


def test_other_samples_move_it_and_are_named(rank, made_rows) -> None:
    values = {name: value for name, value in VALUES.items() if "+" not in name}
    before = one(rank(values), "erlotinib", "trametinib")["expected_excess"]
    others = [made_rows(f"line {n}", "ATP", "viability", VALUES) for n in range(4)]
    pair = one(rank(values, *others), "erlotinib", "trametinib")
    assert pair["expected_excess"] > before and "the pair in 4 other samples" in pair["expected_excess_basis"]


def response(**values: object) -> pl.DataFrame:
    row = {
        "sample": "tumour",
        "agent": "erlotinib",
        "node": "AXL",
        "readout": "p-AXL",
        "scale": "log2_fold_change",
        "change": 1.2,
        "se": 0.1,
        "n": 3,
        "low": 1.0,
        "high": 1.4,
        "fdr": 0.01,
        "direction": "gain",
        "countered_by": "trametinib",
    }
    return pl.DataFrame([{name: (row | values).get(name) for name in RESPONSES}], schema=RESPONSES)


def test_a_closed_escape_has_the_interval_of_the_response(rank, small_agents) -> None:
    pair = one(rank(VALUES, escape=response()), "erlotinib", "trametinib")
    assert (pair["escape_closed"], pair["escape_closed_low"], pair["escape_closed_high"]) == (1.2, 1.0, 1.4)
    assert "3 independent replicates" in pair["escape_closed_basis"]
    assert "90 % interval 1.00 to 1.40" in pair["evidence"]
    fall = ClosedRoutes.of(
        response(direction="loss", change=-1.2, low=-1.4, high=-1.0), "tumour", small_agents
    ).between("trametinib", "OSI-774", small_agents)
    assert (fall.change, fall.low, fall.high) == (1.2, 1.0, 1.4)


def test_where_nothing_is_closed_or_looked_for_the_reason_is_told(rank) -> None:
    none = one(rank(VALUES, escape=response(countered_by="bemcentinib")), "erlotinib", "trametinib")
    assert none["escape_closed"] == 0.0 and none["escape_closed_low"] is None
    assert "no measured response" in none["escape_closed_basis"]
    unasked = one(rank(VALUES), "erlotinib", "trametinib")
    assert unasked["escape_closed"] is None and "not looked for" in unasked["escape_closed_basis"]
    bare = one(rank(VALUES, escape=response(low=None, high=None)), "erlotinib", "trametinib")
    assert bare["escape_closed"] == 1.2 and "no error between replicates" in bare["escape_closed_basis"]
