from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from kinescape.knowledge.agents import load_agents
from kinescape.knowledge.network import load_core_network
from kinescape.measurements.table import Measurements
from kinescape.model.design import Design, build_designs
from kinescape.model.fitted_model import fit_model
from kinescape.model.intervene import what_if
from kinescape.model.phenotypes.phenotype_answers import choices_with_levels, evidence, with_levels
from kinescape.model.phenotypes.phenotype_choice import (
    LEVELS_SCHEMA,
    compare_levels,
    half_width,
    hold_out_pairs,
)
from kinescape.model.phenotypes.phenotype_levels import (
    SIGNALLING,
    SISTER,
    levels_for,
    phenotypes_of,
    signalling,
    sister_line,
)
from kinescape.model.predict import predict_conditions

DRUGS = ("a", "b", "c", "d", "e", "f")


def _study(excess: float, noise: float = 0.02, samples: tuple[str, ...] = ("A", "B")) -> tuple[Design, ...]:
    """Viability of six drugs and their fifteen pairs; `excess` is what pairs do beyond Bliss, alike in all samples."""
    random = np.random.default_rng(4)
    alone = dict(zip(DRUGS, random.uniform(-1.2, -0.1, len(DRUGS)), strict=True))
    beyond = {pair: excess * random.normal() for pair in combinations(DRUGS, 2)}
    rows = []
    for strength, sample in zip((1.0, 0.9, 0.8), samples, strict=False):
        for parts in [(one,) for one in DRUGS] + list(beyond):
            effect = strength * sum(alone[one] for one in parts) + (beyond[parts] if len(parts) > 1 else 0.0)
            text = " + ".join(f"{one} 1 uM" for one in parts)
            value = float(2 ** (effect + noise * random.normal()))
            rows.append((sample, text, "viability", "viability", value, "fraction_of_control", "made"))
            signal = float(sum(alone[one] for one in parts) + noise * random.normal())
            rows.append((sample, text, "MAPK1", "p-ERK1/2", signal, "log2_fold_change", "made"))
    columns = ["sample", "condition", "node", "readout", "value", "scale", "assay"]
    return build_designs(Measurements.from_frame(pl.DataFrame(rows, schema=columns, orient="row")))


@pytest.fixture(scope="module")
def additive() -> tuple[Design, ...]:
    return _study(0.0, noise=0.0)


@pytest.fixture(scope="module")
def synergistic() -> tuple[Design, ...]:
    return _study(0.8)


def _chosen(levels: pl.DataFrame, where: str) -> str:
    return str(levels.filter(pl.col("chosen") & (pl.col("pair_measured") == where))["level"][0])


def test_bliss_answers_where_pairs_are_independent(additive: tuple[Design, ...]) -> None:
    levels = compare_levels(additive)
    assert dict(levels.schema) == LEVELS_SCHEMA
    assert _chosen(levels, "nowhere") == "sum_of_singles"
    bliss = levels.filter((pl.col("level") == "sum_of_singles") & (pl.col("pair_measured") == "nowhere"))
    assert bliss["rmse"][0] < 0.05
    assert bliss["difference"][0] == 0
    assert bliss["pairs"][0] == 15


def test_the_sister_line_wins_where_it_knows_what_pairs_do(synergistic: tuple[Design, ...]) -> None:
    levels = compare_levels(synergistic)
    assert _chosen(levels, "elsewhere") in {SISTER, "hierarchical"}
    assert SISTER not in levels.filter(pl.col("pair_measured") == "nowhere")["level"].to_list()
    winner = levels.filter(pl.col("chosen") & (pl.col("pair_measured") == "elsewhere")).row(0, named=True)
    assert winner["difference_high"] < 0
    assert f"{winner['pairs']} pairs" in evidence(levels.filter(pl.col("pair_measured") == "elsewhere"))


def test_never_chosen_without_its_interval(additive: tuple[Design, ...]) -> None:
    for designs in (additive, _study(0.3)):
        levels = compare_levels(designs)
        for row in levels.filter(pl.col("chosen")).iter_rows(named=True):
            assert row["level"] == "sum_of_singles" or row["difference_high"] < 0
        assert (levels.group_by("readout", "pair_measured").agg(pl.col("chosen").sum())["chosen"] == 1).all()


def test_what_is_held_out_is_not_learned_from(synergistic: tuple[Design, ...]) -> None:
    """Changing a held-out pair's own values must not change its prediction."""
    phenotype = phenotypes_of(synergistic)[0]
    design = phenotype.design
    held = hold_out_pairs(phenotype, "nowhere")
    assert held is not None
    together = design.rows.agent_count > 1
    target = design.rows.condition == "a 1 uM + b 1 uM"
    changed = np.where(target[:, None], design.response + 5.0, design.response)
    other = replace(phenotype, design=replace(design, response=changed))
    again = hold_out_pairs(other, "nowhere")
    assert again is not None
    same = held.measured == again.measured
    assert (~same).sum() == (target & together).sum()
    for name, values in held.predicted.items():
        np.testing.assert_allclose(again.predicted[name][~same], values[~same], err_msg=name)


def test_sister_line_is_least_squares(synergistic: tuple[Design, ...]) -> None:
    design = phenotypes_of(synergistic)[0].design
    test = (design.rows.sample == 0) & (design.rows.condition == "a 1 uM + b 1 uM")
    train = design.take(~test)
    found = sister_line(train, None, design.rows.take(test))
    own, other = (
        {
            str(c): v
            for c, v, s in zip(train.rows.condition, train.response[:, 0], train.rows.sample, strict=True)
            if s == at
        }
        for at in (0, 1)
    )
    slope, level = np.polyfit([other[c] for c in own], list(own.values()), 1)
    assert found[0] == pytest.approx(level + slope * other["a 1 uM + b 1 uM"])
    assert np.isnan(sister_line(train.take(train.rows.sample == 0), None, design.rows.take(test))).all()


def test_signalling_reads_the_phenotype_from_signals(additive: tuple[Design, ...]) -> None:
    phenotype = phenotypes_of(additive)[0]
    assert phenotype.signals is not None
    assert set(phenotype.signals.readouts) == {"p-ERK1/2"}
    rows = phenotype.design.rows
    found = signalling(phenotype.design, phenotype.signals, rows)
    assert np.corrcoef(found, phenotype.design.response[:, 0])[0, 1] > 0.95
    assert np.isnan(signalling(phenotype.design, None, rows)).all()
    assert SIGNALLING in levels_for(phenotype)


def test_predictions_come_from_the_chosen_level(synergistic: tuple[Design, ...]) -> None:
    phenotype, signals = synergistic[1], synergistic[0]
    kept = ~((phenotype.rows.sample == 0) & (phenotype.rows.condition == "a 1 uM + b 1 uM"))
    designs = (signals, phenotype.take(kept))
    levels = compare_levels(designs)
    plain = predict_conditions(fit_model(designs), ["a 1 uM + b 1 uM"])
    found = with_levels(plain, levels, designs)
    assert found.drop("mean", "low", "high", "method", "basis").equals(
        plain.drop("mean", "low", "high", "method", "basis")
    )
    row = found.filter((pl.col("sample") == "A") & (pl.col("readout") == "viability")).row(0, named=True)
    assert row["method"] == _chosen(levels, "elsewhere")
    truth = float(2 ** phenotype.response[~kept][0, 0])
    assert row["low"] < truth < row["high"]
    measured = pl.col("sample") == "B"
    assert found.filter(measured).equals(plain.filter(measured))
    assert with_levels(plain, levels.clear(), designs).equals(plain)


def test_queries_give_the_chosen_level_and_know_what_was_measured(synergistic: tuple[Design, ...]) -> None:
    phenotype, signals = synergistic[1], synergistic[0]
    kept = ~((phenotype.rows.sample == 0) & (phenotype.rows.condition == "a 1 uM + b 1 uM"))
    designs = (signals, phenotype.take(kept))
    model = fit_model(designs, agents=load_agents(), network=load_core_network())
    model = replace(model, levels=compare_levels(designs))
    asked = what_if(model, block=["a", "b"], readouts=["viability"])
    told = predict_conditions(model, ["a 1 uM + b 1 uM"], readouts=["viability"])
    for sample, method in (("A", _chosen(model.levels, "elsewhere")), ("B", "hierarchical")):
        row, other = (frame.filter(sample=sample).row(0, named=True) for frame in (asked, told))
        assert row["method"] == other["method"] == method
        for name in ("mean", "low", "high"):
            assert row[name] == pytest.approx(other[name])
        assert row["basis"] == other["basis"]
        assert row["disagreement"] >= abs(row["mean"] - row["network_mean"] if row["network_mean"] else 0)


def test_choices_name_the_level(synergistic: tuple[Design, ...]) -> None:
    levels = compare_levels(synergistic)
    table = choices_with_levels(fit_model(synergistic, dataset="s").choices_frame(), levels, "s")
    rows = table.filter((pl.col("dataset") == "s: viability") & (pl.col("question") == "unseen_combination"))
    assert set(rows["method"]) == set(levels.filter("chosen")["level"])
    assert rows["evidence"].str.contains("held-out error").all()


def test_intervals_cover(synergistic: tuple[Design, ...]) -> None:
    assert half_width(1.0, 10_000) == pytest.approx(1.645, abs=0.001)
    assert half_width(1.0, 6) > half_width(1.0, 30)
    levels = compare_levels(synergistic).filter(pl.col("chosen"))
    assert levels["coverage90"].is_between(0.75, 1.0).all()
