"""What a run leaves of its model: the model itself, its effective influences, its edges with their strengths."""

from __future__ import annotations

from pathlib import Path

from kinescape.model.checkpoint import save_model
from kinescape.model.fitted_model import FittedModel
from kinescape.model.members import NETWORK_GAIN, SATURATING
from kinescape.model.on_disk.edge_strengths import FORMATS, edge_strengths, write_edge_strengths
from kinescape.model.on_disk.influences import effective_influences, write_influences

MODEL_MEMBERS = (NETWORK_GAIN, SATURATING)
"""Members that a run fits besides those that its questions need, so that the model can be asked."""
EDGES_NAME = "fitted_network"
MOST_ANSWERS = 60_000
"""Rows of influences; a study with more samples and readouts gets those of its agents only."""


def write_model_folder(fitted: FittedModel, folder: str | Path) -> Path:
    """Save a model with ``influences.tsv`` / ``.parquet`` and ``fitted_network.graphml`` / ``.cx2`` beside it.

    Parameters
    ----------
    fitted : FittedModel
        From `fit_model`.
    folder : str or Path
        Made where it is missing.

    Raises
    ------
    RunError
        Where the folder cannot be written.
    """
    place = save_model(fitted, folder)
    cells = len(fitted.samples) * sum(len(design.readouts) for design in fitted.designs)
    nodes = None if cells * 2 * len(fitted.designs[0].agents) <= MOST_ANSWERS else ()
    write_influences(effective_influences(fitted, nodes=nodes), place)
    edges = edge_strengths(fitted)
    if edges is not None:
        for suffix in FORMATS:
            write_edge_strengths(edges, place / f"{EDGES_NAME}{suffix}", name=fitted.dataset)
    return place
