"""Which experiments to do next: a few pairs with doses, chances and reasons, and the plate to test them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinescape.foundation.errors import InputError
from kinescape.report import wording
from kinescape.report.bundle import Section
from kinescape.report.figures.plate_layout import plate_layout
from kinescape.report.sections.reached import reached_in_plasma
from kinescape.report.selection import scale_words

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults

WELLS = 30


def next_experiments_section(results: StudyResults) -> Section | None:
    """What `kinescape next` says for 30 wells; None where there is no pair to choose."""
    from kinescape.strategy.experiments import next_experiments
    from kinescape.strategy.pair_ranking.plasma_levels import with_achievable

    specification = results.specification
    try:
        found = next_experiments(
            results.measurements,
            results.network,
            results.agents,
            target_sample=specification.target_sample,
            reference_sample=specification.reference_sample,
            suppress=specification.suppress,
            budget=WELLS,
            candidates=specification.candidates.agents,
            exclude_pairs=[(first, second) for first, second in specification.candidates.exclude_pairs],
            escape=results.escape,
            seed=specification.seed,
        )
    except InputError:
        return None
    if found.pairs.is_empty():
        return None
    rows = with_achievable(found.pairs, results.agents)
    return Section(
        "next-experiments",
        "Which experiments next",
        "next_experiments.html",
        {
            "rows": rows.to_dicts(),
            "reachable": bool(rows["achievable"].is_not_null().any()),
            "expected": found.expected.text,
            "information": found.information,
            "untested": found.untested,
            "wells": found.wells,
            "replication": found.replication,
            "synergy_at": wording.number(found.synergy_at),
            "scale": scale_words(found.scale),
            "phenotype": specification.suppress.replace("_", " "),
            "target": specification.target_sample,
            "plate": plate_layout(
                found.plate_map(96, seed=specification.seed),
                key="next-plate",
                simulated=bool(specification.simulated),
            ),
            "estimate": wording.estimate,
            "percent": wording.percent,
            "reached": reached_in_plasma,
        },
    )
