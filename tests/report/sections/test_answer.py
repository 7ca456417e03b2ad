"""Page one says what the tables say, and no more."""

import polars as pl

from kinescape.report.figures.pareto import ranked_pairs
from kinescape.report.sections.answer import answer_section, can_believe, how_round, which_drugs, which_pair

from ..simulated_study import TARGET


def test_the_strongest_drug_is_named_with_its_interval(results) -> None:
    headline, sentences = which_drugs(results)
    alone = results.effects.filter(
        (pl.col("sample") == TARGET)
        & (pl.col("node") == "viability")
        & ~pl.col("condition").str.contains(r"\+|EGF")
    )
    best = alone.sort("value").row(0, named=True)
    assert headline.startswith(best["condition"].removesuffix(" 1 uM"))
    assert f"{best['value']:.2f} ({best['low']:.2f} to {best['high']:.2f})" in sentences[0]


def test_a_ligand_is_never_called_a_drug(results) -> None:
    headline, sentences = which_drugs(results)
    assert "EGF 50" not in headline + " ".join(sentences)


def test_an_effect_that_is_not_clear_is_not_called_one(results) -> None:
    vague = results.with_(effects=results.effects.with_columns(pl.lit(0.9).alias("fdr")))
    headline, sentences = which_drugs(vague)
    assert headline == "No drug alone has a clear effect"
    assert any("not told apart from none" in sentence for sentence in sentences)


def test_the_planted_way_round_is_told_with_what_counters_it(results) -> None:
    headline, sentences = how_round(results)
    assert "AXL rises under erlotinib" in headline
    assert "AXL → GAB1 → PIK3CA" in sentences[0] and "countered by bemcentinib" in sentences[0]


def test_untested_responses_name_no_way_round(results) -> None:
    untested = results.escape.with_columns(pl.lit(None, dtype=pl.Float64).alias("fdr"))
    headline, sentences = how_round(results.with_(escape=untested))
    assert headline == "No way round could be tested: one replicate each"
    assert "AXL rises under erlotinib (p-AXL Y702: +1.60 log2)" in sentences[0]
    still = results.with_(escape=untested.with_columns(pl.lit("held").alias("direction")))
    assert how_round(still)[0].startswith("Nothing moves clearly")


def test_effects_of_one_replicate_are_called_untested_and_not_unclear(results) -> None:
    bare = [pl.lit(None, dtype=pl.Float64).alias(name) for name in ("se", "low", "high", "p_value", "fdr")]
    headline, sentences = which_drugs(results.with_(effects=results.effects.with_columns(bare)))
    assert "one replicate, not tested" in headline
    assert not any("told apart" in sentence for sentence in sentences)
    assert any("to double or half (one replicate, not tested)" in sentence for sentence in sentences)
    _, sentences = can_believe(results.with_(effects=results.effects.with_columns(bare)))
    assert any("rest on one replicate" in sentence for sentence in sentences)


def test_the_pair_that_closes_a_way_round_comes_first(results) -> None:
    which = (pl.col("agent_a") == "bemcentinib") & (pl.col("agent_b") == "trametinib")
    closing = results.combinations.with_columns(
        escape_closed=pl.when(which).then(1.6).otherwise("escape_closed"),
        escape_route=pl.when(which).then(pl.lit("AXL rises under trametinib")).otherwise("escape_route"),
    )
    headline, sentences = which_pair(results.with_(combinations=closing))
    assert headline == "bemcentinib 1 uM + trametinib 1 uM, not measured yet: it would close a way round"
    assert sentences[0].startswith("AXL rises under trametinib, and the other drug")


def test_without_one_the_first_of_the_ranking_is_named_beside_the_better_drug(results) -> None:
    headline, sentences = which_pair(results)
    first = ranked_pairs(results.combinations).filter(pl.col("status") == "predicted")["condition"][0]
    assert headline == f"{first}, not measured yet"
    assert sentences[0].startswith(f"First to test by its effect: {first}: ")
    assert "the better drug alone, at its dose here: 0.60" in sentences[0]
    assert sentences[1].startswith("First of the measured pairs: bemcentinib 1 uM + erlotinib 1 uM")


def test_a_pair_that_hits_the_reference_as_hard_is_named_with_that(results) -> None:
    unsparing = results.combinations.with_columns(spared=pl.col("effect"))
    headline, sentences = which_pair(results.with_(combinations=unsparing))
    assert headline.endswith("but it does not spare BEAS2B-sim")
    assert sentences[-1].startswith("None of the ")


def test_a_measured_pair_with_the_counter_is_told_with_what_came_of_it(results) -> None:
    _, before = how_round(results)
    assert (
        "bemcentinib 1 uM + erlotinib 1 uM was measured: it does more than the better drug alone"
        in " ".join(before)
    )
    useless = results.combinations.with_columns(better_single=pl.lit(0.01))
    _, after = how_round(results.with_(combinations=useless))
    assert "was measured: no more than the better drug alone" in " ".join(after)


def test_a_pair_no_better_than_its_better_drug_is_never_named(results) -> None:
    useless = results.combinations.with_columns(better_single=pl.lit(0.01))
    headline, sentences = which_pair(results.with_(combinations=useless))
    assert headline == "No pair stands out"
    assert "No measured pair does clearly more than its better drug alone." in sentences


def test_all_measured_is_said(results) -> None:
    only = results.combinations.filter(pl.col("status") == "measured")
    headline, sentences = which_pair(results.with_(combinations=only))
    assert "(measured)" in headline
    assert "Every ranked pair has been measured already." in sentences


def test_unranked_alone_gives_no_pair(results) -> None:
    only = results.combinations.filter(pl.col("status") == "unranked")
    assert which_pair(results.with_(combinations=only))[0] == "No pair could be ranked"


def test_belief_rests_on_held_out_tests(results) -> None:
    headline, sentences = can_believe(results)
    assert headline == "The model beats plain baselines on 1 of 2 held-out tests"
    assert any(
        sentence.startswith("Not told apart") and "unseen combination" in sentence for sentence in sentences
    )
    headline, _ = can_believe(results.with_(comparisons=results.comparisons.clear()))
    assert headline == "Predictions are no surer than those of a plain baseline"


def test_the_pairs_that_the_answer_names_head_its_table(results) -> None:
    section = answer_section(results)
    headline, sentences = which_pair(results)
    told = headline + " ".join(sentences)
    conditions = [row["condition"] for row in section.context["pairs"]]
    named = [text for text in conditions if text in told]
    assert named and conditions[: len(named)] == named


def test_a_drug_on_top_of_a_knock_down_is_not_a_drug_alone(results) -> None:
    """The strongest of all conditions is a drug in cells without a gene: neither the drug nor the gene alone."""
    effects = results.effects
    one = effects.filter(
        (pl.col("sample") == TARGET)
        & (pl.col("node") == "viability")
        & (pl.col("condition") == "erlotinib 1 uM")
    )
    both = one.with_columns(pl.lit("dasatinib 1 uM + KD:AXL").alias("condition"), pl.lit(0.01).alias("value"))
    alone = one.with_columns(pl.lit("KD:EGFR").alias("condition"), pl.lit(0.02).alias("value"))
    other = one.with_columns(pl.lit("KD:AXL").alias("condition"), pl.lit(0.7).alias("value"))
    altered = results.with_(effects=pl.concat([effects, both, alone, other]))
    headline, sentences = which_drugs(altered)
    assert (headline, sentences[:-1]) == which_drugs(results)
    assert sentences[-1].startswith("Of 2 genes altered alone, KD:EGFR lowers viability most: to 0.02")
    harmless = results.with_(effects=pl.concat([effects, other.with_columns(pl.lit(1.3).alias("value"))]))
    assert which_drugs(harmless)[1][-1] == "Of 1 gene altered alone, none lowers viability."


def test_a_pair_that_rests_on_an_untested_rule_says_so(results) -> None:
    assumed = "That the two drugs act independently is assumed there"
    bliss = results.with_(
        combinations=results.combinations.with_columns(
            pl.lit("Bliss of the measured single drugs").alias("effect_basis")
        )
    )
    assert not any(assumed in sentence for sentence in which_pair(bliss)[1])
    untested = bliss.with_(validation=results.validation.filter(pl.col("task") != "unseen_combination"))
    assert any(assumed in sentence for sentence in which_pair(untested)[1])


def test_one_drug_makes_no_pair(results) -> None:
    table = results.measurements
    one = results.with_(
        combinations=results.combinations.clear(), measurements=table.where(condition="erlotinib 1 uM")
    )
    assert which_pair(one)[0] == "No pair: erlotinib is the only drug that was measured"


def test_baselines_without_a_model_are_called_so(results) -> None:
    plain = results.with_(
        validation=results.validation.filter(pl.col("method") == "ridge"),
        comparisons=results.comparisons.clear(),
    )
    assert can_believe(plain)[0] == "The data allow plain baselines only, no model"
    nothing = results.with_(validation=results.validation.clear(), comparisons=results.comparisons.clear())
    assert can_believe(nothing)[0] == "Predictions could not be tested here"
