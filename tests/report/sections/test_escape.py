"""Paths in words become paths in the drawing."""

import pytest

from kinescape.report.sections.escape import escape_section, nodes_of_path, study_first


@pytest.mark.parametrize(
    ("path", "nodes"),
    [
        ("AXL → GAB1 → PIK3CA, beside the blocked EGFR", ["AXL", "GAB1", "PIK3CA"]),
        ("PTEN ⊣ PIK3CA → AKT1", ["PTEN", "PIK3CA", "AKT1"]),
        (
            "SRC ⋯ STAT3 → MYC → proliferation, beside the blocked SRC and EGFR",
            ["SRC", "STAT3", "MYC", "proliferation"],
        ),
        ("AXL -> GAB1", ["AXL", "GAB1"]),
        ("no way is known", []),
        ("", []),
        (None, []),
    ],
)
def test_nodes_of_a_path(results, path: str | None, nodes: list[str]) -> None:
    assert nodes_of_path(path, results.network) == nodes


def test_drawing_shows_blocked_and_open_ways(results) -> None:
    figure = escape_section(results).context["drawing"]
    datasets = figure.specification()["datasets"].values()
    strong = [row for rows in datasets for row in rows if {"view", "edge", "step"} <= set(row)]
    edges = {row["edge"] for row in strong if row["view"] == "erlotinib"}
    assert edges == {"AXL GAB1", "GAB1 PIK3CA"}
    tags = {(row["node"], row["drug"]) for rows in datasets for row in rows if row.get("drug")}
    assert ("EGFR", "× erlotinib") in tags


def test_no_response_is_said_in_one_sentence(results) -> None:
    section = escape_section(results.with_(escape=results.escape.clear()))
    assert section.context["rows"] == []


def test_agents_of_the_study_come_first() -> None:
    assert study_first("a; b; c; d; e; f", ["e"], most=2) == "e, a or 4 more"
    assert study_first(None, []) == ""
    assert study_first(["x", "y"], []) == "x or y"
