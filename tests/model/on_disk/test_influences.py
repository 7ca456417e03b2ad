import json
from dataclasses import replace
from pathlib import Path

import networkx
import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.network_formats import read_network
from kinescape.model.design import Design
from kinescape.model.fitted_model import FittedModel, fit_model
from kinescape.model.intervene import what_if
from kinescape.model.members import HIERARCHICAL, RIDGE, SATURATING, members_with
from kinescape.model.on_disk.edge_strengths import STRENGTHS, edge_strengths, write_edge_strengths
from kinescape.model.on_disk.influences import INFLUENCES_SCHEMA, effective_influences
from kinescape.model.on_disk.model_folder import write_model_folder
from kinescape.model.prior import Wiring


@pytest.fixture(scope="module")
def fitted(planted: tuple[Design, Wiring]) -> FittedModel:
    design, wiring = planted
    by_name = {member.name: member for member in members_with(wiring)}
    fits = {(0, name): by_name[name].fit(design) for name in (RIDGE.name, HIERARCHICAL.name, SATURATING)}
    plain = fit_model([design], dataset="planted")
    return replace(plain, fits=fits, wiring=wiring)


@pytest.fixture(scope="module")
def influences(fitted: FittedModel) -> pl.DataFrame:
    return effective_influences(fitted, nodes=["n4", "n11"])


def test_every_source_sample_and_readout(influences: pl.DataFrame) -> None:
    assert list(influences.columns) == list(INFLUENCES_SCHEMA)
    assert influences.height == (10 + 2) * 2 * 16
    assert set(influences.filter(pl.col("kind") == "node")["source"]) == {"n4", "n11"}
    own = influences.filter((pl.col("source") == "i1") & (pl.col("readout") == "p-n3"))
    assert (own["high"] < 0).all()
    assert set(own["rests_on"]) == {"this agent"}


def test_they_are_the_answers_of_queries(fitted: FittedModel, influences: pl.DataFrame) -> None:
    asked = what_if(fitted, block=["n4"], samples=["A"]).sort("readout")
    found = influences.filter((pl.col("source") == "n4") & (pl.col("sample") == "A")).sort("readout")
    gap = (asked["mean"] - found["mean"]).abs().max()
    assert isinstance(gap, float)
    assert gap < 0.05


def test_networks_carry_strengths(fitted: FittedModel, tmp_path: Path) -> None:
    edges = edge_strengths(fitted)
    assert edges is not None
    folder = write_model_folder(fitted, tmp_path / "model")
    graph = networkx.read_graphml(folder / "fitted_network.graphml")
    first = edges.row(0, named=True)
    held = graph.get_edge_data(first["source"], first["target"])
    fields = held if "strength" in held else held[0]
    assert fields["strength"] == pytest.approx(first["strength"])
    assert fields["strength_low"] < fields["strength"] < fields["strength_high"]
    fragments = json.loads((folder / "fitted_network.cx2").read_text())
    links = next(part["edges"] for part in fragments if "edges" in part)
    assert len(links) == edges.height
    assert all(set(STRENGTHS) <= set(link["v"]) for link in links)
    for name in ("fitted_network.graphml", "fitted_network.cx2"):
        assert {(e.source, e.target, e.sign) for e in read_network(folder / name).edges} == set(
            edges.select("source", "target", "sign").iter_rows()
        )
    assert pl.read_parquet(folder / "influences.parquet").height > 0
    assert (folder / "influences.tsv").read_text().startswith("source\tkind")


def test_other_suffixes_are_refused(fitted: FittedModel, tmp_path: Path) -> None:
    edges = edge_strengths(fitted)
    assert edges is not None
    with pytest.raises(InputError, match="no suffix that carries strengths"):
        write_edge_strengths(edges, tmp_path / "network.sif")


def test_without_a_network_there_are_the_agents(fitted: FittedModel) -> None:
    bare = replace(fitted, wiring=None)
    assert set(effective_influences(bare)["kind"]) == {"agent"}
    assert edge_strengths(replace(bare, fits={})) is None
