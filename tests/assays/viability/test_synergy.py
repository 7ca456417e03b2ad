"""Whole screens: published block means, replicates as the unit, partial matrices, three drugs, nothing silent."""

import itertools

import numpy as np
import pytest

from kinescape.assays.viability.combination_scoring.dose_matrices import DoseMatrices
from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix
from kinescape.assays.viability.synergy import score_synergy
from kinescape.foundation.errors import InputError

DOSES = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)
CELLS = np.array(list(itertools.product(DOSES, DOSES)))


def _left(extra=0.0):
    alone = 1 / (1 + CELLS)
    both = (CELLS > 0).all(axis=1)
    return alone.prod(axis=1) * np.where(both, 1 - extra, 1.0)


def _matrix(name="1", *, extra=0.0, replicates=1, noise=0.0, seed=0, drugs=("A", "B"), sample="S"):
    rng = np.random.default_rng(seed)
    values = 1 - _left(extra) + rng.normal(0, noise, (replicates, len(CELLS)))
    names = tuple(str(k) for k in range(replicates))
    return DoseMatrix(
        name, drugs, ("uM", "uM"), CELLS, values, np.ones_like(values), replicates=names, sample=sample
    )


# SynergyFinder Plus prints these block means for its example of Mathews Griner et al. 2014.
SYNERGYFINDER = {"1": (10.8564707230052, 20.19509892), "2": (-13.0726951355183, -41.41755648)}


def test_block_means_of_synergyfinder(real_data):
    result = score_synergy(real_data / "viability/synergyfinder/data/mathews_screening_data.csv.gz")
    for row in result.scores.iter_rows(named=True):
        bliss, hsa = SYNERGYFINDER[row["block"]]
        assert row["bliss"] == pytest.approx(bliss, abs=1e-6)
        assert row["hsa"] == pytest.approx(hsa, abs=1e-6)
    assert result.tested == 0


def test_replicates_are_the_unit_of_intervals_and_tests():
    screen = [_matrix("with", extra=0.3, replicates=4, noise=0.03, seed=1)]
    screen += [_matrix(f"none {k}", replicates=4, noise=0.03, seed=k + 2) for k in range(12)]
    result = score_synergy(screen)
    rows = {row["block"]: row for row in result.scores.iter_rows(named=True)}
    assert rows["with"]["noise"] == "replicates" and rows["with"]["replicates"] == 4
    assert rows["with"]["bliss_fdr"] < 0.01
    # Twelve matrices without synergy: false discoveries at 5 % are rare.
    assert sum(rows[f"none {k}"]["bliss_fdr"] < 0.05 for k in range(12)) <= 1


def test_more_wells_of_one_experiment_never_give_a_p_value():
    values = 1 - _left(0.3)[None]
    many = DoseMatrix("1", ("A", "B"), ("uM", "uM"), CELLS, values, np.full_like(values, 50.0), 0.001, 999)
    row = score_synergy(DoseMatrices((many,))).scores.row(0, named=True)
    assert row["noise"] == "wells"
    assert row["bliss_low"] is not None and row["bliss_p"] is None and row["bliss_fdr"] is None


def test_p_values_of_replicates_are_even_without_synergy():
    screen = [_matrix(f"{k}", replicates=3, noise=0.04, seed=100 + k) for k in range(300)]
    p_values = score_synergy(screen, scores=("bliss", "hsa"), musyc=False).scores["bliss_p"].to_numpy()
    share = float((p_values < 0.05).mean())
    # 300 matrices: the standard error of a share of 5 % is 1.3 %.
    assert 0.015 < share < 0.09


def test_a_plate_effect_of_a_whole_replicate_is_in_the_interval():
    """Replicates that differ as a whole give wide intervals, however many cells each has."""
    one = _matrix("1", replicates=3, noise=0.005)
    shifted = one.inhibition + np.array([[-0.15], [0.0], [0.15]]) * (CELLS > 0).all(axis=1)
    moved = DoseMatrix("2", one.drugs, one.units, CELLS, shifted, one.wells, replicates=one.replicates)
    narrow, wide = (score_synergy([m], musyc=False).scores.row(0, named=True) for m in (one, moved))
    assert wide["bliss_se"] > 10 * narrow["bliss_se"]


def test_partial_matrices_and_any_shape_are_scored_and_faulty_ones_named():
    whole = _matrix("whole")
    gone = whole.inhibition.copy()
    gone[0, [8, 15, 22, 29, 34]] = np.nan
    partial = DoseMatrix("partial", whole.drugs, whole.units, CELLS, gone, whole.wells)
    narrow = CELLS[:, 0] <= 0.1
    slim = DoseMatrix(
        "slim", whole.drugs, whole.units, CELLS[narrow], whole.inhibition[:, narrow], whole.wells[:, narrow]
    )
    lost = CELLS[:, 0] > 0
    lone = DoseMatrix(
        "lone", whole.drugs, whole.units, CELLS[lost], whole.inhibition[:, lost], whole.wells[:, lost]
    )
    empty = DoseMatrix("empty", whole.drugs, whole.units, CELLS, np.full_like(gone, np.nan), whole.wells)
    result = score_synergy([whole, partial, slim, lone, empty])
    rows = {row["block"]: row for row in result.scores.iter_rows(named=True)}
    assert rows["partial"]["bliss"] == pytest.approx(0, abs=1e-9) and rows["partial"]["zip"] is not None
    assert rows["slim"]["bliss"] == pytest.approx(0, abs=1e-9)
    assert rows["slim"]["loewe"] is None and "A was tested at 1 dose alone" in rows["slim"]["curve_note"]
    assert rows["slim"]["musyc_status"].startswith("too few doses")
    assert (
        "B was not measured alone" in rows["lone"]["reason"]
        and rows["empty"]["reason"] == "no value is measured"
    )
    assert {note.code for note in result.notes} == {"not-scored"}


def test_three_drugs_have_bliss_and_hsa_and_say_so_of_the_rest():
    cells = np.array(list(itertools.product((0.0, 1.0, 3.0, 9.0), repeat=3)))
    values = 1 - (1 / (1 + cells)).prod(axis=1)[None]
    row = score_synergy(
        [DoseMatrix("1", ("A", "B", "C"), ("uM",) * 3, cells, values, np.ones_like(values))]
    ).scores.row(0, named=True)
    assert row["bliss"] == pytest.approx(0, abs=1e-9) and row["hsa"] > 0
    assert row["zip"] is None and row["musyc_status"] == "two drugs only"


def test_the_unit_and_the_order_of_the_drugs_change_no_score():
    one = _matrix("1", extra=0.2, noise=0.02, seed=9)
    names = ["bliss", "hsa", "loewe", "zip"]
    other = DoseMatrix("1", one.drugs, ("M", "M"), CELLS * 1e-6, one.inhibition, one.wells)
    turned = DoseMatrix("1", ("B", "A"), one.units, CELLS[:, ::-1], one.inhibition, one.wells)
    base, scaled, swapped = (score_synergy([m]).scores.select(names).row(0) for m in (one, other, turned))
    np.testing.assert_allclose(base, scaled, atol=1e-3)
    np.testing.assert_allclose(base, swapped, atol=1e-2)


def test_a_screen_without_one_matrix_to_score_is_refused_and_an_unknown_score_too():
    lost = CELLS[:, 0] > 0
    one = _matrix()
    lone = DoseMatrix("1", one.drugs, one.units, CELLS[lost], one.inhibition[:, lost], one.wells[:, lost])
    with pytest.raises(InputError, match="not measured alone"):
        score_synergy([lone])
    with pytest.raises(InputError, match="not a score"):
        score_synergy([one], scores=("blis",))


def test_scores_flow_into_measurements():
    table = DoseMatrices((_matrix("1", replicates=3, noise=0.02),), named_replicates=True).to_measurements()
    assert table.samples == ("S",) and table.nodes == ("viability",)
    assert len(table) == 35
    assert table.frame["n"].unique().to_list() == [3]
    scored = score_synergy([_matrix("1", replicates=3, noise=0.02)], musyc=False)
    assert scored.to_measurements().frame.equals(table.frame)
    assert scored.to_measurements(time_h=72.0).frame["time_h"].unique().to_list() == [72.0]


def test_wells_below_zero_are_no_cells_and_a_name_that_is_no_agent_is_told():
    one = _matrix()
    lost = DoseMatrix("1", one.drugs, one.units, CELLS, np.full_like(one.inhibition, 1.1), one.wells)
    frame = DoseMatrices((lost,)).to_measurements().frame
    assert frame["value"].to_list() == [0.0] * frame.height
    assert all("low_signal" in flags for flags in frame["flags"].to_list())
    named = DoseMatrix("1", ("A + B", "C"), one.units, CELLS, one.inhibition, one.wells)
    with pytest.raises(InputError, match="may not hold") as error:
        DoseMatrices((named,), file="x.csv").to_measurements()
    assert len(error.value.faults) == 1
