import polars as pl
import pytest


@pytest.fixture
def frame() -> pl.DataFrame:
    """Four sound rows, one readout of two nodes among them."""
    return pl.DataFrame(
        {
            "sample": ["A", "A", "A", "A"],
            "condition": ["erlotinib 1 uM", "erlotinib 1 uM", "erlotinib 1 µM", "control"],
            "time_h": [1.0, 1.0, 72.0, 1.0],
            "node": ["MAPK1", "MAPK3", "viability", "MAPK1"],
            "readout": ["p-ERK1/2", "p-ERK1/2", "viability", "p-ERK1/2"],
            "value": [-1.5, -1.5, 0.4, 0.0],
            "scale": ["log2_fold_change", "log2_fold_change", "fraction_of_control", "log2_fold_change"],
            "se": [0.1, 0.1, None, 0.2],
            "n": [3, 3, 1, 3],
            "assay": ["luminex", "luminex", "plate", "luminex"],
            "flags": [[], [], ["single_replicate"], []],
        }
    )
