"""Public networks: found, checked, licensed."""

import pytest

from kinescape.foundation.errors import InputError
from kinescape.foundation.provenance import sha256_file
from kinescape.knowledge import network_sources
from kinescape.knowledge.network_sources import fetch_network, fetchable_networks
from kinescape.knowledge.resources import Resource


@pytest.fixture
def own_source(tmp_path, monkeypatch):
    file = tmp_path / "origin" / "tiny.sif"
    file.parent.mkdir()
    file.write_text("A -> B\nB -| C\n", encoding="utf-8")
    one = Resource(
        "lab/tiny.sif", file.as_uri(), "lab/tiny.sif", sha256_file(file), 14, "CC0-1.0", "Us (2026)"
    )
    monkeypatch.setattr("kinescape.knowledge.resources.resources", lambda: {one.name: one})
    monkeypatch.setattr(network_sources, "resources", lambda: {one.name: one})
    monkeypatch.delenv("KINESCAPE_DATA", raising=False)
    monkeypatch.setenv("KINESCAPE_CACHE", str(tmp_path / "cache"))
    return one


def test_a_network_is_fetched_with_its_licence_told_first(own_source):
    told = []
    network = fetch_network("lab/tiny.sif", announce=told.append)
    assert [edge.arrow for edge in network.edges] == ["A → B", "B ⊣ C"]
    assert (network.name, network.licence) == ("lab/tiny.sif", "CC0-1.0")
    assert len(told) == 1 and "CC0-1.0" in told[0] and "Us (2026)" in told[0]
    fetch_network("lab/tiny.sif", announce=told.append)
    assert len(told) == 1  # from the cache


def test_an_unknown_network_offers_the_nearest(own_source):
    with pytest.raises(InputError, match=r"did you mean 'lab/tiny\.sif'"):
        fetch_network("lab/tinny.sif")


def test_tables_are_no_networks():
    assert all(not name.endswith((".tsv", ".csv")) for name in fetchable_networks())
    assert fetchable_networks()


@pytest.mark.real_data
def test_each_public_network_that_is_at_hand_can_be_read(real_data, monkeypatch):
    monkeypatch.setenv("KINESCAPE_DATA", str(real_data))
    for name, one in fetchable_networks().items():
        if (real_data / one.path).is_file():
            assert len(fetch_network(name)) > 0
