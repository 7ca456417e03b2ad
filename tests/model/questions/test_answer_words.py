from dataclasses import replace

import numpy as np
import pytest

from kinescape.measurements.conditions import Condition
from kinescape.measurements.table import Measurements
from kinescape.model.baselines import fit_mean, fit_ridge
from kinescape.model.design import Design, build_design, collinear_agents
from kinescape.model.predict import fit_model, predict_conditions
from kinescape.model.questions.answer_words import (
    HARDLY_MEASURED,
    NEVER_VARIED,
    NO_COMBINATION,
    NOTHING_OVER,
    condition_words,
    interval_words,
    with_words,
)


@pytest.fixture(scope="module")
def singles(small_study: Measurements) -> Design:
    texts = ["MEKi 100 nM", "AKTi 1 uM", "ERKi 1 uM"]
    return build_design(small_study.where(condition=texts, sample="A", assay="made"))


def asked(design: Design, text: str):
    return design.rows_for("A", [Condition.parse(text)])


def test_an_interval_without_residuals_says_so(singles: Design) -> None:
    rows = asked(singles, "MEKi 100 nM + AKTi 1 uM")
    assert interval_words(fit_ridge(singles), rows, 0, 0) == NOTHING_OVER
    assert interval_words(fit_mean(singles), rows, 0, 0) == ""


def test_a_readout_measured_once_and_a_constant_one_say_so(singles: Design) -> None:
    response = singles.response.copy()
    response[:2, 0] = np.nan
    response[:, 1] = 0.7
    fit = fit_ridge(replace(singles, response=response))
    rows = asked(singles, "MEKi 100 nM + AKTi 1 uM")
    assert interval_words(fit, rows, 0, 0) == HARDLY_MEASURED
    assert interval_words(fit, rows, 0, 1) == NEVER_VARIED


def test_a_study_with_residuals_needs_no_word(small_study: Measurements) -> None:
    design = build_design(small_study)
    rows = asked(design, "AKTi 0.1 uM + MEKi 10 nM")
    assert interval_words(fit_ridge(design), rows, 0, 0) == ""
    assert condition_words(design, collinear_agents(design), rows, 0) == ""


def test_effects_that_are_added_untested_say_so(singles: Design) -> None:
    assert condition_words(singles, (), asked(singles, "MEKi 100 nM + AKTi 1 uM"), 0) == NO_COMBINATION
    assert condition_words(singles, (), asked(singles, "MEKi 100 nM"), 0) == ""


def test_agents_that_were_always_together_are_named_when_one_is_asked_for(small_study: Measurements) -> None:
    design = build_design(small_study.where(condition=["AKTi 1 uM + MEKi 100 nM", "ERKi 1 uM"]))
    groups = collinear_agents(design)
    said = condition_words(design, groups, asked(design, "MEKi 100 nM"), 0)
    assert said.startswith("AKTi and MEKi were always given together: what MEKi does without the rest")
    assert condition_words(design, groups, asked(design, "AKTi 1 uM + MEKi 100 nM"), 0) == ""


def test_the_words_stand_in_the_basis_of_a_prediction(small_study: Measurements) -> None:
    few = small_study.where(condition=["MEKi 100 nM", "AKTi 1 uM", "ERKi 1 uM"])
    answer = predict_conditions(fit_model(few), ["MEKi 100 nM + AKTi 1 uM"], samples=["A"])
    signals = answer.filter(answer["readout"] != "viability")
    assert all(NOTHING_OVER in basis and NO_COMBINATION in basis for basis in signals["basis"])
    assert signals["low"].null_count() == 0
    assert with_words("", "a", "") == "a"
