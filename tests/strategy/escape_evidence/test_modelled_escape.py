"""Escape routes in a model of the study's own cells."""

import math

import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.agents import load_agents
from kinescape.knowledge.network import load_core_network
from kinescape.measurements.table import Measurements
from kinescape.model.predict import designs_for, fit_model
from kinescape.strategy.escape import MODELLED_ROUTES, escape_routes
from kinescape.strategy.escape_evidence.modelled_escape import modelled_escapes

DRUGS = {"gefitinib": "EGFR", "trametinib": "MAPK1", "MK-2206": "AKT1", "capmatinib": "MET"}


def table() -> Measurements:
    """Four drugs alone and in pairs, their readouts and viability, by a formula."""
    rows = []
    names = list(DRUGS)
    conditions = [(name,) for name in names] + [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    for number, condition in enumerate(conditions):
        text = " + ".join(f"{name} 1 uM" for name in condition)
        for node in DRUGS.values():
            hit = any(DRUGS[name] == node for name in condition)
            rows.append((text, node, f"p-{node}", -1.5 * hit + 0.05 * math.sin(number), "log2_fold_change"))
        rows.append((text, "viability", "viability", 0.6 ** len(condition), "fraction_of_control"))
    schema = ["condition", "node", "readout", "value", "scale"]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Measurements.from_frame(frame.with_columns(sample=pl.lit("A"), assay=pl.lit("t")))


@pytest.fixture(scope="module")
def model():
    agents, network = load_agents(), load_core_network()
    return fit_model(designs_for(table(), agents=agents), agents=agents, network=network, seed=1)


def test_the_first_routes_are_moved_under_the_drug(model):
    routes = escape_routes("gefitinib", model=model, given="gefitinib 1 uM", sample="A").routes
    modelled = [route.modelled for route in routes[:MODELLED_ROUTES] if route.modelled is not None]
    assert len(modelled) > 10
    assert all(route.modelled is None for route in routes[MODELLED_ROUTES:])
    for found in modelled:
        assert found.condition == "gefitinib 1 uM"
        assert math.isfinite(found.mean)
        assert found.low <= found.mean <= found.high
        assert found.restored == pytest.approx(found.mean - found.under_drug)


def test_the_rank_does_not_move(model):
    plain = escape_routes("gefitinib")
    with_model = escape_routes("gefitinib", model=model, given="gefitinib 1 uM", sample="A")
    assert [route.gene for route in plain.routes] == [route.gene for route in with_model.routes]
    assert with_model.as_dict(top=1)["routes"][0]["modelled"]["readout"] == "viability"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sample": "B", "readout": "viability"}, "no sample 'B'"),
        ({"sample": "A", "readout": "invasion"}, "no readout 'invasion'"),
    ],
)
def test_what_the_model_does_not_hold_is_told(model, options, words):
    with pytest.raises(InputError, match=words):
        modelled_escapes(model, "gefitinib 1 uM", {"MET": "gain"}, **options)


def test_a_model_without_a_network_and_a_drug_without_a_dose_are_told(model):
    with pytest.raises(InputError, match="without a network"):
        modelled_escapes(
            fit_model(table()), "gefitinib 1 uM", {"MET": "gain"}, sample="A", readout="viability"
        )
    with pytest.raises(InputError, match="given = the drug"):
        escape_routes("gefitinib", model=model)


def test_nothing_to_move_is_nothing_found(model):
    assert (
        modelled_escapes(model, "gefitinib 1 uM", {"NOGENE": "gain"}, sample="A", readout="viability") == {}
    )
