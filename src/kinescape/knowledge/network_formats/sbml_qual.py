"""SBML-qual, the qualitative models of the Systems Biology Markup Language (GINsim, CellNOpt).

Needs python-libsbml: ``pip install "kinescape[sbml]"``. An input of a transition becomes an edge to each of
its outputs, with the input's sign; ``dual`` gives two edges, ``unknown`` an edge of sign 0. On writing, the
transition's function is: any activator present, and no inhibitor.
"""

from __future__ import annotations

import importlib
import re
import warnings
from pathlib import Path
from typing import Any

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.writing import write_text
from kinescape.knowledge.delimited import read_text
from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.network_formats.evidence import assembled, losses
from kinescape.knowledge.network_formats.xml_safety import tell_unsafe_xml

_LEVEL, _VERSION, _QUAL = 3, 1, 1


def _libsbml() -> Any:
    try:
        with warnings.catch_warnings():
            # Its SWIG wrappers warn on import under recent Pythons; nobody can act on that here.
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module("libsbml")
    except ImportError as error:
        raise InputError(
            Fault(
                "libsbml-missing",
                "SBML-qual needs python-libsbml, which is not installed",
                mend='install it with: pip install "kinescape[sbml]"',
            )
        ) from error


def read(path: Path, faults: Faults) -> Network | None:
    """Read the qualitative model of an SBML file.

    Raises
    ------
    InputError
        Where python-libsbml is not installed.
    """
    libsbml = _libsbml()
    text = read_text(path, faults)
    if text is None or tell_unsafe_xml(text, path, faults):
        return None
    document = libsbml.readSBMLFromString(text)
    for number in range(document.getNumErrors()):
        error = document.getError(number)
        if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            message = " ".join(str(error.getShortMessage()).split())
            faults.add("sbml-broken", message, file=path, row=int(error.getLine()) or None)
    model = document.getModel()
    qual = model.getPlugin("qual") if model is not None else None
    if qual is None:
        faults.add(
            "sbml-no-qual",
            "this SBML file holds no qualitative model",
            file=path,
            expected="the package 'qual' (qualitativeSpecies and transitions)",
        )
        return None
    if faults.errors:
        return None
    names: dict[str, str] = {}
    for number in range(qual.getNumQualitativeSpecies()):
        species = qual.getQualitativeSpecies(number)
        names[species.getId()] = species.getName() or species.getId()
    signs: dict[int, tuple[int, ...]] = {
        libsbml.INPUT_SIGN_POSITIVE: (1,),
        libsbml.INPUT_SIGN_NEGATIVE: (-1,),
        libsbml.INPUT_SIGN_DUAL: (1, -1),
    }
    edges = []
    for number in range(qual.getNumTransitions()):
        transition = qual.getTransition(number)
        outputs = [transition.getOutput(k).getQualitativeSpecies() for k in range(transition.getNumOutputs())]
        for place in range(transition.getNumInputs()):
            given = transition.getInput(place)
            source = given.getQualitativeSpecies()
            for target in outputs:
                lacking = [end for end in (source, target) if end not in names]
                if lacking:
                    found = f"the transition '{transition.getId()}' names '{lacking[0]}', which is no species"
                    faults.add("sbml-species", found, file=path)
                    continue
                for sign in signs.get(given.getSign(), (0,)):
                    edges.append(Edge(names[source], names[target], sign))
    network = model.getName() or model.getId() or "network"
    return assembled(edges, faults, file=path, isolated=names.values(), name=network)


def write(network: Network, path: Path) -> tuple[Fault, ...]:
    """Write an SBML level 3 file with a qualitative model.

    Raises
    ------
    InputError
        Where python-libsbml is not installed.
    """
    libsbml = _libsbml()
    namespaces = libsbml.SBMLNamespaces(_LEVEL, _VERSION, "qual", _QUAL)
    document = libsbml.SBMLDocument(namespaces)
    document.setPackageRequired("qual", True)
    model = document.createModel()
    model.setId("network")
    model.setName(network.name)
    compartment = model.createCompartment()
    compartment.setId("cell")
    compartment.setConstant(True)
    qual = model.getPlugin("qual")
    identifiers = _identifiers(network.nodes)
    for node in network.nodes:
        species = qual.createQualitativeSpecies()
        species.setId(identifiers[node])
        species.setName(node)
        species.setCompartment("cell")
        species.setConstant(False)
        species.setMaxLevel(1)
    for node in network.nodes:
        if network.edges_to(node):
            _write_transition(libsbml, qual, network, node, identifiers)
    # No date and no program version: the same network gives the same bytes.
    content = libsbml.writeSBMLToString(document)
    content = re.sub(r"<!-- Created by .*? -->\n?", "", content, flags=re.DOTALL)
    write_text(path, content if content.endswith("\n") else content + "\n")
    return losses(network, path, "SBML-qual", {"unsigned", "isolated"})


def _identifiers(nodes: tuple[str, ...]) -> dict[str, str]:
    """An SBML identifier (letters, digits, _) for each node, each its own."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for node in nodes:
        plain = "s_" + re.sub(r"[^A-Za-z0-9_]", "_", node)
        number, candidate = 1, plain
        while candidate in taken:
            number += 1
            candidate = f"{plain}_{number}"
        taken.add(candidate)
        found[node] = candidate
    return found


def _write_transition(
    libsbml: Any, qual: Any, network: Network, node: str, identifiers: dict[str, str]
) -> None:
    signs: dict[str, set[int]] = {}
    for edge in network.edges_to(node):
        signs.setdefault(edge.source, set()).add(edge.sign)
    transition = qual.createTransition()
    transition.setId(f"t_{identifiers[node]}")
    output = transition.createOutput()
    output.setId(f"o_{identifiers[node]}")
    output.setQualitativeSpecies(identifiers[node])
    output.setTransitionEffect(libsbml.OUTPUT_TRANSITION_EFFECT_ASSIGNMENT_LEVEL)
    activators, inhibitors = [], []
    for source in sorted(signs):
        given = transition.createInput()
        given.setId(f"i_{identifiers[node]}_{identifiers[source]}")
        given.setQualitativeSpecies(identifiers[source])
        given.setTransitionEffect(libsbml.INPUT_TRANSITION_EFFECT_NONE)
        found = signs[source] - {0}
        if len(found) == 2:
            given.setSign(libsbml.INPUT_SIGN_DUAL)
        elif found == {1}:
            given.setSign(libsbml.INPUT_SIGN_POSITIVE)
            activators.append(f"({identifiers[source]} >= 1)")
        elif found == {-1}:
            given.setSign(libsbml.INPUT_SIGN_NEGATIVE)
            inhibitors.append(f"({identifiers[source]} < 1)")
        else:
            given.setSign(libsbml.INPUT_SIGN_UNKNOWN)
    default = transition.createDefaultTerm()
    default.setResultLevel(0)
    conditions = [f"({' || '.join(activators)})"] if activators else []
    conditions += inhibitors
    if conditions:
        term = transition.createFunctionTerm()
        term.setResultLevel(1)
        term.setMath(libsbml.parseL3Formula(" && ".join(conditions)))
