"""Numbers in words keep their value and never show NaN."""

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from kinescape.report import wording

finite = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)


def read_back(text: str) -> float:
    return float(text.replace("−", "-").replace(",", "").replace("+", ""))


@given(finite.filter(lambda value: abs(value) >= 1e-4))
def test_a_number_reads_back_within_its_digits(value: float) -> None:
    assert math.isclose(
        read_back(wording.number(value)), value, rel_tol=0.06, abs_tol=0.5 if abs(value) > 100 else 0
    )


@given(st.sampled_from([None, math.nan]))
def test_what_is_missing_is_a_dash(value: float | None) -> None:
    for words in (wording.number, wording.count, wording.percent, wording.probability):
        assert words(value) == wording.MISSING
    assert wording.estimate(value, 1.0, 2.0) == wording.MISSING


@given(finite, finite, finite)
def test_numbers_of_one_estimate_have_the_same_decimals(value: float, low: float, high: float) -> None:
    text = wording.estimate(value, low, high)
    if "×" not in text:
        places = {len(part.partition(".")[2]) for part in re.findall(r"[0-9,]+(?:\.[0-9]+)?", text)}
        assert len(places) == 1


def test_small_numbers_are_not_rounded_to_nothing() -> None:
    assert wording.number(0.0034) == "0.0034"
    assert wording.number(-0.0000034) == "−3.4 × 10⁻⁶"
    assert wording.probability(1e-9) == "< 0.001"


def test_a_rounded_zero_has_no_minus_sign() -> None:
    assert wording.estimate(0.27, -0.0013, 0.55) == "0.27 (0.00 to 0.55)"


def test_lists_read_as_sentences() -> None:
    assert wording.listing([]) == ""
    assert wording.listing(["a"]) == "a"
    assert wording.listing(["a", "b"], last="or") == "a or b"
    assert wording.listing(list("abcde"), most=2) == "a, b and 3 more"
    assert wording.plural(1, "pair") == "1 pair" and wording.plural(2000, "pair") == "2,000 pairs"
