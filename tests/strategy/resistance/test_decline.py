import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinescape.foundation.errors import InputError
from kinescape.strategy.resistance.decline import fit_decline, setting_with_decline, two_slopes
from kinescape.strategy.resistance.resistance_setting import load_setting

DAYS = np.array([0.0, 29, 59, 91, 181, 272, 363, 455, 545])


@settings(deadline=None, max_examples=40)
@given(st.floats(0.02, 0.12), st.floats(0.001, 0.015), st.floats(60, 300), st.floats(-3, 3))
def test_lines_without_noise_are_found(first, second, change, level):
    y = level - first * np.minimum(DAYS, change) - second * np.maximum(DAYS - change, 0)
    fit = two_slopes(DAYS, y)
    assert fit.status == "two slopes"
    # The change is searched on a grid of three days, which leaves as much of the difference in the slopes.
    left = 3 * (first - second)
    assert fit.first == pytest.approx(first, rel=0.04, abs=left / change)
    assert fit.second == pytest.approx(second, rel=0.05, abs=left / (DAYS[-1] - change))


@settings(deadline=None, max_examples=20)
@given(st.floats(0.1, 10), st.floats(-4, 4))
def test_slopes_do_not_depend_on_the_level_and_scale_with_time(stretch, level):
    rng = np.random.default_rng(7)
    y = -0.05 * np.minimum(DAYS, 90) - 0.007 * np.maximum(DAYS - 90, 0) + 0.3 * rng.standard_normal(DAYS.size)
    base = two_slopes(DAYS, y)
    moved = two_slopes(DAYS * stretch, y + level)
    assert moved.first * stretch == pytest.approx(base.first, rel=1e-6)
    assert moved.second * stretch == pytest.approx(base.second, rel=1e-6)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(300):
        y = (
            -0.05 * np.minimum(DAYS, 100)
            - 0.007 * np.maximum(DAYS - 100, 0)
            + 0.4 * rng.standard_normal(DAYS.size)
        )
        fit = two_slopes(DAYS, y)
        inside.append(fit.second_low <= 0.007 <= fit.second_high)
    assert 0.83 <= np.mean(inside) <= 0.98


def test_a_rising_transcript_and_too_few_points_are_said():
    rising = -0.05 * np.minimum(DAYS, 100) + 0.01 * np.maximum(DAYS - 100, 0)
    assert two_slopes(DAYS, rising).status == "rising"
    assert two_slopes(DAYS[:4], rising[:4]).status == "too few points"
    noisy = -0.02 * DAYS + 0.3 * np.random.default_rng(1).standard_normal(DAYS.size)
    assert two_slopes(DAYS, noisy).status == "one slope"


def test_slopes_of_68_patients_are_those_that_were_published(real_data):
    # Michor et al. 2005: medians 0.051 and 0.0068 a day, to be met within 10 %.
    found = fit_decline(real_data / "resistance/michor2005_cml_patients/michor.csv")
    assert len(found.patients) == 68
    assert found.first.value == pytest.approx(0.051, rel=0.1)
    assert found.second.value == pytest.approx(0.0068, rel=0.1)
    assert found.first.low < 0.051 < found.first.high
    assert found.second.low < 0.0068 < found.second.high
    assert found.left_out == sum(patient.status == "too few points" for patient in found.patients)


def frame(**columns):
    return pl.DataFrame(columns)


def test_units_of_time_are_read_and_patients_kept_apart(tmp_path):
    level = list(np.exp(-0.05 * np.minimum(DAYS, 90) - 0.007 * np.maximum(DAYS - 90, 0)) * 100)
    days = fit_decline(frame(patient=["a"] * 9 + ["b"] * 9, days=list(DAYS) * 2, percent=level * 2))
    years = fit_decline(frame(patient=["a"] * 9, years=list(DAYS / 365.25), percent=level))
    assert len(days.patients) == 2
    assert years.second.value == pytest.approx(days.second.value, rel=1e-6)
    path = tmp_path / "mine.csv"
    frame(Pt=["a"] * 9, Days=list(DAYS), Prct=level).write_csv(path)
    assert fit_decline(path).first.value == pytest.approx(days.first.value, rel=1e-6)


def test_levels_of_zero_are_left_out_and_do_not_make_infinities():
    level = list(np.exp(-0.02 * DAYS) * 100)
    level[-1] = 0.0
    [patient] = fit_decline(frame(days=list(DAYS), percent=level)).patients
    assert patient.n == 8 and np.isfinite(patient.second)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"days": [-5.0, 1, 2], "percent": [1.0, 2, 3]}, "not-a-number"),
        ({"days": [0.0, 1, 2], "percent": [1.0, -2, 3]}, "not-a-number"),
        ({"days": ["x", "1", "2"], "percent": ["1", "2", "3"]}, "not-a-number"),
        ({"time": [0.0], "percent": [1.0]}, "time-column"),
        ({"days": [0.0], "months": [0.0], "percent": [1.0]}, "time-column"),
        ({"days": [0.0], "level": [1.0]}, "column-missing"),
    ],
)
def test_bad_tables_are_told(columns, code):
    with pytest.raises(InputError) as caught:
        fit_decline(frame(**columns))
    assert code in {fault.code for fault in caught.value.faults}


def test_too_little_of_everybody_is_told():
    with pytest.raises(InputError, match="5 detected levels"):
        fit_decline(frame(days=[0.0, 30.0], percent=[100.0, 20.0]))


def test_a_fitted_decline_sets_the_disease(real_data):
    found = fit_decline(real_data / "resistance/michor2005_cml_patients/michor.csv")
    setting = setting_with_decline(load_setting("cml"), found)
    assert setting.decline_per_day.value == found.second.value
    assert setting.decline_log_sd == pytest.approx(0.7, abs=0.1)


def test_what_was_fitted_is_said_in_a_sentence():
    level = np.exp(-0.05 * np.minimum(DAYS, 100) - 0.007 * np.maximum(DAYS - 100, 0))
    table = pl.DataFrame(
        {"patient": ["a"] * DAYS.size + ["b"], "days": [*DAYS, 0.0], "percent": [*(100 * level), 50.0]}
    )
    text = fit_decline(table).text
    for words in (
        "2 patients",
        "1 with two slopes",
        "1 left out",
        "first slope 0.05 a day",
        "half-life 14 days",
    ):
        assert words in text


def test_a_table_without_a_time_names_its_columns(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("ID,TIME,VALUE\n1,0,100\n")
    with pytest.raises(InputError) as caught:
        fit_decline(path)
    [fault] = caught.value.faults
    assert fault.file == str(path) and "TIME" in (fault.mend or "")
