"""What tables hide: each fault is found, said once with its place and what to do, and sound tables pass."""

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.viability.combination_scoring.dose_matrix_checks import (
    one_message_each,
    refuse_mixed_scale,
    tell_equal_steps,
)
from kinescape.assays.viability.combination_scoring.dose_matrix_table import read_dose_matrices
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

DOSES = (0, 0.1, 0.3, 1, 3, 10)
HEADER = "block_id,drug1,drug2,conc1,conc2,conc_unit,response"


def _left(a, b):
    return 100 / (1 + a) / (1 + b)


def _table(tmp_path, *, change=lambda row: row, doses=DOSES, response=_left, header=HEADER):
    cells = itertools.product(doses, doses)
    rows = [["1", "A", "B", f"{a:g}", f"{b:g}", "uM", f"{response(a, b):.4f}"] for a, b in cells]
    path = tmp_path / "screen.csv"
    path.write_text("\n".join([header, *(",".join(change(row)) for row in rows)]) + "\n")
    return path


def _only_fault(path, **options):
    with pytest.raises(InputError) as error:
        read_dose_matrices(path, **options)
    (fault,) = error.value.faults
    return fault


def _at(column, text, when):
    def change(row):
        return [*row[:column], text, *row[column + 1 :]] if when(row) else row

    return change


def test_a_column_of_decimal_commas_is_one_message(tmp_path):
    path = _table(tmp_path, change=lambda row: [*row[:3], '"' + row[3].replace(".", ",") + '"', *row[4:]])
    fault = _only_fault(path)
    assert fault.code == "not-a-number" and fault.column == "conc1" and fault.row == 8
    assert "'0,1' has a decimal comma" in fault.found and "11 more such cells" in fault.found


@pytest.mark.parametrize("date", ["03-Jan", "2026-01-03 00:00:00", "03.Okt"])
def test_dates_among_doses_are_called_dates(tmp_path, date):
    fault = _only_fault(_table(tmp_path, change=_at(3, date, lambda row: row[3] == "3")))
    assert fault.row == 26 and fault.column == "conc1"
    assert f"6 doses are dates, such as '{date}'" in fault.found


def test_a_word_among_doses_with_units_is_not_a_number(tmp_path):
    def change(row):
        return [*row[:3], "ten" if row[4] == "10" else f"{row[3]} uM", *row[4:]]

    fault = _only_fault(_table(tmp_path, change=change))
    assert "'ten' is not a number" in fault.found and "5 more" in fault.found


def test_some_doses_with_and_some_without_unit_name_one_of_each(tmp_path):
    fault = _only_fault(_table(tmp_path, change=_at(3, "300 nM", lambda row: row[3] == "0.3")))
    assert (
        fault.code == "mixed-units"
        and "'300 nM' in row 14" in fault.found
        and "'0.1' has no unit" in fault.found
    )


def test_units_that_cannot_be_compared_are_said_once_with_both_rows(tmp_path):
    fault = _only_fault(_table(tmp_path, change=_at(5, "mg/mL", lambda row: row[4] == "1")))
    assert fault.row == 5 and fault.column == "conc_unit"
    assert "'uM' in row 2" in fault.found and "'mg/mL' in row 5" in fault.found


def test_a_unit_that_the_file_contradicts_is_told_and_an_unknown_one_refused(tmp_path):
    path = _table(tmp_path)
    assert "unit-not-used" in {note.code for note in read_dose_matrices(path, unit="nM").notes}
    assert "unit-not-used" not in {note.code for note in read_dose_matrices(path, unit="µM").notes}
    assert _only_fault(path, unit="furlong").code == "unknown-unit"


def test_fractions_among_per_cents_are_refused(tmp_path):
    path = _table(tmp_path, response=lambda a, b: _left(a, b) * (0.01 if int(10 * (a + b)) % 4 == 1 else 1))
    fault = _only_fault(path)
    assert fault.code == "mixed-scale" and fault.column == "response" and "a hundredth" in fault.found


@given(
    steep=st.floats(0.5, 4),
    middle=st.floats(0.05, 20),
    scale=st.sampled_from([1.0, 100.0]),
    dead=st.booleans(),
)
def test_one_scale_is_never_called_two(steep, middle, scale, dead):
    cells = np.array(list(itertools.product(DOSES, DOSES)), dtype=float)
    left = scale * (1 / (1 + (cells / middle) ** steep)).prod(axis=1)
    response = scale - left if dead else left
    wells = pl.DataFrame({"dose_1": cells[:, 0], "dose_2": cells[:, 1], "response": response})
    wells = wells.with_row_index("row").with_columns(
        block=pl.lit("1"), sample=pl.lit(""), replicate=pl.lit("1")
    )
    faults = Faults()
    refuse_mixed_scale(wells, 2, "response", faults, "a.csv")
    assert not faults


def test_a_matrix_without_zero_doses_is_refused_and_logarithms_may_leave_them_empty(tmp_path):
    fault = _only_fault(_table(tmp_path, doses=DOSES[1:]))
    assert fault.code == "no-single-drugs" and "all 25 rows" in fault.found and "write 0" in fault.mend

    def logarithm(text):
        return "" if text == "0" else f"{np.log10(float(text)):.9f}"

    path = _table(tmp_path, change=lambda row: [*row[:3], logarithm(row[3]), logarithm(row[4]), *row[5:]])
    (matrix,) = read_dose_matrices(path, log10_doses=True).matrices
    np.testing.assert_allclose(matrix.axes[0], DOSES, rtol=1e-6)
    assert _only_fault(_table(tmp_path), log10_doses=True).code == "no-single-drugs"


def test_equal_steps_are_a_warning_and_dilutions_none():
    faults = Faults()
    tell_equal_steps(pl.Series([0.0, 1.0, 2.0, 3.0, 4.0]), "conc1", "a.csv", faults)
    assert [fault.severity for fault in faults] == ["warning"] and "--log10-doses" in faults.warnings[0].mend
    for doses in ([0.0, 1, 10, 100], [0.0, 0.1, 0.3, 1], [0.0, 1, 2], [0.0, 25, 50, 75, 100], [1.0, 1, 1]):
        other = Faults()
        tell_equal_steps(pl.Series(doses), "conc1", "a.csv", other)
        assert not other, doses


@pytest.mark.parametrize("zero", [[0.0], []])
def test_logarithms_of_a_dilution_beside_a_zero_are_told(zero):
    faults = Faults()
    steps = [1.0, 1.477, 2.0, 2.477, 3.0]  # 10, 30, 100, 300, 1000
    tell_equal_steps(pl.Series([*zero, *steps]), "conc1", "a.csv", faults)
    assert [fault.code for fault in faults] == ["equal-steps"]


def test_negative_doses_have_their_row(tmp_path):
    fault = _only_fault(_table(tmp_path, change=_at(4, "-0.1", lambda row: row[3:5] == ["1", "0.1"])))
    assert fault.row == 21 and fault.column == "conc2" and "--log10-doses" in fault.mend


def test_logarithms_whose_zero_is_blank_are_one_message_a_column(tmp_path):
    def change(row):
        return [
            *row[:3],
            *("" if text == "0" else f"{np.log10(float(text)):.4g}" for text in row[3:5]),
            *row[5:],
        ]

    with pytest.raises(InputError) as error:
        read_dose_matrices(_table(tmp_path, change=change))
    assert [fault.code for fault in error.value.faults] == ["negative-dose"] * 2
    first = error.value.faults[0]
    assert (
        "12 doses are negative" in first.found and "6 are empty, as the logarithm of zero is" in first.found
    )
    assert "--log10-doses" in first.mend
    assert read_dose_matrices(_table(tmp_path, change=change), log10_doses=True).matrices


def test_a_heading_that_the_controls_contradict_is_named(tmp_path):
    header = HEADER.replace("response", "viability")
    fault = _only_fault(_table(tmp_path, header=header, response=lambda a, b: 100 - _left(a, b)))
    assert fault.code == "scale-contradicted" and fault.column == "viability"
    assert (
        fault.found.startswith("by its name the column is viability")
        and "--measures inhibition" in fault.mend
    )


def test_missing_columns_name_the_option(tmp_path):
    fault = _only_fault(_table(tmp_path, header=HEADER.replace("response", "signal")))
    assert "--column response=NAME" in fault.mend
    with pytest.raises(InputError, match=r"no column 'conc_1'.*did you mean 'conc1'"):
        read_dose_matrices(_table(tmp_path), columns={"dose_1": "conc_1"})


def test_another_sheet_is_suggested(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "notes"
    book.active["A1"] = "plate read on Monday"
    sheet = book.create_sheet("data")
    for line in _table(tmp_path).read_text().splitlines():
        sheet.append(line.split(","))
    path = tmp_path / "screen.xlsx"
    book.save(path)
    fault = _only_fault(path)
    assert "'notes', holds no table" in fault.found and fault.mend == "name it: --sheet 'data'"
    assert len(read_dose_matrices(path, sheet="data").matrices) == 1


def test_different_faults_stay_apart_and_uncounted_ones_are_added():
    faults = [Fault("a", f"'{row}' is bad", row=row, column="x") for row in (2, 3)]
    faults += [
        Fault("a", "and 7 more cells like these", column="x"),
        Fault("a", "'4' is worse", row=4, column="x"),
    ]
    faults += [Fault("b", "no row", column="x"), Fault("b", "no row", column="x")]
    found = [fault.found for fault in one_message_each(faults)]
    assert found == ["'2' is bad (and 8 more such cells: rows 3, ...)", "'4' is worse", "no row"]
