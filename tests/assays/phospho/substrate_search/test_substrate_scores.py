"""How evidence is weighed."""

import numpy as np
import pytest

from kinescape.assays.phospho.substrate_search.substrate_scores import (
    log_odds,
    rank_among_kinases,
    sequence_and_co_regulation,
)


def test_rank_of_a_kinase_at_each_site() -> None:
    percentiles = np.array([[0.9, 0.5, 0.1, np.nan], [0.2, 0.2, 0.2, np.nan], [np.nan, 0.5, 0.5, 0.5]])
    rank = rank_among_kinases(percentiles, 0)
    assert rank[:2].tolist() == pytest.approx([2.5 / 3, 0.5])
    assert np.isnan(rank[2])


def test_each_evidence_raises_the_odds_and_missing_ones_do_not_move_them() -> None:
    nan = np.array([np.nan])
    nothing = sequence_and_co_regulation(nan, nan, np.zeros(1))
    assert nothing == 0
    fits = sequence_and_co_regulation(np.array([0.95]), np.array([0.9]), np.zeros(1))
    both = sequence_and_co_regulation(np.array([0.95]), np.array([0.9]), np.array([0.5]))
    assert nothing < fits < both
    assert log_odds(0.01, fits, np.array([2.0])) > log_odds(0.01, fits, np.array([0.0]))
    assert log_odds(0.01, fits, nan) == log_odds(0.01, fits, None)
    assert log_odds(0.5, None, None) == 0
