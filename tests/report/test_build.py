"""The whole report: its parts in order, its figures with tables and captions, honest words."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from kinescape.report import save_figure, write_report
from kinescape.report.build import report_page
from kinescape.report.bundle import MOST_BYTES, page_html

from .simulated_study import CLOSING, HOSTILE
from .test_bundle import Reader

ORDER = [
    "answer",
    "study",
    "data-quality",
    "drug-effects",
    "escape",
    "model-quality",
    "pairs",
    "next-experiments",
    "network",
    "methods",
    "words",
    "provenance",
]


def without_scripts(html: str) -> str:
    return re.sub(r"<script.*?</script>", "", html, flags=re.S)


def test_sections_stand_in_the_order_of_a_readers_questions(report_html: str) -> None:
    page = Reader(report_html)
    assert [attributes["id"] for tag, attributes in page.elements if tag == "section"] == ORDER
    links = [attributes["href"] for tag, attributes in page.elements if tag == "a" and "href" in attributes]
    assert [link for link in links if link in [f"#{key}" for key in ORDER]][: len(ORDER)] == [
        f"#{key}" for key in ORDER
    ]


def test_written_file_is_the_page_and_small_enough(results, tmp_path: Path) -> None:
    path = write_report(results, tmp_path / "report.html")
    assert path.read_text(encoding="utf-8") == page_html(report_page(results))
    assert path.stat().st_size < MOST_BYTES
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_hostile_names_are_text_everywhere(report_html: str) -> None:
    page = Reader(report_html)
    tags = [tag for tag, _ in page.elements]
    assert "img" not in tags
    assert tags.count("script") == len(page.inside) - 1
    assert "<img" not in without_scripts(report_html)
    text = "".join(page.text)
    assert HOSTILE in text and CLOSING in text
    blocks = {
        attributes["id"]: body
        for tag, attributes, body in page.inside
        if attributes.get("type") == "application/json"
    }
    assert all("<" not in body for body in blocks.values())
    assert any(CLOSING in json.dumps(json.loads(body), ensure_ascii=False) for body in blocks.values())


def test_simulated_is_the_first_line_and_on_every_figure(report_html: str) -> None:
    page = Reader(report_html)
    words = [piece.strip() for piece in page.text if piece.strip()]
    assert words[0].startswith("SIMULATED") and words[1].startswith("SIMULATED data")
    figures = re.findall(r"<figure.*?</figure>", report_html, flags=re.S)
    assert figures and all("SIMULATED data" in figure for figure in figures)
    for tag, attributes, body in page.inside:
        if tag == "script" and str(attributes.get("id", "")).startswith("chart-"):
            assert "SIMULATED" in json.loads(body)["title"]["subtitle"][0]


def test_real_data_are_not_called_simulated(results) -> None:
    html = page_html(report_page(results.specified(simulated=False)))
    text = "".join(Reader(html).text)
    assert "SIMULATED" not in text and "simulator" not in text


def test_every_figure_has_caption_table_download_and_words_for_the_blind(report_html: str) -> None:
    figures = re.findall(r"<figure.*?</figure>", report_html, flags=re.S)
    assert len(figures) >= 8
    for number, figure in enumerate(figures, start=1):
        assert f"<strong>Figure {number}.</strong>" in figure
        assert re.search(r'role="img" tabindex="0" aria-label="[^"]{20,}"', figure)
        assert "<details" in figure and "<table>" in figure and "data-csv=" in figure
        caption = re.search(r"<figcaption>(.*?)</figcaption>", figure, flags=re.S)
        assert caption is not None
        assert "n\u00a0=\u00a0" in caption[1] or "interval" in caption[1]


def test_tables_can_be_read_by_a_screen_reader(report_html: str) -> None:
    for part in re.findall(r"<table.*?</table>", without_scripts(report_html), flags=re.S):
        assert 'scope="row"' in part or "<tbody>\n</tbody>" in part
        if "<thead>" in part:
            assert 'scope="col"' in part and "<caption" in part


def test_keyboard_reach(report_html: str) -> None:
    page = Reader(report_html)
    first = next(attributes for tag, attributes in page.elements if tag == "a")
    assert first["href"] == "#main" and "Skip" in report_html
    scrolled = [attributes for _, attributes in page.elements if attributes.get("class") == "scroll"]
    assert scrolled and all(attributes["tabindex"] == "0" for attributes in scrolled)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    anchors = {
        attributes["href"][1:]
        for tag, attributes in page.elements
        if tag == "a" and attributes["href"][:1] == "#"
    }
    assert anchors <= set(ids)


def test_charts_of_the_report_convert_to_pictures(results, tmp_path: Path) -> None:
    figures = [
        value
        for section in report_page(results).sections
        for entry in section.context.values()
        for value in (entry if isinstance(entry, list) else [entry])
        if type(value).__name__ == "Figure"
    ]
    assert len(figures) >= 8
    for figure in figures:
        path = save_figure(figure, tmp_path / f"{figure.key}.svg")
        svg = path.read_text(encoding="utf-8")
        assert svg.startswith("<svg") and "NaN" not in svg
        assert "<script" not in svg and "<img" not in svg


def test_same_results_give_the_same_bytes(results) -> None:
    assert page_html(report_page(results)) == page_html(report_page(results))


def test_without_a_reference_sample_nothing_is_spared(results) -> None:
    combinations = results.combinations.with_columns(
        pl.lit(None, dtype=pl.Float64).alias(name) for name in ("spared", "spared_low", "spared_high")
    )
    html = page_html(report_page(results.specified(reference_sample=None).with_(combinations=combinations)))
    assert "is to be spared" not in html and "In None" not in html
    assert "sparing is not judged" in html


@pytest.mark.parametrize(
    "name", ["quality", "effects", "validation", "comparisons", "predictions", "combinations", "escape"]
)
def test_an_empty_table_is_no_reason_to_fail(results, name: str) -> None:
    empty = getattr(results, name).clear()
    html = page_html(report_page(results.with_(**{name: empty})))
    keys = [attributes["id"] for tag, attributes in Reader(html).elements if tag == "section"]
    assert keys[0] == "answer" and keys[-1] == "provenance"
    assert "nan" not in without_scripts(html).lower().split()


def test_everything_empty_still_says_so(results) -> None:
    names = ("quality", "effects", "validation", "comparisons", "predictions", "combinations", "escape")
    bare = results.with_(
        **{name: getattr(results, name).clear() for name in names}, methods=(), notes=(), provenance={}
    )
    text = " ".join("".join(Reader(page_html(report_page(bare))).text).split())
    assert "No drug was measured alone" in text
    assert "These data name no way round a drug" in text
    assert "Predictions could not be tested here" in text


def test_a_large_study_still_fits_the_mail(results) -> None:
    samples, conditions, readouts = 14, 90, 45
    grid = (
        pl.DataFrame({"sample": [HOSTILE, *(f"line {place}" for place in range(1, samples))]})
        .join(pl.DataFrame({"condition": [f"drug{place} 1 uM" for place in range(conditions)]}), how="cross")
        .join(
            pl.DataFrame({"readout": [f"p-PROTEIN{place} S{place}" for place in range(readouts)]}),
            how="cross",
        )
        .with_row_index("row")
    )
    value = (pl.col("row") % 977) / 311 - 1.5
    effects = grid.select(
        *("sample", "condition", "readout"),
        pl.lit("MAPK1").alias("node"),
        value.alias("value"),
        pl.lit(0.123456).alias("se"),
        pl.lit(3).alias("n"),
        (value - 0.2).alias("low"),
        (value + 0.2).alias("high"),
        (pl.col("row") % 89 / 89).alias("p_value"),
        (pl.col("row") % 89 / 89).alias("fdr"),
        pl.lit("rppa").alias("assay"),
        pl.lit("log2_fold_change").alias("scale"),
    )
    large = results.with_(effects=effects).specified(target_sample=HOSTILE, reference_sample="line 1")
    html = page_html(report_page(large))
    assert len(html.encode()) < MOST_BYTES
    assert "the tables of the results folder hold all" in html
    assert "line 13" in html
