"""Studies that stumble a model: each is told in its own words, and what can be fitted still is."""

from dataclasses import replace

import numpy as np
import polars as pl

from kinescape.foundation.issues import Fault
from kinescape.knowledge.network import Edge, Network
from kinescape.measurements.table import Measurements
from kinescape.model.design import Design, Rows, build_design
from kinescape.model.fit_notes import model_checks
from kinescape.model.fitted_model import fit_model
from kinescape.model.members import RIDGE, RIDGE_POOLED
from kinescape.model.phenotypes.phenotype_choice import compare_levels
from kinescape.model.predict import predict_conditions
from kinescape.model.prior import Wiring, wiring_of


def _texts(notes: tuple[Fault, ...]) -> dict[str, str]:
    return {note.code: note.text for note in notes}


def test_agents_without_targets_are_named(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    assert "agent-without-targets" not in _texts(model_checks([design], wiring))
    text = _texts(model_checks([design.with_agents(["mystery"])], wiring))["agent-without-targets"]
    assert "no target of mystery" in text
    assert "one-hot" in text
    assert "agents.tsv" in text


def _table(values: dict[tuple[str, str], float]) -> Measurements:
    rows = [("A", c, r, r, v, "log2_fold_change", "made") for (c, r), v in values.items()]
    columns = ["sample", "condition", "node", "readout", "value", "scale", "assay"]
    return Measurements.from_frame(pl.DataFrame(rows, schema=columns, orient="row"))


def test_once_constant_collinear_and_few_are_told_and_fitted() -> None:
    """x and y always come together; p-AKT is constant, p-S6 was measured once; five conditions."""
    conditions = ["x 1 uM + y 1 uM", "z 1 uM", "v 1 uM", "w 1 uM", "v 1 uM + w 1 uM"]
    values = {(c, "p-ERK1/2"): 0.3 * at for at, c in enumerate(conditions)}
    values |= {(c, "p-AKT"): 0.5 for c in conditions} | {("z 1 uM", "p-S6"): 1.0}
    model = fit_model(_table(values))
    told = _texts(model.notes)
    assert "p-S6 was measured in one condition only" in told["readout-once"]
    assert "p-AKT has the same value in all 5 rows" in told["readout-constant"]
    assert "x and y were always given together" in told["agents-collinear"]
    assert "baselines only" in told["few-conditions"]
    assert {choice.method for choice in model.choices} == {RIDGE.name, RIDGE_POOLED.name}
    answer = predict_conditions(model, ["v 1 uM + z 1 uM"], readouts=["p-ERK1/2", "p-AKT"])
    assert np.isfinite(answer["mean"].to_numpy()).all()


def test_five_thousand_nodes_and_two_thousand_conditions_are_estimated_first() -> None:
    random = np.random.default_rng(0)
    names = [f"n{at}" for at in range(5000)]
    pairs = random.integers(0, 5000, size=(10_000, 2))
    edges = [Edge(names[a], names[b], 1) for a, b in pairs if a != b]
    wiring = wiring_of(Network(edges, isolated=names), {f"i{at}": {f"n{at}": -1} for at in range(20)})
    columns = ["sample", "condition", "node", "readout", "value", "scale", "assay"]
    small = [("A", f"i{at} 1 uM", "n1", "p-n1", 0.1 * at, "log2_fold_change", "made") for at in range(20)]
    one = build_design(Measurements.from_frame(pl.DataFrame(small, schema=columns, orient="row")))
    rows = Rows(
        np.zeros(2000, dtype=np.int64),
        np.array([f"c{at}" for at in range(2000)], dtype=str),
        random.uniform(size=(2000, 20)),
    )
    large = replace(
        one,
        rows=rows,
        response=np.zeros((2000, 5000)),
        readouts=tuple(f"p-{name}" for name in names),
        readout_nodes=tuple((name,) for name in names),
    )
    told = _texts(model_checks([large], wiring))
    assert "2000 rows and 5000 readouts" in told["memory"]
    assert "GB to fit" in told["memory"]
    assert "left out: saturating_network" in told["too-large"]
    assert "GB, more than 4 GB" in told["too-large"]


def test_no_pairs_to_hold_out() -> None:
    values = {(f"{name} 1 uM", "viability"): 0.1 for name in "vwxyz"}
    assert compare_levels([build_design(_table(values))]).is_empty()
