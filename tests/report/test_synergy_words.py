"""Sentences of scored combinations: numbers as the tables have them, and what is not known said as such."""

from kinescape.report.synergy_words import evidence, headline

ROW = {
    "drugs": "A + B",
    "sample": "S1",
    "bliss": 18.46,
    "bliss_low": None,
    "bliss_high": None,
    "hsa": -3.0,
    "noise": "none",
    "replicates": 1,
    "convention": "kinescape",
    "musyc_status": "fitted",
    "alpha12": 10000.0,
    "alpha12_low": 35.2,
    "alpha12_high": 10000.0,
    "alpha21": 2.0,
    "alpha21_low": None,
    "alpha21_high": None,
    "beta": 0.2,
    "beta_low": 0.1,
    "beta_high": 0.3,
}


def test_the_heading_and_the_interval_have_the_same_decimals():
    assert headline(ROW, "bliss") == "A + B in S1: 18.5 percentage points more inhibition than Bliss expects"
    assert "3.00 percentage points less" in headline(ROW, "hsa")
    sentences = evidence({**ROW, "bliss_low": 12.04, "bliss_high": 24.88, "noise": "wells"}, "bliss", 0.95)
    assert "12" in sentences[0] and "24.9" in sentences[0] and "scatter of repeated wells" in sentences[0]


def test_an_open_bound_and_a_missing_interval_are_said():
    (others, potency) = evidence(ROW, "bliss", 0.95)
    assert "HSA" in others
    assert "A changes the potency of B at least 35-fold (the other end is open)" in potency
    assert "B changes the potency of A 2-fold (not bounded by these doses)" in potency
    assert evidence({**ROW, "musyc_status": "not converged"}, "bliss", 0.95)[-1] == "MuSyC: not converged."
