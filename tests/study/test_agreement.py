"""Genes that no table knows are told with the nearest that one knows."""

import polars as pl

from kinescape.foundation.issues import Faults
from kinescape.knowledge.agents import load_agents
from kinescape.knowledge.network import load_core_network
from kinescape.measurements.schema import SCHEMA
from kinescape.measurements.table import Measurements
from kinescape.study.agreement import tell_unknown_genes


def measured(*conditions: str) -> Measurements:
    row = {
        "sample": "A549",
        "population": "all",
        "time_h": 24.0,
        "node": "viability",
        "readout": "viability",
        "value": 0.5,
        "scale": "fraction_of_control",
        "se": None,
        "n": 1,
        "assay": "viability",
        "flags": [],
    }
    return Measurements.from_frame(
        pl.DataFrame([row | {"condition": text} for text in conditions], schema=SCHEMA)
    )


def test_a_misspelt_gene_is_told_with_the_nearest_known_one() -> None:
    faults = Faults()
    table = measured("KO:MAPK66", "KO:MAPK6", "erlotinib 1 uM")
    tell_unknown_genes(table, load_agents(), load_core_network(), faults)
    (fault,) = faults.warnings
    assert "'MAPK66'" in fault.found
    assert fault.mend is not None and "MAPK6" in fault.mend
