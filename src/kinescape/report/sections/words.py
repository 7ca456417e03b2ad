"""The words of the report, for a reader who meets them for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinescape.report.bundle import Section

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults

_SCALES = {
    "log2_fold_change": (
        "log2 fold change",
        "How much a signal changed against the untreated control, in doublings: +1 is twice as much, −1 is "
        "half, 0 is no change.",
    ),
    "fraction_of_control": (
        "fraction of the untreated control",
        "The value divided by that of untreated cells: 1 is no effect, 0.5 is half, 0 is nothing left.",
    ),
    "growth_rate": (
        "growth rate against the untreated control",
        "1 is growth as in untreated cells, 0 is none, and below 0 cells are lost.",
    ),
    "z": ("z-score", "The effect in standard deviations of the untreated controls."),
    "auc": ("area under the dose curve", "The effect averaged over all doses; smaller means stronger."),
}
_ALWAYS = (
    (
        "90 % interval",
        "The range in which the true value lies in nine of ten such cases. An interval that includes 'no "
        "effect' means that these data cannot tell.",
    ),
    (
        "false discovery rate",
        "Among all effects called clear at 5 %, about one in twenty is a chance finding. It corrects for "
        "testing many readouts.",
    ),
    ("n", "Independent replicates. Wells of one plate or cells of one dish count as one."),
)
_PAIRS = (
    (
        "Bliss excess",
        "How much more a pair does than two drugs that act independently would; above 0 is synergy.",
    ),
    (
        "gain, spares",
        "A pair gains where it takes the target sample at least a tenth of the untreated control further down than "
        "its better drug alone; it spares where the reference sample keeps at least a tenth more than the target "
        "sample. Pairs stand in this order: untested ones that would close a measured way round, those that gain and "
        "spare, those that only gain, those that do no more than the better drug.",
    ),
    ("excess over the better single", "How much more a pair does than the stronger of its two drugs alone."),
    (
        "Pareto front",
        "Pairs that no other pair beats in every aim at once: hitting the target sample, sparing the "
        "reference sample, expected synergy, closed ways round. Front 2 is what is best without front 1, and "
        "so on.",
    ),
    (
        "level L0",
        "How much is known when pairs are ranked: at L0 no pair need have been measured; the ranking rests "
        "on rules about pairs of pathways and on what each drug does alone.",
    ),
)
_MODEL = (
    (
        "root mean square error",
        "The typical distance between a prediction and the measurement, in the unit of the measurement; 0 "
        "would be perfect.",
    ),
    (
        "plain baseline",
        "A prediction without biology, such as the sum of the single drugs' effects. A model is of use where "
        "it beats these.",
    ),
)


def words_section(results: StudyResults) -> Section:
    """Those words that this report uses."""
    used = set() if results.effects.is_empty() else set(results.effects["scale"].cast(str).unique().to_list())
    words = [meaning for scale, meaning in _SCALES.items() if scale in used]
    words += list(_ALWAYS)
    words += [] if results.combinations.is_empty() else list(_PAIRS)
    words += [] if results.validation.is_empty() else list(_MODEL)
    return Section("words", "Words used", "words.html", {"words": words})
