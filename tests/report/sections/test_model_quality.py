import polars as pl

from kinescape.foundation.issues import Fault
from kinescape.model.phenotypes.phenotype_choice import LEVELS_SCHEMA
from kinescape.report.build import report_page
from kinescape.report.bundle import page_html
from kinescape.report.sections.model_quality import (
    choices_table,
    levels_chosen,
    levels_table,
    limits,
    model_quality_section,
    not_tested,
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


def noted(results, *notes):
    return results.with_(notes=tuple(Fault(code, found, severity="note") for code, found in notes))


def test_what_could_not_be_tested_is_said_with_its_reason(results):
    name = results.specification.name
    few = "2 conditions are too few for more than a baseline"
    told = not_tested(
        noted(
            results,
            ("task-impossible", f"{name}: all tasks, hierarchical could not be tested: {few}"),
            ("task-impossible", f"{name}: all tasks, network kernel could not be tested: {few}"),
            (
                "task-impossible",
                f"{name}: viability: new sample could not be tested: the study holds one sample",
            ),
            ("spelling", "p-ERK was read as p-ERK1/2"),
        )
    )
    assert told == [
        f"hierarchical and network kernel: not fitted, because {few}.",
        "new sample (viability): the study holds one sample.",
    ]
    assert not_tested(results) == []


def test_what_the_data_do_not_let_the_model_learn_is_said_once_and_not_without_end(results):
    once = [("readout-once", f"p{at} was measured in one condition only") for at in range(9)]
    told = limits(noted(results, ("few-conditions", "3 conditions are too few"), *once, once[0]))
    assert told[0] == "3 conditions are too few."
    assert told[1] == "P0 was measured in one condition only."
    assert told[-1] == "And 3 more like this, in notes.json."
    assert len(told) == 8
    assert limits(results) == []


def test_choices_stand_there_where_nothing_could_be_held_out(results):
    bare = results.with_(validation=results.validation.clear(), comparisons=results.comparisons.clear())
    html = page_html(report_page(bare.with_(choices=CHOICES)))
    assert "no prediction of this report could be tested" in html
    assert "Which method answers which question?" in html


def test_intervals_that_hold_too_little_are_called_too_narrow(results):
    narrow = results.validation.with_columns(pl.lit(0.55).alias("coverage90"))
    assert "hold the measured value: they are too narrow here" in page_html(
        report_page(results.with_(validation=narrow))
    )
    assert "too narrow here" not in page_html(
        report_page(
            results.with_(validation=results.validation.with_columns(pl.lit(0.9).alias("coverage90")))
        )
    )
