import polars as pl

from kinescape.report.figures.network_test import CURATED, SHUFFLED, WITHOUT, network_test_strip


def frame(errors):
    schema = {"network": pl.String, "rmse": pl.Float64}
    return pl.DataFrame(list(errors.items()), schema=schema, orient="row")


def test_every_network_is_one_mark_of_its_kind():
    errors = {"without": 1.0, "curated": 0.8, "shuffled 1": 1.1, "shuffled 2": 0.9}
    figure = network_test_strip(frame(errors), key="k", simulated=True)
    assert figure is not None
    (rows,) = figure.chart.to_dict()["datasets"].values()
    kinds = [row["kind"] for row in rows]
    assert sorted(kinds) == sorted([CURATED, WITHOUT, SHUFFLED, SHUFFLED])
    assert "n = 2" in figure.caption


def test_no_figure_where_the_test_was_not_made():
    assert network_test_strip(frame({}), key="k") is None
    assert network_test_strip(frame({"without": 1.0, "curated": 0.9}), key="k") is None
