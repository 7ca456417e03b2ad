import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.strategy.experiment_planning.plate_map import COLUMNS, NO_CELLS, PLATES, plate_map

PAIRS = ["A 1 uM + B 2 uM", "A 1 uM + C 3 uM", "B 2 uM + C 3 uM"]


def test_each_replicate_has_its_own_plate_with_all_it_needs() -> None:
    layout = plate_map(PAIRS, replicates=3)
    assert dict(layout.schema) == COLUMNS
    assert layout["plate"].unique().sort().to_list() == [1, 2, 3]
    for _, plate in layout.group_by("plate"):
        counts = dict(plate.group_by("role").len().iter_rows())
        assert counts == {"pair": 3, "single": 3, "vehicle": 4, "blank": 3}
        assert plate["replicate"].n_unique() == 1
        assert set(plate.filter(pl.col("role") == "single")["condition"]) == {"A 1 uM", "B 2 uM", "C 3 uM"}
        assert set(plate.filter(pl.col("role") == "vehicle")["condition"]) == {"control"}


def test_positions_are_random_reproducible_and_differ_between_replicates() -> None:
    layout = plate_map(PAIRS, replicates=2, seed=5)
    assert layout.equals(plate_map(PAIRS, replicates=2, seed=5))
    assert not layout.equals(plate_map(PAIRS, replicates=2, seed=6))
    wells = [plate["well"].to_list() for _, plate in layout.group_by("plate", maintain_order=True)]
    assert wells[0] != wells[1]


@given(st.integers(1, 130), st.sampled_from(sorted(PLATES)), st.booleans())
def test_no_well_twice_and_none_at_the_edge(count, wells, singles) -> None:
    layout = plate_map(
        [f"D{n} 1 uM + E{n} 1 uM" for n in range(count)], wells=wells, replicates=1, singles=singles
    )
    assert not layout.select("plate", "well").is_duplicated().any()
    n_rows, n_columns = PLATES[wells]
    assert not set(layout["well"].str.slice(0, 1)) & {"A", chr(ord("A") + n_rows - 1)}
    assert not set(layout["well"].str.slice(1)) & {"01", f"{n_columns:02d}"}
    assert layout.filter(pl.col("role") == "pair").height == count
    for _, plate in layout.group_by("plate"):
        count = {role: (plate["role"] == role).sum() for role in ("vehicle", "blank")}
        tests = plate.height - sum(count.values())
        assert count["vehicle"] >= 4 and count["vehicle"] >= 0.1 * tests
        assert count["blank"] >= 3 and count["blank"] >= 0.05 * tests


def test_a_shared_ligand_stays_in_every_well() -> None:
    layout = plate_map(["A 1 uM + B 1 uM + EGF 5 ng/mL"], replicates=1, background=["EGF"])
    cells = layout.filter(pl.col("role") != "blank")
    assert cells["condition"].str.contains("EGF 5 ng/mL", literal=True).all()
    assert set(layout.filter(pl.col("role") == "vehicle")["condition"]) == {"EGF 5 ng/mL"}
    assert layout.filter(pl.col("role") == "single").height == 2


def test_blanks_hold_no_cells_so_that_the_background_can_be_taken_off() -> None:
    blanks = plate_map(PAIRS, replicates=2).filter(pl.col("role") == "blank")
    assert blanks.height == 6
    assert set(blanks["condition"]) == {NO_CELLS}


def test_what_cannot_be_laid_out() -> None:
    with pytest.raises(ValueError, match="96 or 384"):
        plate_map(PAIRS, wells=48)
    with pytest.raises(ValueError, match="one replicate"):
        plate_map(PAIRS, replicates=0)
    with pytest.raises(ValueError, match="once"):
        plate_map([PAIRS[0], PAIRS[0]])
    assert plate_map([]).is_empty()
