"""Counts in three tables joined by tags, as GR metrics lays them out."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kinescape.assays.viability.dose_reading import read_doses
from kinescape.assays.viability.reading.dose_series import DoseSeries
from kinescape.foundation.errors import InputError

DATA = (
    "cell_line\tagent\ttime\tconcentration\tcell_count\tctrl_tag\ttime0_tag\n"
    "A\tx\t48\t1\t200\tc_1\tt0_1\nA\tx\t48\t10\t100\tc_1\tt0_1\nB\tx\t72\t1\t300\tc_2\tt0_2\n"
)
CONTROL = (
    "\tcell_line\ttime\tcell_count\ttime0_tag\tctrl_tag\n"
    "0\tA\t48.0\t398\tt0_1\tc_1\n1\tA\t48.0\t402\tt0_1\tc_1\n2\tA\t48.0\t9\tt0_1\tc_1\n3\tA\t48.0\t900\tt0_1\tc_1\n"
    "4\tB\t72.0\t900\tt0_2\tc_2\n"
)
ZERO = "cell_line\tcell_count\ttime0_tag\nA\t100\tt0_1\nB\t100\tt0_2\n"


def read(
    tmp_path: Path, data: str = DATA, control: str | None = CONTROL, zero: str | None = ZERO
) -> DoseSeries:
    said = {}
    for option, text in (("data", data), ("controls", control), ("time_zero", zero)):
        if text is not None:
            said[option] = tmp_path / f"{option}.tsv"
            said[option].write_text(text, encoding="utf-8")
    return read_doses(said.pop("data"), unit="uM", **said)  # type: ignore[arg-type]


def test_controls_are_means_of_their_middle_half(tmp_path: Path) -> None:
    series = read(tmp_path)
    assert series.response == "growth_rate"
    assert series.frame["response"].to_list() == pytest.approx([2**0.5 - 1, 0.0, 2**0.5 - 1])
    assert (
        "untreated wells from controls.tsv (5 lines, 2 tags, each the mean of the middle half"
        in series.stated
    )
    alone = read(tmp_path, zero=None)
    assert alone.response == "fraction_of_control"
    assert alone.frame["response"].to_list() == pytest.approx([0.5, 0.25, 1 / 3])


def test_untreated_lines_of_the_data_need_no_tag(tmp_path: Path) -> None:
    series = read(tmp_path, DATA + "A\t-\t48\t0\t400\t\t\n", CONTROL + "9\tC\t48\t10\tt0_3\tc_9\n")
    assert series.frame["response"].to_list() == pytest.approx([2**0.5 - 1, 0.0, 2**0.5 - 1])
    assert [note.code for note in series.notes] == ["tags-not-used"]


BAD = {
    "no tag in the data": ((DATA.replace("ctrl_tag", "n"), CONTROL, ZERO), {"missing-column"}),
    "no tag in the table": ((DATA, CONTROL, ZERO.replace("time0_tag", "n")), {"missing-column"}),
    "no count": ((DATA, CONTROL.replace("cell_count", "n"), ZERO), {"missing-column"}),
    "unknown tag": ((DATA.replace("c_2", "c_9"), CONTROL, ZERO), {"control-missing"}),
    "empty tag": ((DATA.replace("c_2", ""), CONTROL, ZERO), {"control-missing"}),
    "tag of another sample": (
        (DATA.replace("c_2", "c_3"), CONTROL + "9\tA\t72\t9\tt0_2\tc_3\n", ZERO),
        {"wrong-wells"},
    ),
    "tag of another time": ((DATA.replace("72", "48"), CONTROL, ZERO), {"wrong-wells"}),
    "another time zero": ((DATA.replace("B\tx", "A\tx").replace("t0_2", "t0_1"), CONTROL, ZERO), {"wrong-wells"}),
    "one tag for two samples": ((DATA, CONTROL.replace("4\tB", "4\tA").replace("c_2", "c_1"), ZERO), None),
    "a count of zero": ((DATA, CONTROL.replace("\t9\t", "\t0\t"), ZERO), {"count-not-positive"}),
    "a word for a count": ((DATA, CONTROL.replace("\t9\t", "\tnine\t"), ZERO), {"not-a-number"}),
    "treated wells as controls": ((DATA, DATA, ZERO), {"wrong-table"}),
    "later wells as time zero": ((DATA, CONTROL, CONTROL.replace("ctrl_tag", "n")), {"wrong-table"}),
    "time zero alone": ((DATA, None, ZERO), {"control-missing"}),
    "untreated cells that died": ((DATA, CONTROL, ZERO.replace("100", "999")), {"no-growth"}),
    "counts of the lines too": (
        (DATA.replace("ctrl_tag", "ctrl_tag\tcell_count__ctrl").replace("c_1", "c_1\t9").replace("c_2", "c_2\t9"),
         CONTROL, ZERO),
        {"two-ways"},
    ),
    "responses": ((DATA.replace("cell_count", "viability"), CONTROL, ZERO), {"unused-option", "scale-ambiguous"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(tmp_path: Path, name: str) -> None:
    (data, control, zero), codes = BAD[name]
    with pytest.raises(InputError) as error:
        read(tmp_path, data, control, zero)
    found = {fault.code for fault in error.value.faults}
    assert found <= codes if codes is not None else "wrong-wells" in found or "mixed-wells" in found


def test_one_file_for_both_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    data, control = tmp_path / "data.tsv", tmp_path / "control.tsv"
    data.write_text(DATA)
    control.write_text(CONTROL)
    with pytest.raises(InputError, match="in one file"):
        read_doses(data, unit="uM", controls=control, time_zero=control)
    with pytest.raises(InputError, match="no such file"):
        read_doses(data, unit="uM", controls=tmp_path / "none.tsv")
    with pytest.raises(InputError) as error:
        read_doses(data, unit="uM")
    assert "controls = " in (error.value.faults[0].mend or "")


def test_raw_signals_have_controls_of_their_own(tmp_path: Path) -> None:
    data, control = tmp_path / "data.tsv", tmp_path / "control.tsv"
    data.write_text(DATA)
    control.write_text(CONTROL)
    with pytest.raises(InputError, match="raw signals"):
        read_doses(data, unit="uM", controls=control, scale="raw")
    with pytest.raises(InputError, match="means nothing for the layout 'wide'"):
        read_doses(data, layout="wide", unit="uM", controls=control)


def test_repeats_with_tags_of_their_own_are_one_curve(tmp_path: Path) -> None:
    again = DATA + "A\tx\t48\t1\t210\tc_3\tt0_1\n"
    series = read(tmp_path, again, CONTROL + "9\tA\t48\t400\tt0_1\tc_3\n")
    assert series.frame.height == 4 and not [note for note in series.notes if note.code == "column-not-read"]


def test_part_of_the_cells_that_did_not_grow_is_a_warning(tmp_path: Path) -> None:
    series = read(tmp_path, zero=ZERO.replace("B\t100", "B\t950"))
    assert series.frame["response"].to_list() == pytest.approx([2**0.5 - 1, 0.0, None])
    assert "no-growth" in [note.code for note in series.notes]


@pytest.mark.real_data
@pytest.mark.parametrize(("number", "tolerance"), [(2, 1e-3), (3, 1e-6)])
def test_the_published_growth_rate_values(real_data, number: int, tolerance: float) -> None:  # type: ignore[no-untyped-def]
    """The second example's controls are rounded to whole cells (1,136 for 1,135.75), which moves its values."""
    folder = real_data / "viability/grmetrics"
    stem = str(folder / f"INPUT/toy_example_input{number}_")
    series = read_doses(
        stem + "data.tsv",
        unit="uM",
        by=["perturbation"],
        controls=stem + "ctrl.tsv",
        time_zero=stem + "time0.tsv",
    )
    for program, column in (("R", "GR"), ("matlab", "GRvalue"), ("python", "GRvalue")):
        published = pl.read_csv(folder / f"OUTPUT/{program}_input1_GRvalues.tsv", separator="\t").select(
            pl.format("{}, perturbation {}", "cell_line", "perturbation").alias("sample"),
            "agent",
            pl.col("replicate").cast(pl.String),
            pl.col("time").cast(pl.Float64).alias("time_h"),
            (pl.col("concentration").cast(pl.Float64) * 1e-6).round_sig_figs(6).alias("dose"),
            pl.col(column).alias("published"),
        )
        ours = series.frame.with_columns(pl.col("dose").round_sig_figs(6))
        both = ours.join(published, on=["sample", "agent", "replicate", "time_h", "dose"])
        assert both.height == published.height == 1008
        assert (both["response"] - both["published"]).abs().max() < tolerance  # type: ignore[operator]
