from dataclasses import replace

import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.agents import load_agents
from kinescape.knowledge.network import load_core_network
from kinescape.measurements.table import Measurements
from kinescape.model.fitted_model import FittedModel, fit_model
from kinescape.model.query import Query, measured_agents, read_query


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
