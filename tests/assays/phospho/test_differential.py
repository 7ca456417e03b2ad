"""Contrasts of sites: statuses, pairs, times, intervals, invariances."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kinescape.assays.phospho.differential import CONTRAST_COLUMNS, differential_sites
from kinescape.assays.phospho.site_effects import EFFECT_SCHEMA
from kinescape.foundation.errors import InputError

from .site_tables import design_of, table_of

NAN = float("nan")
DRUG = "dasatinib 100 nM"
SIX = [("c1", "control", "1"), ("c2", "control", "2"), ("c3", "control", "3"),
       ("t1", DRUG, "1"), ("t2", DRUG, "2"), ("t3", DRUG, "3")]  # fmt: skip
SAMPLES = tuple(line[0] for line in SIX)


def noisy(n=60, samples=6, seed=0, scale=0.2):
    rng = np.random.default_rng(seed)
    return rng.normal(25, 2, (n, 1)) + rng.normal(0, scale, (n, samples))


def one(effects):
    assert len(effects) == 1
    return effects[0].sites


def test_columns_and_name():
    (effect,) = differential_sites(table_of(noisy(), SAMPLES), design_of(SIX))
    assert effect.name == "dasatinib 100 nM against control"
    assert effect.sites.columns == [*EFFECT_SCHEMA, *CONTRAST_COLUMNS]
    assert effect.sites.schema == {**EFFECT_SCHEMA, **CONTRAST_COLUMNS}


def test_effect_is_the_difference_of_means():
    values = noisy()
    values[3, 3:] += 2
    sites = one(differential_sites(table_of(values, SAMPLES), design_of(SIX), normalise=False))
    expected = values[:, 3:].mean(axis=1) - values[:, :3].mean(axis=1)
    assert sites["log2_fold_change"].to_numpy() == pytest.approx(expected)
    assert sites["fdr"][3] < 1e-3
    assert sites["low"][3] < expected[3] < sites["high"][3]
    assert set(sites["status"]) == {"tested"}


def test_every_status_says_why():
    values = noisy(30)
    values[0, :3] = NAN
    values[1, 3:] = NAN
    values[2, 1:3] = NAN
    values[3, :] = NAN
    values[4, [0, 5]] = NAN
    sites = one(differential_sites(table_of(values, SAMPLES), design_of(SIX), normalise=False))
    assert sites["status"][:5].to_list() == [
        "not measured in control",
        "not measured in treated",
        "one replicate",
        "not measured",
        "tested",
    ]
    # The effect of one replicate is given, its test is not.
    assert sites["log2_fold_change"][2] == pytest.approx(values[2, 3:].mean() - values[2, 0])
    assert sites["p_value"][2] is None
    assert sites["se"][2] is None
    assert sites["log2_fold_change"][:2].to_list() == [None, None]
    assert sites["n_control"][4] == 2
    assert sites["n_treated"][4] == 2


def test_nothing_is_filled_in():
    values = noisy(30)
    values[:, 0] = NAN
    table = table_of(values, SAMPLES)
    sites = one(differential_sites(table, design_of(SIX), normalise=False))
    assert sites["log2_fold_change"].to_numpy() == pytest.approx(
        values[:, 3:].mean(axis=1) - values[:, 1:3].mean(axis=1)
    )
    assert np.isnan(table.log2_intensity[:, 0]).all()


def test_one_replicate_gives_effects_without_p_values():
    lines = [SIX[0], SIX[3]]
    table = table_of(noisy(30, 2), ("c1", "t1"))
    (effect,) = differential_sites(table, design_of(lines), normalise=False)
    assert set(effect.sites["status"]) == {"one replicate"}
    assert effect.sites["p_value"].null_count() == 30
    assert effect.sites["log2_fold_change"].null_count() == 0
    assert any(note.code == "single-replicate" and note.severity == "warning" for note in effect.notes)


def test_pairs_take_the_patients_out():
    rng = np.random.default_rng(1)
    n = 80
    patients = rng.normal(0, 3, (n, 4))
    values = 25 + np.hstack([patients, patients + 0.8]) + rng.normal(0, 0.1, (n, 8))
    names = [f"{kind}{index}" for kind in "ct" for index in range(4)]
    lines = [
        (name, "control" if name[0] == "c" else DRUG, name[1], {"pair": f"patient {name[1]}"})
        for name in names
    ]
    paired = one(differential_sites(table_of(values, names), design_of(lines), normalise=False))
    plain = one(
        differential_sites(table_of(values, names), design_of([line[:3] for line in lines]), normalise=False)
    )
    assert paired["log2_fold_change"].to_numpy() == pytest.approx(
        (values[:, 4:] - values[:, :4]).mean(axis=1)
    )
    assert (paired["fdr"] < 0.05).sum() == n
    assert (plain["fdr"] < 0.05).sum() == 0
    assert set(paired["n_treated"]) == {4}


def test_a_broken_pair_counts_for_neither():
    names = [f"{kind}{index}" for kind in "ct" for index in range(3)]
    lines = [(name, "control" if name[0] == "c" else DRUG, name[1], {"pair": name[1]}) for name in names]
    values = noisy(30)
    values[0, [0, 4]] = NAN
    values[1, [0]] = NAN
    values[2, [0, 1, 5]] = NAN
    sites = one(differential_sites(table_of(values, names), design_of(lines), normalise=False))
    assert sites["status"][:3].to_list() == ["one pair", "tested", "no complete pair"]
    assert sites["log2_fold_change"][0] == pytest.approx(values[0, 5] - values[0, 2])
    expected = np.mean([values[1, 4] - values[1, 1], values[1, 5] - values[1, 2]])
    assert sites["log2_fold_change"][1] == pytest.approx(expected)


def test_each_time_against_its_own_control():
    lines, names = [], []
    for time in (0.5, 2.0):
        for kind, condition in (("c", "control"), ("t", DRUG)):
            for replicate in "123":
                name = f"{kind}{time}{replicate}"
                names.append(name)
                lines.append((name, condition, replicate, {"time_h": time}))
    values = noisy(60, 12)
    values[:, 6:] += 5  # the culture has changed by two hours, in control and treated alike
    values[0, 3:6] += 2
    effects = differential_sites(table_of(values, names), design_of(lines), normalise=False)
    assert [effect.name for effect in effects] == [
        "dasatinib 100 nM at 30 min against control",
        "dasatinib 100 nM at 2 h against control",
    ]
    assert abs(effects[1].sites["log2_fold_change"].median()) < 0.2
    assert effects[0].sites["fdr"][0] < 1e-3
    assert effects[1].sites["fdr"][0] > 0.05
    # The F over both times sees the first.
    assert effects[1].sites["f_fdr"][0] < 1e-3
    assert effects[0].sites["f"].equals(effects[1].sites["f"])


def test_a_time_without_its_control_says_so():
    lines = [("c1", "control", "1", {"time_h": 0.0}), ("c2", "control", "2", {"time_h": 0.0}),
             ("t1", DRUG, "1", {"time_h": 1.0}), ("t2", DRUG, "2", {"time_h": 1.0})]  # fmt: skip
    table = table_of(noisy(30, 4), [line[0] for line in lines])
    (effect,) = differential_sites(table, design_of(lines))
    assert effect.name == "dasatinib 100 nM at 1 h against control at 0 h"
    assert any(note.code == "control-time" for note in effect.notes)


def test_injections_are_no_replicates():
    lines = [("c1", "control", "1"), ("c1b", "control", "1"), ("c2", "control", "2"),
             ("t1", DRUG, "1"), ("t2", DRUG, "2"), ("t2b", DRUG, "2")]  # fmt: skip
    values = noisy(30)
    sites = one(
        differential_sites(table_of(values, [line[0] for line in lines]), design_of(lines), normalise=False)
    )
    assert set(sites["n_control"]) == {2}
    expected = (values[:, 3] + values[:, 4:].mean(axis=1)) / 2 - (
        values[:, :2].mean(axis=1) + values[:, 2]
    ) / 2
    assert sites["log2_fold_change"].to_numpy() == pytest.approx(expected)


def test_replicates_numbered_within_each_patient_are_not_merged():
    names = [f"{kind}{index}" for kind in "ct" for index in range(3)]
    lines = [(name, "control" if name[0] == "c" else DRUG, "1", {"pair": name[1]}) for name in names]
    sites = one(differential_sites(table_of(noisy(30), names), design_of(lines)))
    assert set(sites["n_treated"]) == {3}


def test_cell_lines_have_their_own_controls():
    lines, names = [], []
    for line in ("K562", "KCL22"):
        for name, condition, replicate in SIX:
            names.append(f"{line}_{name}")
            lines.append((names[-1], condition, replicate, {"cell_line": line}))
    values = noisy(40, 12)
    values[:, 6:] += 3
    effects = differential_sites(table_of(values, names), design_of(lines), normalise=False)
    assert [effect.sites["cell_line"][0] for effect in effects] == ["K562", "KCL22"]
    assert abs(effects[1].sites["log2_fold_change"].median()) < 0.2


def test_another_reference_than_the_control():
    lines = [(name, condition, replicate) for name, condition, replicate in SIX[:3]]
    lines += [(f"e{r}", "EGF 50 ng/mL", r) for r in "12"]
    lines += [(f"b{r}", f"{DRUG} + EGF 50 ng/mL", r, {"against": "EGF 50 ng/mL"}) for r in "12"]
    table = table_of(noisy(30, 7), [line[0] for line in lines])
    names = [effect.name for effect in differential_sites(table, design_of(lines))]
    assert names == ["EGF 50 ng/mL against control", "dasatinib 100 nM + EGF 50 ng/mL against EGF 50 ng/mL"]


@pytest.mark.parametrize("key", ["batch", "pair"])
def test_a_condition_hidden_in_its_batch_is_refused(key):
    lines = [(name, condition, replicate, {key: name[0]}) for name, condition, replicate in SIX]
    with pytest.raises(InputError, match=f"share no {key} \\(t against c\\)") as caught:
        differential_sites(table_of(noisy(30), SAMPLES), design_of(lines))
    assert [fault.code for fault in caught.value.faults] == ["confounded"]


def test_a_condition_hidden_in_its_labelled_mixture_is_refused():
    lines = [(f"plex{1 + (name[0] == 't')} 12{6 + int(name[1])}", *more) for name, *more in SIX]
    table = table_of(noisy(30), [line[0] for line in lines])
    with pytest.raises(InputError, match=r"share no labelled mixture \(plex2 against plex1\)"):
        differential_sites(table, design_of(lines))
    one_batch = [(*line, {"batch": "bridged"}) for line in lines]
    assert set(one(differential_sites(table, design_of(one_batch)))["status"]) == {"tested"}


def test_mixtures_across_conditions_without_a_batch_are_told():
    lines = [(f"channel {index} mix{1 + index % 2}", *line[1:]) for index, line in enumerate(SIX)]
    (effect,) = differential_sites(table_of(noisy(30), [line[0] for line in lines]), design_of(lines))
    assert [note.code for note in effect.notes].count("mixtures-unnamed") == 1


def test_a_batch_across_conditions_is_taken_out():
    lines = [(name, condition, replicate, {"batch": replicate}) for name, condition, replicate in SIX]
    values = noisy(60) + np.tile([0.0, 2.0, -3.0], 2)
    values[:, 3:] += 0.7
    sites = one(differential_sites(table_of(values, SAMPLES), design_of(lines), normalise=False))
    assert (sites["fdr"] < 0.05).mean() > 0.9


def test_unknown_samples_are_refused():
    with pytest.raises(InputError, match="'t3' is not in the table"):
        differential_sites(table_of(noisy(10, 5), SAMPLES[:5]), design_of(SIX))


def test_p_values_without_effect_are_uniform_with_values_missing():
    rng = np.random.default_rng(3)
    values = noisy(6000, seed=3) * 1.0
    values[rng.random(values.shape) < 0.2] = NAN
    sites = one(differential_sites(table_of(values, SAMPLES), design_of(SIX)))
    p = sites["p_value"].drop_nulls().to_numpy()
    assert len(p) > 4000
    assert stats.kstest(p, "uniform").pvalue > 0.01
    assert (sites["fdr"].drop_nulls() < 0.05).sum() < 5


def test_intervals_cover_what_they_say():
    rng = np.random.default_rng(4)
    truth = rng.normal(0, 1, 4000)
    values = noisy(4000, seed=5)
    values[:, 3:] += truth[:, None]
    sites = one(differential_sites(table_of(values, SAMPLES), design_of(SIX), normalise=False))
    covered = ((sites["low"] <= pl.Series(truth)) & (pl.Series(truth) <= sites["high"])).mean()
    assert 0.885 < covered < 0.915


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.floats(-5, 5))
def test_normalisation_takes_a_shift_of_a_sample_away(seed, shift):
    values = noisy(40, seed=seed)
    moved = values.copy()
    moved[:, 2] += shift
    plain = one(differential_sites(table_of(values, SAMPLES), design_of(SIX)))
    shifted = one(differential_sites(table_of(moved, SAMPLES), design_of(SIX)))
    assert shifted["log2_fold_change"].to_numpy() == pytest.approx(
        plain["log2_fold_change"].to_numpy(), abs=1e-9
    )


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_swapping_the_groups_turns_the_sign(seed):
    values = noisy(30, seed=seed)
    values[0, 1] = NAN
    forward = one(differential_sites(table_of(values, SAMPLES), design_of(SIX)))
    swapped = np.hstack([values[:, 3:], values[:, :3]])
    backward = one(differential_sites(table_of(swapped, SAMPLES), design_of(SIX)))
    assert backward["t"].to_numpy() == pytest.approx(-forward["t"].to_numpy())
    assert backward["p_value"].to_numpy() == pytest.approx(forward["p_value"].to_numpy())
