"""SBML-qual, read and written through python-libsbml."""

import importlib

import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.network import Edge, Network, load_core_network
from kinescape.knowledge.network_formats import read_network, sbml_qual, write_network

NETWORK = Network(
    [
        Edge("EGFR", "GRB2", 1),
        Edge("SPRY2", "GRB2", -1),
        Edge("CBL", "GRB2", 1),
        Edge("CBL", "GRB2", -1),
        Edge("X", "GRB2", 0),
        Edge("ERK1/2", "EGFR", -1),
        Edge("GRB2", "GRB2", 1),
    ],
    "mine",
    isolated=["LONE", "ERK1_2"],
)


def test_a_missing_library_says_how_to_get_it(tmp_path, monkeypatch):
    real = importlib.import_module

    def without(name, package=None):
        if name == "libsbml":
            raise ImportError(name)
        return real(name, package)

    monkeypatch.setattr(sbml_qual.importlib, "import_module", without)
    with pytest.raises(InputError, match=r"kinescape\[sbml\]"):
        sbml_qual.write(NETWORK, tmp_path / "net.sbml")
    assert not (tmp_path / "net.sbml").exists()


@pytest.fixture
def libsbml():
    return pytest.importorskip("libsbml", reason="python-libsbml is not installed")


def test_signs_come_back(tmp_path, libsbml):
    notes = write_network(NETWORK, tmp_path / "net.sbml")
    found = read_network(tmp_path / "net.sbml")
    assert {edge.relation[:3] for edge in found.edges} == {edge.relation[:3] for edge in NETWORK.edges}
    assert found.nodes == NETWORK.nodes
    assert found.name == "mine"
    assert notes == ()


def test_libsbml_finds_no_error_in_what_we_write(tmp_path, libsbml):
    """Oracle: libsbml's own consistency check."""
    write_network(load_core_network(), tmp_path / "core.sbml")
    document = libsbml.readSBMLFromFile(str(tmp_path / "core.sbml"))
    document.checkConsistency()
    errors = [document.getError(number) for number in range(document.getNumErrors())]
    assert [error.getMessage() for error in errors if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR] == []
    assert document.getModel().getPlugin("qual").getNumQualitativeSpecies() == len(load_core_network().nodes)


def test_the_function_is_any_activator_and_no_inhibitor(tmp_path, libsbml):
    write_network(NETWORK, tmp_path / "net.sbml")
    document = libsbml.readSBMLFromFile(str(tmp_path / "net.sbml"))
    qual = document.getModel().getPlugin("qual")
    terms = {
        qual.getTransition(number).getId(): libsbml.formulaToL3String(
            qual.getTransition(number).getFunctionTerm(0).getMath()
        )
        for number in range(qual.getNumTransitions())
    }
    assert terms["t_s_EGFR"] == "s_ERK1_2 < 1"
    assert terms["t_s_GRB2"].count("||") == 1
    assert "s_SPRY2 < 1" in terms["t_s_GRB2"]


def test_two_names_with_one_identifier_stay_two(tmp_path, libsbml):
    write_network(NETWORK, tmp_path / "net.sbml")
    assert {"ERK1/2", "ERK1_2"} <= set(read_network(tmp_path / "net.sbml").nodes)


def test_the_same_network_gives_the_same_bytes(tmp_path, libsbml):
    for number in (1, 2):
        write_network(NETWORK, tmp_path / f"{number}.sbml")
    assert (tmp_path / "1.sbml").read_bytes() == (tmp_path / "2.sbml").read_bytes()


@pytest.mark.parametrize("text", ["", "no xml", "<sbml/>"])
def test_what_is_no_sbml(tmp_path, libsbml, text):
    (tmp_path / "net.sbml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_network(tmp_path / "net.sbml")


def test_an_sbml_model_without_qual(tmp_path, libsbml):
    document = libsbml.SBMLDocument(3, 1)
    document.createModel()
    (tmp_path / "net.xml").write_text(libsbml.writeSBMLToString(document), encoding="utf-8")
    with pytest.raises(InputError, match="no qualitative model"):
        read_network(tmp_path / "net.xml")
