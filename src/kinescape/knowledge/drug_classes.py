"""The target classes of a drug: of the class that its makers give it, and of the targets that matter."""

from __future__ import annotations

from kinescape.knowledge.agents import Agent, Target
from kinescape.knowledge.gene_families import Families, load_families
from kinescape.knowledge.network import Network
from kinescape.knowledge.target_classes import PHENOTYPE, UNKNOWN, target_class

# Words in a drug's class that name a class of their own, for drugs whose target is no node of a network
# (DNA, microtubules) or whose class is known better than its targets. The first that fits wins.
DRUG_CLASS_WORDS: tuple[tuple[str, str], ...] = (
    ("alkylat", "alkylator"),
    ("platin", "alkylator"),
    ("nitrosourea", "alkylator"),
    ("mustard", "alkylator"),
    ("crosslink", "alkylator"),
    ("topoisomerase", "topoisomerase"),
    ("anthracycline", "topoisomerase"),
    ("camptothecin", "topoisomerase"),
    ("tubulin", "tubulin"),
    ("microtubule", "tubulin"),
    ("taxane", "tubulin"),
    ("vinca", "tubulin"),
    ("antimetabolite", "antimetabolite"),
    ("antifolate", "antimetabolite"),
    ("nucleoside", "antimetabolite"),
    ("ribonucleotide reductase", "antimetabolite"),
    ("thymidylate", "antimetabolite"),
    ("proteasome", "proteasome"),
    ("histone deacetylase", "HDAC"),
    ("hdac", "HDAC"),
    ("hsp90", "HSP90"),
    ("parp", "PARP"),
    ("mdm2", "MDM2-p53"),
    ("bh3 mimetic", "BCL2"),
    ("bcl2", "BCL2"),
    ("bcl-2", "BCL2"),
    ("mcl1", "BCL2"),
    ("smac mimetic", "apoptosis"),
    ("porcupine", "WNT"),
    ("wnt", "WNT"),
    ("tankyrase", "WNT"),
    ("hedgehog", "hedgehog"),
    ("smoothened", "hedgehog"),
    ("gamma-secretase", "NOTCH"),
    ("gamma secretase", "NOTCH"),
    ("bet inhibitor", "epigenetic"),
    ("glucocorticoid", "nuclear receptor"),
    ("antioestrogen", "nuclear receptor"),
    ("aromatase", "nuclear receptor"),
    ("antiandrogen", "nuclear receptor"),
    ("retinoid", "nuclear receptor"),
    ("proton pump", "lysosome"),
    ("lysosom", "lysosome"),
)


def drug_class_name(drug_class: str) -> str | None:
    """The target class that a drug's own class names; None where it names none.

    Examples
    --------
    >>> drug_class_name("platinum alkylating agent"), drug_class_name("MEK inhibitor")
    ('alkylator', 'RAS-ERK')
    """
    words = drug_class.casefold()
    for part, name in DRUG_CLASS_WORDS:
        if part in words:
            return name
    families = load_families()
    stem = drug_class.rsplit(" ", 1)[0] if " " in drug_class else drug_class
    for candidate in (stem, *stem.replace(",", "/").split("/")):
        name = candidate.strip()
        # A family's name goes before a gene's: a PDK1 inhibitor hits PDPK1, not pyruvate dehydrogenase kinase.
        for gene in families.named(name) or families.members(name):
            return families.class_of[gene]
    return None


def main_targets(agent: Agent, *, dose_nanomolar: float | None = None) -> tuple[Target, ...]:
    """The targets that matter: named without an affinity, or within tenfold of the strongest.

    Parameters
    ----------
    agent : Agent
    dose_nanomolar : float, optional
        The dose used; then every target with an affinity at or below it counts, however many.

    Returns
    -------
    tuple of Target
        Strongest first.
    """
    measured = [
        target.affinity_nanomolar for target in agent.targets if target.affinity_nanomolar is not None
    ]
    if not measured:
        return agent.targets
    limit = 10 * min(measured) if dose_nanomolar is None else max(dose_nanomolar, min(measured))
    return tuple(
        target
        for target in agent.targets
        if target.affinity_nanomolar is None or target.affinity_nanomolar <= limit
    )


def agent_classes(
    agent: Agent, network: Network, *, dose_nanomolar: float | None = None, families: Families | None = None
) -> tuple[str, ...]:
    """The target classes of an agent: of its own drug class first, then of its main targets.

    Where the drug's own class is known, one measured target alone adds no class: kinase inhibitors bind single
    kinases of other pathways strongly in lysates without acting through them (dabrafenib on CDK16). Two such
    targets of one class add it, as does a target that curators named without an affinity.

    Parameters
    ----------
    agent : Agent
    network : Network
        Where targets that no family holds get their class.
    dose_nanomolar : float, optional
        The dose used, see `main_targets`.
    families : Families, optional
        The shipped annotation where it is left out.

    Returns
    -------
    tuple of str
        Each class once; empty where nothing is known, so that no rule ranks the agent.

    Examples
    --------
    >>> from kinescape.knowledge.agents import Agent, Target
    >>> agent_classes(Agent("selumetinib", targets=(Target("MAP2K1", "inhibits"),)), Network())
    ('RAS-ERK',)
    >>> agent_classes(Agent("cisplatin", drug_class="platinum alkylating agent"), Network())
    ('alkylator',)
    """
    named = drug_class_name(agent.drug_class) if agent.drug_class else None
    hits: dict[str, list[Target]] = {named: []} if named is not None else {}
    for target in main_targets(agent, dose_nanomolar=dose_nanomolar):
        name = target_class(target.gene, network, families)
        if name not in (UNKNOWN, PHENOTYPE):
            hits.setdefault(name, []).append(target)
    if named is None or dose_nanomolar is not None:
        return tuple(hits)
    return tuple(
        name
        for name, targets in hits.items()
        if name == named or len(targets) > 1 or targets[0].affinity_nanomolar is None
    )
