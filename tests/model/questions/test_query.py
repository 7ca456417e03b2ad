from dataclasses import replace

import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.agents import load_agents
from kinescape.knowledge.network import load_core_network
from kinescape.measurements.conditions import Condition
from kinescape.measurements.table import Measurements
from kinescape.model.fitted_model import FittedModel, fit_model
from kinescape.model.questions.query import Query, measured_agents, read_query


@pytest.fixture(scope="module")
def fitted(small_study: Measurements) -> FittedModel:
    return fit_model(small_study, agents=load_agents(), network=load_core_network())


def ask(fitted: FittedModel, **changed: object) -> Query:
    words: dict[str, object] = {
        "block": (),
        "push": (),
        "fix": {},
        "given": "control",
        "own_target_sign": {},
        "samples": None,
        "readouts": None,
    }
    return read_query(fitted, **{**words, **changed})  # type: ignore[arg-type]


def test_text_and_names(fitted: FittedModel) -> None:
    query = ask(fitted, block=("AXL", "PLX4032"), push=("MET",), fix={"MAPK1": -1.0}, given="MEKi 10 nM")
    parts = query.text.split(" + ")
    assert sorted(parts) == ["FIX:MAPK1=-1", "KO:AXL", "MEKi 10 nM", "OE:MET", "vemurafenib"]
    assert parts[-1] == "FIX:MAPK1=-1"
    assert {"KO:AXL", "vemurafenib", "MEKi", "KO:MAPK1"} <= query.agents
    assert {"AXL", "BRAF"} <= query.blocked_nodes


def test_a_share_of_an_agent(fitted: FittedModel) -> None:
    assert "MEKi" in measured_agents(fitted)
    assert ask(fitted, fix={"MEKi": 0.25}).text == "0.25 x MEKi"
    rows = ask(fitted, fix={"MEKi": 0.25}).rows(fitted.designs[0], "A")
    assert rows.dose[0, fitted.designs[0].agents.index("MEKi")] == 0.25


def test_silent_genes_take_their_inhibitors_along(fitted: FittedModel) -> None:
    gated = replace(fitted, not_expressed={"A": frozenset({"AXL", "BRAF", "RAF1", "ARAF"})})
    query = ask(gated, block=("AXL", "MAP2K1"), push=("BRAF",))
    acting, silent = query.acting_in("A", gated)
    assert silent == "KO:AXL"
    assert acting.agents == {"KO:MAP2K1", "OE:BRAF"}
    assert query.acting_in("B", gated) == (query, "")


def test_all_faults_at_once(fitted: FittedModel) -> None:
    with pytest.raises(InputError) as caught:
        ask(fitted, block=("AXLL",), fix={"MEKi": 3.0}, samples=["Q"], own_target_sign={"AXL": 5})
    assert len(caught.value.faults) == 4


def test_a_dose_without_unit_and_a_sign_of_nothing_are_told(fitted: FittedModel) -> None:
    with pytest.raises(InputError, match="the dose 5 of MEKi has no unit"):
        ask(fitted, block=("AXL",), given="MEKi 5")
    with pytest.raises(InputError, match="'MEKi 5 Gy' cannot be compared with the doses of this study"):
        ask(fitted, block=("AXL",), given="MEKi 5 Gy")
    with pytest.raises(InputError, match="own target AKT1, which nothing here blocks"):
        ask(fitted, block=("AXL",), own_target_sign={"AKT1": 1})
    with pytest.raises(InputError, match="own target AXL, which no readout of this study is on"):
        ask(fitted, block=("AXL",), own_target_sign={"AXL": 1})


@pytest.fixture(scope="module")
def knocked_down(small_study: Measurements) -> FittedModel:
    """The small study with a knock-down of MAPK1 in place of the ERK inhibitor."""
    texts = pl.col("condition").str.replace("ERKi 1 uM", "KD:MAPK1", literal=True)
    canonical = texts.map_elements(lambda text: Condition.parse(text).text, return_dtype=pl.String)
    frame = small_study.frame.with_columns(canonical.alias("condition"))
    return fit_model(Measurements.from_frame(frame), agents=load_agents(), network=load_core_network())


def test_a_measured_knock_down_is_asked_for_by_its_text_or_its_gene(knocked_down: FittedModel) -> None:
    assert ask(knocked_down, block=("KD:MAPK1",)).text == "KD:MAPK1"
    assert ask(knocked_down, block=("MAPK1",)).text == "KD:MAPK1"
    assert ask(knocked_down, block=("MAPK3",)).text == "KO:MAPK3"
    assert ask(knocked_down, given="KD:MAPK1", block=("MEKi",)).text == "KD:MAPK1 + MEKi"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"push": ("KD:MAPK1",)}, "KD:MAPK1 lowers its gene; block KD:MAPK1 instead"),
        ({"fix": {"KD:MAPK1": 0.5}}, "cannot be given in part"),
        ({"block": ("KD:AXL",)}, "neither a node of the network nor a known agent"),
    ],
)
def test_a_knock_down_is_no_other_thing(
    knocked_down: FittedModel, asked: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        ask(knocked_down, **asked)
