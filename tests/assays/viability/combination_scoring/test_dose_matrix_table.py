"""Long tables of dose matrices: every layout, and every wrong file refused with what to do."""

import gzip
import itertools

import numpy as np
import pytest

from kinescape.assays.viability.combination_scoring.dose_matrix_table import read_dose_matrices
from kinescape.foundation.errors import InputError

DOSES = (0, 0.1, 1, 10)


def _rows(response=lambda a, b: 100 / (1 + a) / (1 + b), *, unit="uM", drugs=("A", "B"), block="1"):
    return [
        [block, *drugs, str(a), str(b), unit, f"{response(a, b):.3f}"]
        for a, b in itertools.product(DOSES, DOSES)
    ]


def _write(path, rows, header=("block_id", "drug1", "drug2", "conc1", "conc2", "conc_unit", "response")):
    path.write_text("\n".join(",".join(row) for row in [list(header), *rows]) + "\n")
    return path


def _codes(error):
    return {fault.code for fault in error.value.faults}


def _notes(read):
    return {note.code for note in read.notes}


def test_percent_viability_is_found_and_said(tmp_path):
    read = read_dose_matrices(_write(tmp_path / "a.csv", _rows()))
    assert "viability in per cent" in read.stated
    matrix = read.matrices[0]
    assert matrix.drugs == ("A", "B") and matrix.units == ("uM", "uM")
    at = np.flatnonzero((matrix.doses == [1.0, 10.0]).all(axis=1))[0]
    assert matrix.mean[at] == pytest.approx(1 - 1 / 22, abs=1e-5)


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (lambda a, b: 100 - 100 / (1 + a) / (1 + b), "inhibition in per cent"),
        (lambda a, b: 1 / (1 + a) / (1 + b), "viability in fractions"),
        (lambda a, b: 1 - 1 / (1 + a) / (1 + b), "inhibition in fractions"),
    ],
)
def test_the_other_readings_give_the_same_matrix(tmp_path, response, words):
    read = read_dose_matrices(_write(tmp_path / "a.csv", _rows(response)))
    peer = read_dose_matrices(_write(tmp_path / "b.csv", _rows()))
    assert words in read.stated
    np.testing.assert_allclose(read.matrices[0].mean, peer.matrices[0].mean, atol=1e-3)


def test_what_controls_contradict_is_refused(tmp_path):
    path = _write(tmp_path / "a.csv", _rows())
    for wrong in ({"measures": "inhibition"}, {"scale": "fraction"}):
        with pytest.raises(InputError) as error:
            read_dose_matrices(path, **wrong)
        assert "scale-contradicted" in _codes(error)


def test_ambiguous_controls_are_refused(tmp_path):
    with pytest.raises(InputError) as error:
        read_dose_matrices(_write(tmp_path / "a.csv", _rows(lambda a, b: 42 / (1 + a))))
    assert "scale-ambiguous" in _codes(error)


def _changed(column, index, value):
    rows = _rows()
    rows[index][column] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (_changed(3, 5, "-1"), "negative-dose"),
        (_changed(3, 5, '"0,1"'), "not-a-number"),
        (_changed(4, 5, "2024-03-01"), "date-for-dose"),
        (_changed(3, 5, ""), "missing-dose"),
        (_changed(5, 5, "ug"), "unknown-unit"),
        (_changed(5, 5, "ng/mL"), "mixed-units"),
        (_changed(3, 5, "0.1 uM"), "mixed-units"),
        (_changed(2, 5, "C"), "mixed-block"),
        (_changed(6, 5, "high"), "not-a-number"),
        ([[*row[:6], ""] for row in _rows()], "no-response"),
        (
            [
                [*row[:3], "0" if row[3] == "0" else f"{np.log10(float(row[3])):g}", *row[4:]]
                for row in _rows()
            ],
            "negative-dose",
        ),
    ],
)
def test_bad_cells_are_refused_with_their_place(tmp_path, rows, code):
    with pytest.raises(InputError) as error:
        read_dose_matrices(_write(tmp_path / "a.csv", rows))
    assert code in _codes(error)
    assert all(fault.file for fault in error.value.faults)


def test_two_molar_units_become_one(tmp_path):
    rows = [
        [*row[:3], str(float(row[3]) * 1000), str(float(row[4]) * 1000), "nM", row[6]] if k % 2 else row
        for k, row in enumerate(_rows())
    ]
    read = read_dose_matrices(_write(tmp_path / "a.csv", rows))
    assert "mixed-units" in _notes(read)
    assert read.matrices[0].doses.shape == (16, 2)
    assert read.matrices[0].units == ("nM", "nM")


def test_no_unit_is_refused_and_can_be_said(tmp_path):
    rows = [row[:5] + row[6:] for row in _rows()]
    path = _write(tmp_path / "a.csv", rows, ("block_id", "drug1", "drug2", "conc1", "conc2", "response"))
    with pytest.raises(InputError) as error:
        read_dose_matrices(path)
    assert _codes(error) == {"unit-missing"}
    assert read_dose_matrices(path, unit="nM").matrices[0].units == ("nM", "nM")


def test_doses_may_be_written_with_their_unit(tmp_path):
    rows = [[*row[:3], f"{row[3]} uM" if row[3] != "0" else "0", f"{row[4]} uM", row[6]] for row in _rows()]
    read = read_dose_matrices(
        _write(tmp_path / "a.csv", rows, ("block_id", "drug1", "drug2", "conc1", "conc2", "response"))
    )
    np.testing.assert_allclose(np.unique(read.matrices[0].doses), np.array(DOSES) * 1000)


def test_repeated_wells_are_averaged_and_said_and_copies_count_once(tmp_path):
    rng = np.random.default_rng(0)
    noisy = [[*row[:6], f"{float(row[6]) + rng.normal(0, 3):.4f}"] for row in _rows() for _ in range(3)]
    read = read_dose_matrices(_write(tmp_path / "a.csv", noisy))
    assert "repeated-wells" in _notes(read) and read.matrices[0].well_degrees == 32
    copied = read_dose_matrices(_write(tmp_path / "b.csv", [row for row in _rows() for _ in range(3)]))
    assert "copied-values" in _notes(copied) and copied.matrices[0].well_degrees == 0
    own = read_dose_matrices(tmp_path / "a.csv", repeats="independent")
    assert own.matrices[0].inhibition.shape == (3, 16) and own.named_replicates


def test_a_copied_block_a_drug_with_itself_and_missing_values_are_told(tmp_path):
    rows = (
        _rows()
        + _rows(block="2")
        + _rows(block="3", drugs=("A", "A"), response=lambda a, b: 90 / (1 + a + b))
    )
    rows[20][6] = "NA"
    rows[50:66] = rows[50:66]
    told = _notes(read_dose_matrices(_write(tmp_path / "a.csv", rows)))
    assert {"missing-response", "drug-against-itself"} <= told
    rows[20][6] = rows[4][6]
    assert "same-matrix" in _notes(read_dose_matrices(_write(tmp_path / "b.csv", rows)))


def test_a_file_that_mixes_viability_and_inhibition_is_refused(tmp_path):
    rows = [row for k in range(4) for row in _rows(block=f"v{k}")]
    rows += [
        row for k in range(3) for row in _rows(lambda a, b: 100 - 100 / (1 + a) / (1 + b), block=f"i{k}")
    ]
    with pytest.raises(InputError) as error:
        read_dose_matrices(_write(tmp_path / "a.csv", rows))
    assert _codes(error) == {"mixed-responses"}


def test_a_gzipped_table_is_read_whatever_its_ending_says(tmp_path):
    plain = _write(tmp_path / "a.csv", _rows())
    packed = tmp_path / "a.csv.tar.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_dose_matrices(packed).matrices[0].doses.shape == (16, 2)


def test_real_layouts(real_data):
    folder = real_data / "viability"
    decrease = folder / "decrease/210_Novel_Anticancer_combinations"
    for path, blocks, words in (
        (decrease / "192_Combinations_.xlsx", 192, "viability in per cent"),
        (decrease / "18_combinations_.xlsx", 18, "inhibition in per cent"),
        (folder / "mathews-griner/mathews_griner.csv.tar.gz", 466, "viability in per cent"),
    ):
        read = read_dose_matrices(path)
        assert len(read.matrices) == blocks
        assert words in read.stated
        assert not any(matrix.fault for matrix in read.matrices)


def test_a_block_on_another_scale_than_its_file_is_refused(tmp_path):
    as_fraction = _rows(lambda a, b: 1 / (1 + a) / (1 + b), block="2")
    path = _write(tmp_path / "a.csv", [*_rows(), *as_fraction])
    with pytest.raises(InputError) as error:
        read_dose_matrices(path)
    (fault,) = error.value.faults
    assert fault.code == "scale-mixed" and fault.row == 2 + len(_rows())
    assert "'block 2'" in fault.found and "read as viability in per cent" in fault.found


def test_controls_worse_than_the_lowest_doses_are_refused_unless_it_is_an_inhibition(tmp_path):
    def worse(a, b):
        return 20.0 if not a + b else 100 / (1 + a / 10) / (1 + b / 10)

    path = _write(tmp_path / "a.csv", _rows(worse))
    with pytest.raises(InputError) as error:
        read_dose_matrices(path)
    (fault,) = error.value.faults
    assert fault.code == "controls-worse" and "--measures inhibition" in fault.mend
    assert read_dose_matrices(path, measures="inhibition").matrices
