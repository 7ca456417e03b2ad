import json

import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.study.demonstration import BYPASS, GOOD_PAIR, NORMAL, TUMOUR, make_demonstration, simulate


def test_the_planted_bypass_is_found_in_the_tumour_and_only_there(demonstration):
    _, results = demonstration
    gains = results.escape.filter((pl.col("agent") == "osimertinib") & (pl.col("direction") == "gain"))
    tumour = gains.filter(pl.col("sample") == TUMOUR).sort("change", descending=True)
    assert tumour["node"][0] == BYPASS
    assert tumour["low"][0] > 0.5
    assert tumour["fdr"][0] < 0.001
    assert "bemcentinib" in tumour["countered_by"][0].split("; ")
    assert BYPASS not in gains.filter(pl.col("sample") == NORMAL)["node"].to_list()


def test_the_planted_pair_was_not_measured_and_is_found(demonstration):
    _, results = demonstration
    pairs = results.combinations
    planted = pairs.filter((pl.col("agent_a") == GOOD_PAIR[0]) & (pl.col("agent_b") == GOOD_PAIR[1]))
    assert planted["status"].to_list() == ["predicted"]
    assert planted["front"].to_list() == [1]
    assert BYPASS in planted["escape_route"][0]
    # Of all the pairs still to be measured it closes the largest measured escape.
    open_pairs = pairs.filter(pl.col("status") == "predicted").sort("escape_closed", descending=True)
    assert (open_pairs["agent_a"][0], open_pairs["agent_b"][0]) == GOOD_PAIR


def test_the_truth_beside_the_data_says_that_the_pair_is_good(demonstration):
    folder, _ = demonstration
    truth = json.loads((folder / "truth.json").read_text())["viability_of_pairs"]
    text = "bemcentinib 1 uM + osimertinib 1 uM"
    assert truth[f"{TUMOUR}: {text}"] < 0.2
    assert truth[f"{NORMAL}: {text}"] > 0.9
    assert text not in (folder / "signalling.csv").read_text()
    assert text not in (folder / "viability.csv").read_text()


def test_the_report_says_that_the_data_are_simulated(demonstration, tmp_path):
    from kinescape.report.build import write_report

    _, results = demonstration
    write_report(results, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "SIMULATED" in page
    assert len(page) < 6_000_000


def test_the_simulation_is_the_same_each_time():
    first, second = simulate(), simulate()
    assert first[0].equals(second[0])
    assert first[1].equals(second[1])
    assert first[2] == second[2]


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("precious")
    with pytest.raises(InputError, match=r"thesis\.docx"):
        make_demonstration(tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_study_of_ones_own_is_never_written_over(tmp_path):
    (tmp_path / "study.toml").write_text("[study]\n")
    with pytest.raises(InputError, match=r"study\.toml of your own"):
        make_demonstration(tmp_path)
    assert (tmp_path / "study.toml").read_text() == "[study]\n"
