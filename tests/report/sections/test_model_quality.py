import polars as pl

from kinescape.model.phenotype_choice import LEVELS_SCHEMA
from kinescape.report.sections.model_quality import (
    choices_table,
    levels_chosen,
    levels_table,
    model_quality_section,
)

LEVELS = pl.DataFrame(
    [
        ("viability", "nowhere", "sum_of_singles", 0.2, 0.1, 0.3, 0.5, 0.0, 0.0, 0.0, 0.9, 16, 0.5, False),
        ("viability", "nowhere", "ridge", 0.1, 0.05, 0.15, 0.7, -0.1, -0.15, -0.05, 0.9, 16, 0.3, True),
    ],
    schema=LEVELS_SCHEMA,
    orient="row",
)
CHOICES = pl.DataFrame(
    {
        "dataset": ["s", "s", "s: viability"],
        "question": ["measured", "unseen_agent", "unseen_combination"],
        "method": ["hierarchical", "network_kernel", "ridge"],
        "evidence": ["it weighs", "lowest held-out RMSE", "held-out error 0.100"],
    }
)


def test_the_heading_and_what_stands_in_it(results):
    section = model_quality_section(results.with_(choices=CHOICES, phenotype_levels=LEVELS))
    assert section.heading == "How far to trust this model"
    assert section.context["choices"] is not None
    assert section.context["levels"] is not None
    assert model_quality_section(results).context["choices"] is None


def test_choices_are_in_words_and_in_order():
    table = choices_table(CHOICES)
    assert [row[2] for row in table.written] == ["ridge", "network kernel"]
    assert table.written[0][1] == "viability"
    assert table.written[1][0] == "An agent was measured nowhere"


def test_levels_show_their_intervals_and_the_chosen_one():
    table = levels_table(LEVELS)
    assert "chosen" in table.written[0][2]
    assert "−0.100 [−0.150, −0.050]" in table.written[0][4]
    assert levels_chosen(LEVELS) == [
        "viability, where no sample was given the pair: from the sample's own singles and other combinations: "
        "held-out error 0.100 against 0.200 for the single drugs' effects added (Bliss) "
        "(−0.100 [−0.150, −0.050], 16 pairs)."
    ]
    assert levels_table(LEVELS.clear()) is None
