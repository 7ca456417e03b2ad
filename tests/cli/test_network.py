"""`kinescape network`: thin shells, said for people and for machines."""

import json

import pytest
from typer.testing import CliRunner

from kinescape.cli.network import network
from kinescape.foundation.errors import InputError
from kinescape.knowledge.network import load_core_network
from kinescape.knowledge.network_formats import read_network


@pytest.fixture
def run():
    def call(*words):
        return CliRunner().invoke(network, [str(word) for word in words], catch_exceptions=True)

    return call


@pytest.fixture
def sif(tmp_path):
    path = tmp_path / "mine.sif"
    path.write_text("RAF -> MEK1/2\nDUSP6 -| MAPK1\nMAPK1 ? viability\n", encoding="utf-8")
    return path


def test_info_of_the_core_network(run):
    done = run("info", "--json")
    found = json.loads(done.stdout)
    core = load_core_network()
    assert done.exit_code == 0
    assert (found["nodes"], found["edges"]) == (len(core.nodes), len(core))
    assert found["share_referenced"] == pytest.approx(core.share_referenced)
    assert found["licences"]


def test_info_for_people(run, sif):
    done = run("info", sif)
    assert done.exit_code == 0
    for words in ("mine", "nodes", "with a paper", "0.0 %", "not stated", "viability"):
        assert words in done.stdout


def test_convert_says_what_is_lost(run, tmp_path):
    table = tmp_path / "mine.tsv"
    table.write_text("source\ttarget\tsign\treferences\nA\tB\t1\tPMID:7\n", encoding="utf-8")
    done = run("convert", table, tmp_path / "mine.bnet")
    assert done.exit_code == 0
    assert "cannot carry the references of 1 edge" in done.output
    assert (tmp_path / "mine.bnet").read_text() == "targets, factors\nA, A\nB, A\n"


def test_convert_expands_families_when_asked(run, sif, tmp_path):
    done = run("convert", sif, tmp_path / "mine.graphml", "--expand", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["edges"] == 3 * 2 + 2
    assert "ARAF" in read_network(tmp_path / "mine.graphml")


def test_check_tells_warnings_and_succeeds(run, sif):
    done = run("check", sif, "--json")
    assert done.exit_code == 0
    codes = {fault["code"] for fault in json.loads(done.stdout)["faults"]}
    assert {"edges-unsigned", "names-of-families", "edges-unreferenced"} <= codes


def test_a_faulty_file_tells_all_faults_and_writes_nothing(run, tmp_path):
    table = tmp_path / "bad.csv"
    table.write_text("source,target,sign\nA,,1\nB,C,sideways\n", encoding="utf-8")
    done = run("convert", table, tmp_path / "out.sif")
    assert isinstance(done.exception, InputError)
    assert [fault.row for fault in done.exception.faults] == [2, 3]
    assert done.exception.exit_status == 2
    assert not (tmp_path / "out.sif").exists()


def test_without_a_command_there_is_help(run):
    assert "convert" in run("--help").stdout


def test_fetch_lists_what_there_is(run):
    found = json.loads(run("fetch", "--json").stdout)
    assert found["networks"]
    assert all(entry["licence"] and entry["citation"] for entry in found["networks"].values())


def test_fetch_wants_a_place_to_write_to(run):
    done = run("fetch", "crc14/data/base/PKN.sif")
    assert isinstance(done.exception, InputError)


@pytest.mark.real_data
def test_fetch_writes_the_network(run, real_data, monkeypatch, tmp_path):
    monkeypatch.setenv("KINESCAPE_DATA", str(real_data))
    done = run("fetch", "crc14/data/base/PKN.sif", tmp_path / "crc.tsv", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["edges"] == 86
    assert len(read_network(tmp_path / "crc.tsv")) == 86
