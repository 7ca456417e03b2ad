"""kinescape: how cells get round a targeted drug, and which second drug closes the way.

The public names are imported when they are first used, so that `import kinescape` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "InputError": "kinescape.foundation.errors",
    "RunError": "kinescape.foundation.errors",
    "Condition": "kinescape.measurements.conditions",
    "Measurements": "kinescape.measurements.table",
    "assess_effects": "kinescape.measurements.effects",
    "combine_replicates": "kinescape.measurements.replicates",
    "Network": "kinescape.knowledge.network",
    "load_core_network": "kinescape.knowledge.network",
    "read_network": "kinescape.knowledge.network_formats",
    "write_network": "kinescape.knowledge.network_formats",
    "load_agents": "kinescape.knowledge.agents",
    "resolve_agent": "kinescape.knowledge.agents",
    "load_readouts": "kinescape.knowledge.names",
    "read_midas": "kinescape.assays.signalling.midas",
    "read_table_long": "kinescape.assays.signalling.table_long",
    "read_table_wide": "kinescape.assays.signalling.table_wide",
    "read_viability_long": "kinescape.assays.viability.long_table",
    "read_doses": "kinescape.assays.viability.dose_reading",
    "fit_curves": "kinescape.assays.viability.curves",
    "growth_rates_from_doublings": "kinescape.assays.viability.doublings",
    "read_dose_matrices": "kinescape.assays.viability.combination_scoring.dose_matrix_table",
    "score_synergy": "kinescape.assays.viability.synergy",
    "read_sites": "kinescape.assays.phospho.site_reading",
    "read_design": "kinescape.assays.phospho.site_contrasts.design",
    "read_site_effects": "kinescape.assays.phospho.reading.site_effect_files",
    "adjust_for_protein": "kinescape.assays.phospho.site_contrasts.protein_adjustment",
    "differential_sites": "kinescape.assays.phospho.differential",
    "kinase_activity": "kinescape.assays.phospho.activity",
    "find_substrates": "kinescape.assays.phospho.substrates",
    "load_site_relations": "kinescape.knowledge.substrates",
    "read_site_relations": "kinescape.knowledge.substrates",
    "analyse_phospho": "kinescape.study.phospho",
    "fit_model": "kinescape.model.predict",
    "predict_conditions": "kinescape.model.predict",
    "validate": "kinescape.model.validate",
    "what_if": "kinescape.model.intervene",
    "effective_influences": "kinescape.model.on_disk.influences",
    "edge_strengths": "kinescape.model.on_disk.edge_strengths",
    "write_edge_strengths": "kinescape.model.on_disk.edge_strengths",
    "compare_levels": "kinescape.model.phenotypes.phenotype_choice",
    "save_model": "kinescape.model.checkpoint",
    "load_model": "kinescape.model.checkpoint",
    "rank_combinations": "kinescape.strategy.combinations",
    "with_achievable": "kinescape.strategy.pair_ranking.plasma_levels",
    "next_experiments": "kinescape.strategy.experiments",
    "adaptive_responses": "kinescape.strategy.adaptive",
    "escape_routes": "kinescape.strategy.escape",
    "forecast_resistance": "kinescape.strategy.evolution",
    "best_schedules": "kinescape.strategy.resistance.schedule_choice",
    "interpret_mutants": "kinescape.knowledge.mutant_interpretation",
    "fit_decline": "kinescape.strategy.resistance.decline",
    "check_study": "kinescape.study.run",
    "run_study": "kinescape.study.run",
    "write_report": "kinescape.report.build",
    "write_forecast": "kinescape.report.forecast",
    "write_curves_page": "kinescape.report.curves_page",
    "write_synergy_page": "kinescape.report.synergy_page",
    "write_kinases_page": "kinescape.report.kinases_page",
    "write_substrates_page": "kinescape.report.substrates_page",
    "save_figure": "kinescape.report.figures.saving",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"kinescape has no public name {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
