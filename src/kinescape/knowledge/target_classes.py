"""Target classes: what kind of thing a gene is, by its family or its place in the network.

A gene that no annotated family holds gets its class from the network: from the mechanism of its edges (what
removes phosphates is a phosphatase, what only binds receptors is a ligand), or else by a vote of its
neighbours. Every call carries its evidence, so that a reader can see why, and disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kinescape.knowledge.gene_families import Families, load_families
from kinescape.knowledge.network import PHENOTYPES, Edge, Network

UNKNOWN = "unknown"
PHENOTYPE = "phenotype"

# Classes that say what a gene *is*, not which pathway it works in: no vote of neighbours can give them, for
# the neighbour of a ligand is a receptor.
STRUCTURAL = frozenset(
    ["RTK", "ligand", "adaptor", "phosphatase", "transcription factor", "nuclear receptor", "GPCR", PHENOTYPE]
)

Basis = Literal["family", "position", "neighbours", "none"]


@dataclass(frozen=True, slots=True)
class TargetClass:
    """The class of a gene, and why.

    Parameters
    ----------
    gene : str
    name : str
        The class; ``unknown`` where nothing tells it.
    basis : {"family", "position", "neighbours", "none"}
        Annotated family, mechanism of its edges, vote of its neighbours, or nothing.
    evidence : str
        The reason in words.
    share : float
        How much of the evidence speaks for this class, 0 to 1.
    """

    gene: str
    name: str
    basis: Basis
    evidence: str
    share: float


def classify(gene: str, network: Network, families: Families | None = None) -> TargetClass:
    """The class of a gene with the evidence for it.

    Parameters
    ----------
    gene : str
        HGNC symbol.
    network : Network
        Where its neighbours are looked up when no family holds it.
    families : Families, optional
        The shipped annotation where it is left out.

    Returns
    -------
    TargetClass
        Of basis ``none`` and class ``unknown`` where neither tells anything.

    Examples
    --------
    >>> classify("EGFR", Network()).evidence
    'EGFR is of the HER family'
    """
    known = families or load_families()
    if gene in PHENOTYPES:
        return TargetClass(gene, PHENOTYPE, "family", f"{gene} is a phenotype", 1.0)
    if gene in known.class_of:
        family = known.family_of[gene]
        words = family if family.endswith("family") else f"family '{family}'"
        return TargetClass(gene, known.class_of[gene], "family", f"{gene} is of the {words}", 1.0)
    leaving = [edge for edge in network.edges_from(gene) if edge.target != gene]
    arriving = [edge for edge in network.edges_to(gene) if edge.source != gene]
    if not leaving and not arriving:
        return TargetClass(gene, UNKNOWN, "none", f"{gene} is in no family and has no edge here", 0.0)
    return _by_position(gene, leaving, arriving, known) or _by_neighbours(gene, network, known)


def target_class(gene: str, network: Network, families: Families | None = None) -> str:
    """The class of a gene, such as ``RTK`` or ``RAS-ERK``; `classify` says why.

    Examples
    --------
    >>> target_class("EGFR", Network()), target_class("MAP2K1", Network())
    ('RTK', 'RAS-ERK')
    """
    return classify(gene, network, families).name


def _by_position(
    gene: str, leaving: list[Edge], arriving: list[Edge], families: Families
) -> TargetClass | None:
    """The class that the mechanism of a gene's edges tells; None where they tell none."""

    def of_class(edges: list[Edge], end: Literal["source", "target"], *names: str) -> list[Edge]:
        return [edge for edge in edges if families.class_of.get(getattr(edge, end)) in names]

    def called(name: str, part: list[Edge], whole: list[Edge], words: str) -> TargetClass:
        share = len(part) / len(whole)
        return TargetClass(gene, name, "position", f"{words} ({len(part)} of {len(whole)} edges)", share)

    removing = [edge for edge in leaving if edge.mechanism.startswith("dephosphorylation")]
    transcribing = [edge for edge in leaving if edge.mechanism.startswith("transcription")]
    binding = [edge for edge in leaving if "binding" in edge.mechanism]
    to_receptors = [edge for edge in leaving if edge.mechanism == "ligand binding"]
    to_receptors = to_receptors or of_class(binding, "target", "RTK", "GPCR")
    from_ligands = of_class([edge for edge in arriving if "binding" in edge.mechanism], "source", "ligand")
    from_receptors = of_class(arriving, "source", "RTK")
    phosphorylating = [edge for edge in leaving if edge.mechanism.startswith("phosphorylation")]
    recruiting = of_class(leaving, "target", "adaptor")
    if len(removing) * 3 >= len(leaving) * 2 and removing:
        return called("phosphatase", removing, leaving, f"{gene} takes phosphates off its targets")
    if len(transcribing) * 3 >= len(leaving) * 2 and len(transcribing) >= 2:
        return called("transcription factor", transcribing, leaving, f"{gene} drives transcription")
    if to_receptors and len(to_receptors) * 3 >= len(leaving) * 2 and not from_receptors:
        return called("ligand", to_receptors, leaving, f"{gene} binds receptors")
    if from_ligands and (phosphorylating or recruiting):
        words = f"{gene} is bound by ligands and phosphorylates or recruits adaptors"
        return called("RTK", from_ligands, arriving, words)
    downstream = of_class(binding, "target", "RAS-ERK", "PI3K-mTOR", "SRC-ABL", "PLC-PKC", "adaptor")
    if from_receptors and downstream and len(binding) * 3 >= len(leaving) * 2:
        return called(
            "adaptor", downstream, leaving, f"{gene} links receptors to signalling proteins by binding"
        )
    return None


def _by_neighbours(gene: str, network: Network, families: Families) -> TargetClass:
    """The class most neighbours belong to, hubs counting less; second neighbours count a quarter."""
    votes: dict[str, float] = {}
    voters: dict[str, list[str]] = {}
    reached = {gene}
    frontier = {gene}
    for weight in (1.0, 0.25):
        step: dict[str, float] = {}
        for node in frontier:
            for edge in (*network.edges_from(node), *network.edges_to(node)):
                other = edge.target if edge.source == node else edge.source
                if other not in reached and other not in PHENOTYPES:
                    degree = len(network.edges_from(other)) + len(network.edges_to(other))
                    step[other] = 1.0 / degree**0.5
        for other, strength in sorted(step.items()):
            name = families.class_of.get(other)
            if name is not None and name not in STRUCTURAL:
                votes[name] = votes.get(name, 0.0) + weight * strength
                voters.setdefault(name, []).append(other)
        reached |= set(step)
        frontier = set(step)
    if not votes:
        return TargetClass(gene, UNKNOWN, "none", f"no neighbour of {gene} has a pathway class", 0.0)
    name = max(sorted(votes), key=lambda candidate: votes[candidate])
    share = votes[name] / sum(votes.values())
    shown = ", ".join(voters[name][:4]) + (" and others" if len(voters[name]) > 4 else "")
    return TargetClass(gene, name, "neighbours", f"{gene} lies among {shown}", share)
