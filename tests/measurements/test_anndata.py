import pytest

from kinescape.foundation.errors import InputError
from kinescape.measurements.table import Measurements

pytest.importorskip("anndata")


def test_one_observation_a_condition_and_one_variable_a_readout(frame):
    data = Measurements.from_frame(frame).to_anndata()
    assert data.shape == (2, 1)
    assert data.var.loc["p-ERK1/2", "nodes"] == "MAPK1;MAPK3"
    treated = data.obs["condition"] == "erlotinib 1 uM"
    assert data.X[treated.to_numpy(), 0] == pytest.approx([-1.5])
    assert data.layers["se"][treated.to_numpy(), 0] == pytest.approx([0.1])
    assert data.uns["scale"] == "log2_fold_change"


def test_a_scale_without_rows_is_told(frame):
    with pytest.raises(InputError, match="no values on the scale 'auc'"):
        Measurements.from_frame(frame).to_anndata("auc")
