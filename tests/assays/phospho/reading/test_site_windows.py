"""Fifteen residues about a site."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.phospho.reading.site_windows import central_window, motif_window, window_at

LETTERS = st.text(alphabet="ACDEFGHIKLMNPQRSTVWY", min_size=1, max_size=60)


@given(LETTERS, st.data())
def test_the_site_stands_in_the_middle(sequence, data):
    position = data.draw(st.integers(1, len(sequence)))
    window = window_at(sequence, position)
    assert window is not None
    assert len(window) == 15
    assert window[7] == sequence[position - 1]
    assert window.strip("_") in sequence


def test_positions_outside_have_no_window():
    assert window_at("MSS", 4) is None
    assert window_at("MSS", 0) is None


@given(LETTERS, st.data())
def test_motifs_are_filled_to_fifteen(sequence, data):
    centre = data.draw(st.integers(0, len(sequence) - 1))
    window = motif_window(sequence, None, centre)
    assert window is not None
    assert len(window) == 15
    assert window[7] == sequence[centre]


@pytest.mark.parametrize(
    ("motif", "position", "window"),
    [
        ("KDISGPsPSKKLK", 87, "XKDISGPSPSKKLKX"),
        ("MSsPPAKLE", 3, "_____MSSPPAKLEX"),
        ("KDISGPsPSK", 200, "XKDISGPSPSK____"),
        ("KDISGP", 5, None),
        ("KdISgP", 5, None),
        (None, 5, None),
    ],
)
def test_motifs_with_a_small_letter(motif, position, window):
    assert motif_window(motif, position) == window


def test_ranked_sequences_of_ten_have_five_before_the_site():
    assert motif_window("___ANSRDGE", None, 5) == "_____ANSRDGEXXX"


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("A" * 15, "A" * 15),
        ("CCCCCCCC" + "A" * 7 + "S" + "A" * 7 + "CCCCCCCC", "A" * 7 + "S" + "A" * 7),
        ("AAS", None),
        ("A" * 16, None),
    ],
)
def test_longer_windows_are_cut(given_, expected):
    assert pl.select(central_window(pl.lit(given_))).item() == expected
