"""Figures as files: the suffix decides, and nothing half-written stays."""

import json

import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.report import save_figure
from kinescape.report.figures.pareto import pareto_plot


@pytest.fixture(scope="module")
def figure(results):
    return pareto_plot(results.combinations, "viability", "HCC827-sim", "BEAS2B-sim", key="p", simulated=True)


@pytest.mark.parametrize(
    ("suffix", "start"), [(".svg", b"<svg"), (".png", b"\x89PNG"), (".pdf", b"%PDF"), (".json", b"{")]
)
def test_suffix_decides(figure, tmp_path, suffix: str, start: bytes) -> None:
    path = save_figure(figure, tmp_path / f"pairs{suffix}", pixel_ratio=1)
    assert path.read_bytes().startswith(start)


def test_simulated_is_said_in_the_picture(figure, tmp_path) -> None:
    assert "SIMULATED data" in save_figure(figure, tmp_path / "pairs.svg").read_text(encoding="utf-8")


def test_json_is_a_chart_with_a_theme(figure, tmp_path) -> None:
    chart = json.loads(save_figure(figure, tmp_path / "pairs.json").read_text(encoding="utf-8"))
    assert chart["$schema"].startswith("https://vega.github.io/schema/vega-lite/v")
    assert chart["config"]["title"]["anchor"] == "start"


def test_another_suffix_is_the_users_fault(figure, tmp_path) -> None:
    with pytest.raises(InputError, match=r"pairs\.docx.*\.svg"):
        save_figure(figure, tmp_path / "pairs.docx")
    assert list(tmp_path.iterdir()) == []


def test_a_plain_chart_can_be_saved_too(tmp_path) -> None:
    import altair as alt

    chart = alt.Chart(pl.DataFrame({"x": [1.0, 2.0]})).mark_point().encode(x="x:Q")
    assert save_figure(chart, tmp_path / "x.svg").stat().st_size > 200
