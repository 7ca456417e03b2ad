"""The door to families and classes: members of a family, the class of a gene, the classes of an agent.

`gene_families` holds the annotation, `target_classes` derives a class from the network, `drug_classes` gives
those of an agent.
"""

from __future__ import annotations

from kinescape.knowledge.drug_classes import agent_classes, drug_class_name, main_targets
from kinescape.knowledge.gene_families import Families, families_from_table, load_families, members
from kinescape.knowledge.target_classes import UNKNOWN, TargetClass, classify, target_class

__all__ = [
    "UNKNOWN",
    "Families",
    "TargetClass",
    "agent_classes",
    "classify",
    "drug_class_name",
    "families_from_table",
    "load_families",
    "main_targets",
    "members",
    "target_class",
]
