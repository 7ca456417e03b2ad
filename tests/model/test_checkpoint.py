import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.agents import load_agents
from kinescape.knowledge.network import load_core_network
from kinescape.measurements.conditions import Condition
from kinescape.measurements.table import Measurements
from kinescape.model.baselines import RidgeFit, fit_ridge
from kinescape.model.checkpoint import ARRAYS, CHOICES, MANIFEST, ROWS, load_model, save_model
from kinescape.model.design import Design
from kinescape.model.fitted_model import FittedModel, fit_model
from kinescape.model.intervene import what_if
from kinescape.model.members import MEAN, NEAREST, NETWORK, NETWORK_GAIN, SATURATING, SINGLES, members_with
from kinescape.model.on_disk.checkpoint_fits import describe_fit, restore_fit
from kinescape.model.predict import predict_conditions
from kinescape.model.prior import Wiring

ASKED = ("EGF 50 ng/mL + MEKi 30 nM", "AKTi 1 uM", "AKTi 0.5 uM + ERKi 1 uM")


def _model(small_study: Measurements) -> FittedModel:
    return fit_model(
        small_study,
        agents=load_agents(),
        network=load_core_network(),
        members=(NETWORK, NETWORK_GAIN, SATURATING),
        not_expressed={"A": ["AXL"]},
        seed=7,
    )


@pytest.fixture(scope="module")
def model(small_study: Measurements) -> FittedModel:
    return _model(small_study)


@pytest.fixture
def folder(model: FittedModel, tmp_path: Path) -> Path:
    return save_model(model, tmp_path / "model")


def _same(left: pl.DataFrame, right: pl.DataFrame) -> None:
    """To the last bit."""
    assert left.equals(right)


def test_predictions_survive_the_round_trip(model: FittedModel, folder: Path) -> None:
    loaded = load_model(folder)
    assert set(loaded.fits) == set(model.fits)
    assert (loaded.choices, loaded.dataset, loaded.seed) == (model.choices, model.dataset, model.seed)
    assert loaded.notes == model.notes
    assert loaded.not_expressed == {"A": frozenset({"AXL"})}
    for samples in (None, ["never seen"]):
        _same(
            predict_conditions(model, ASKED, samples=samples),
            predict_conditions(loaded, ASKED, samples=samples),
        )


def test_every_member_survives(model: FittedModel, folder: Path) -> None:
    loaded = load_model(folder)
    for (index, name), fit in model.fits.items():
        design = model.designs[index]
        rows = design.rows_for("B", [Condition.parse(text) for text in ASKED])
        before, after = fit.predict(rows), loaded.fits[index, name].predict(rows)
        np.testing.assert_array_equal(after.mean, before.mean)
        np.testing.assert_array_equal(after.low, before.low)  # type: ignore[arg-type]


def test_plain_baselines_survive(model: FittedModel, tmp_path: Path) -> None:
    fits = {(0, member.name): member.fit(model.designs[0]) for member in (MEAN, NEAREST, SINGLES)}
    loaded = load_model(save_model(replace(model, fits=fits), tmp_path))
    rows = model.designs[0].rows
    for key, fit in fits.items():
        assert np.array_equal(loaded.fits[key].predict(rows).mean, fit.predict(rows).mean)


def test_queries_survive_with_agents_nobody_measured(model: FittedModel, folder: Path) -> None:
    loaded = load_model(folder)
    for asked in ({"block": ["MAP2K1"]}, {"push": ["EGFR"], "block": ["trametinib"]}):
        _same(what_if(model, **asked), what_if(loaded, **asked))  # type: ignore[arg-type]


def test_intervals_keep_their_calibration(planted: tuple[Design, Wiring], tmp_path: Path) -> None:
    design, wiring = planted
    members = [member for member in members_with(wiring) if member.name in ("hierarchical", NETWORK_GAIN)]
    fits = {(0, member.name): member.fit(design) for member in members}
    loaded = load_model(save_model(FittedModel((design,), fits, (), "x", 0, wiring), tmp_path))
    for key, fit in fits.items():
        core = getattr(fit, "core", fit)
        found = getattr(loaded.fits[key], "core", loaded.fits[key])
        assert found.calibration == core.calibration
        assert found.calibration.unseen_agent != found.calibration.usual


def test_same_model_same_bytes(model: FittedModel, folder: Path, tmp_path: Path) -> None:
    again = save_model(load_model(folder), tmp_path / "again")
    for name in (ARRAYS, ROWS, CHOICES, MANIFEST):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_nothing_is_pickled(folder: Path) -> None:
    with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_a_newer_layout_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest |= {"schema_version": 99, "kinescape": "9.0"}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"written by kinescape 9.0, in layout 99") as caught:
        load_model(folder)
    assert "update kinescape" in caught.value.text


def test_damage_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no fitted model"):
        load_model(tmp_path / "nothing")
    arrays = (folder / ARRAYS).read_bytes()
    (folder / ARRAYS).write_bytes(arrays[: len(arrays) // 2])
    with pytest.raises(InputError, match=r"arrays\.npz is not the file that was written"):
        load_model(folder)
    (folder / ARRAYS).unlink()
    with pytest.raises(InputError, match=r"arrays\.npz is missing"):
        load_model(folder)
    (folder / ARRAYS).write_bytes(arrays)
    whole = json.loads((folder / MANIFEST).read_text())
    del whole["designs"][0]["agents"][0]
    (folder / MANIFEST).write_text(json.dumps(whole))
    with pytest.raises(InputError, match="its parts do not fit together"):
        load_model(folder)
    (folder / MANIFEST).write_text("{")
    with pytest.raises(InputError, match=r"manifest\.json cannot be read"):
        load_model(folder)


def test_own_dose_functions_are_refused(model: FittedModel, tmp_path: Path) -> None:
    coded = replace(model.designs[0], row_dose=lambda sample, dose: None)
    with pytest.raises(InputError, match="code is not saved"):
        save_model(replace(model, designs=(coded,)), tmp_path)


def test_a_ridge_saved_before_it_told_what_is_left_over_is_fitted_again(model: FittedModel) -> None:
    design = model.designs[0]
    fit = fit_ridge(design)
    kept: dict[str, np.ndarray] = {}

    def keep(values: np.ndarray) -> str:
        kept[str(len(kept))] = values
        return str(len(kept) - 1)

    record = describe_fit(fit, keep)
    del record["nothing_over"]
    again = restore_fit(record, design, None, kept)
    assert isinstance(again, RidgeFit)
    assert np.array_equal(again.nothing_over, fit.nothing_over)
    assert np.array_equal(again.coefficient, fit.coefficient)
