"""What each drug did: to the cells, and to every signal that was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kinescape.report.bundle import Section
from kinescape.report.figures.effects import CLEAR, UNTESTED, effect_heat_map, with_verdict
from kinescape.report.figures.figure import Figure
from kinescape.report.figures.phenotypes import phenotype_dots
from kinescape.report.selection import (
    has_drugs,
    one_row_a_readout,
    phenotypes_in,
    samples_in_order,
    signalling,
)

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults

_MOST_SAMPLES = 12


def drug_effects_section(results: StudyResults) -> Section | None:
    """Phenotypes as dots, signals as heat maps; target and reference sample first, others folded away."""
    effects, specification = results.effects, results.specification
    if effects.is_empty():
        return None
    dots = [
        phenotype_dots(
            effects,
            name,
            specification.target_sample,
            specification.reference_sample,
            key=f"phenotype-{name}".replace("_", "-"),
            simulated=specification.simulated,
        )
        for name in phenotypes_in(effects)
    ]
    samples = samples_in_order(results)
    first = {specification.target_sample, specification.reference_sample}
    signals = signalling(effects)
    scales = signals["scale"].cast(pl.String).unique().sort().to_list()
    drawn = [(sample, scale) for sample in samples[:_MOST_SAMPLES] for scale in scales]
    main: list[Figure] = []
    folded: list[tuple[str, Figure]] = []
    for sample, scale in drawn:
        figure = effect_heat_map(
            signals,
            sample,
            scale,
            key=f"effects-{samples.index(sample)}-{scale.replace('_', '-')}",
            simulated=specification.simulated,
            figures=len(drawn),
        )
        if figure is None:
            continue
        if sample in first or len(samples) <= 2:
            main.append(figure)
        else:
            folded.append((sample, figure))
    counted = with_verdict(one_row_a_readout(signals)).filter(pl.col("condition") != "control")
    return Section(
        "drug-effects",
        "What each drug did" if has_drugs(results) else "What each condition did",
        "drug_effects.html",
        {
            "dots": [figure for figure in dots if figure is not None],
            "main": main,
            "folded": folded,
            "left_out": samples[_MOST_SAMPLES:],
            "clear": int((counted["verdict"] == CLEAR).sum()),
            "total": counted.height,
            "untested": int((counted["verdict"] == UNTESTED).sum()),
        },
    )
