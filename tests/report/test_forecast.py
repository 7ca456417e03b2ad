import json
import re

import pytest

from kinescape.foundation.errors import RunError
from kinescape.report.bundle import page_html
from kinescape.report.forecast import forecast_page, write_forecast
from kinescape.strategy.evolution import forecast_resistance


@pytest.fixture(scope="module")
def forecast():
    return forecast_resistance(["imatinib 1y then nilotinib", "asciminib + nilotinib"], patients=100)


@pytest.fixture(scope="module")
def html(forecast):
    return page_html(forecast_page(forecast))


def test_page_answers_first_and_marks_chances_as_conditional(html):
    assert html.index("What to expect") < html.index("Relapse over time") < html.index("How sure this is")
    assert "conditional" in html
    assert "asciminib + nilotinib has the smallest chance of relapse" in html


def test_page_says_what_is_left_out_and_what_was_not_measured(html, forecast):
    for item in forecast.left_out:
        assert item.replace("'", "&#39;") in html
    assert "never taken as sensitive" in html
    assert "no serum shift seen in print" in html


def test_page_loads_nothing_and_is_small(html):
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
    assert not re.search(
        r"""(?:src|href)=["']https?://(?!doi\.org|pubmed|www\.ncbi|pmc\.ncbi)""", html.split("<script")[0]
    )
    assert len(html.encode()) < 2_000_000


def test_every_figure_has_its_numbers(html, forecast):
    blocks = dict(
        re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', html, flags=re.S)
    )
    for key in ("relapse", "ratios", "mutants", "tornado"):
        assert f"chart-{key}" in blocks
        assert json.loads(blocks[f"chart-{key}"])
        assert f"table-{key}-data" in blocks
    relapse = json.loads(blocks["table-relapse-data"])
    assert len(relapse["rows"]) == sum(len(one.times_days) + 1 for one in forecast.schedules)


def test_one_schedule_and_no_uncertainty_make_a_page_too():
    plain = forecast_resistance("imatinib", patients=50, uncertainty=False, compounds=False)
    text = page_html(forecast_page(plain))
    assert 'id="figure-tornado"' not in text and 'id="figure-ratios"' not in text
    assert 'id="figure-relapse"' in text


def test_a_folder_that_cannot_be_written_is_a_run_error(forecast, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("x")
    with pytest.raises(RunError):
        write_forecast(forecast, blocker / "page.html")
    assert write_forecast(forecast, tmp_path / "page.html").stat().st_size > 100_000
