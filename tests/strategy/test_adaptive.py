import numpy as np
import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.names import load_readouts
from kinescape.measurements.false_discovery import false_discovery_rate
from kinescape.measurements.table import Measurements
from kinescape.strategy.adaptive import COLUMNS, adaptive_responses

LOG = {"scale": "log2_fold_change", "se": 0.1, "n": 3}


@pytest.fixture(scope="module")
def study(made_rows) -> Measurements:
    """An EGFR-driven line in which AXL rises and ERK and AKT stay up, and a normal line without."""
    drug = "erlotinib 1 uM"
    levels = {
        "resistant": {"EGFR": -2.5, "AXL": 1.2, "MAPK1": -0.05, "AKT1": 0.02, "STAT3": 0.05},
        "normal": {"EGFR": -2.4, "AXL": 0.05, "MAPK1": -1.6, "AKT1": -1.5, "STAT3": -0.05},
    }
    readout = {
        "EGFR": "p-EGFR Y1068",
        "AXL": "p-AXL Y779",
        "MAPK1": "p-ERK2 Y187",
        "AKT1": "p-AKT1 S473",
        "STAT3": "p-STAT3 Y705",
    }
    parts = [
        made_rows(sample, readout[node], node, {drug: value}, **LOG)
        for sample, values in levels.items()
        for node, value in values.items()
    ]
    return Measurements.from_frame(pl.concat(parts))


@pytest.fixture(scope="module")
def readouts(small_network):
    return load_readouts(network=small_network)


def responses(study, network, agents, readouts, sample: str = "resistant", **options: object) -> pl.DataFrame:
    return adaptive_responses(study, network, agents, sample=sample, readouts=readouts, **options)


def test_the_planted_bypass_is_found(study, small_network, small_agents, readouts) -> None:
    frame = responses(study, small_network, small_agents, readouts)
    assert dict(frame.schema) == COLUMNS
    found = {row["node"]: row for row in frame.iter_rows(named=True)}
    assert set(found) == {"AXL", "MAPK1", "AKT1"}
    axl = found["AXL"]
    assert axl["direction"] == "gain"
    assert axl["fdr"] < 0.01
    assert axl["low"] < 1.2 < axl["high"]
    assert axl["path"].startswith("AXL → ") and axl["path"].endswith("beside the blocked EGFR")
    assert "EGFR →" not in axl["path"]
    assert "bemcentinib" in axl["countered_by"]
    assert axl["references"] == "PMID:1"
    for node in ("MAPK1", "AKT1"):
        assert found[node]["direction"] == "held"
        assert "AXL" in found[node]["evidence"]
        assert found[node]["countered_by"].startswith("bemcentinib")
    assert frame["node"][0] == "AXL"


def test_the_normal_line_shows_none(study, small_network, small_agents, readouts) -> None:
    assert responses(study, small_network, small_agents, readouts, sample="normal").is_empty()


def test_a_brake_that_falls_is_a_loss(made_rows, small_network, small_agents, readouts) -> None:
    made = Measurements.from_frame(
        made_rows("line", "total PTEN", "PTEN", {"erlotinib 1 uM": -1.5, "trametinib 1 nM": 0.1}, **LOG)
    )
    frame = responses(made, small_network, small_agents, readouts, sample="line")
    assert frame.select("agent", "node", "direction").rows() == [("erlotinib", "PTEN", "loss")]
    assert "PTEN ⊣ AKT1" in frame["path"][0]


def test_an_inhibiting_site_counts_with_its_sign_turned(
    made_rows, small_network, small_agents, readouts
) -> None:
    network = small_network.with_edges(
        [type(small_network.edges[0])("GSK3B", "AKT1", 1, "phosphorylation", references=("PMID:2",))]
    )
    made = Measurements.from_frame(
        made_rows("line", "p-GSK3B S9", "GSK3B", {"erlotinib 1 uM": -1.5, "trametinib 1 nM": 0.0}, **LOG)
    )
    frame = adaptive_responses(made, network, small_agents, sample="line")
    assert frame["direction"].to_list() == ["gain"]
    assert frame["change"][0] == pytest.approx(1.5)
    assert frame["evidence"][0].startswith(
        "GSK3B activity rose by 1.50 log2 (its inhibiting site p-GSK3B S9 fell)"
    )


def test_a_bare_name_of_two_opposite_meanings_is_left_out(made_rows, small_network, small_agents) -> None:
    network = small_network.with_edges(
        [type(small_network.edges[0])("GSK3B", "AKT1", 1, "phosphorylation", references=("PMID:2",))]
    )
    made = Measurements.from_frame(
        made_rows("line", "GSK3", "GSK3B", {"erlotinib 1 uM": -1.5, "trametinib 1 nM": 0.0}, **LOG)
    )
    assert adaptive_responses(made, network, small_agents, sample="line").is_empty()
    as_phospho = adaptive_responses(made, network, small_agents, sample="line", phospho_assays=["made"])
    assert as_phospho["change"].to_list() == [pytest.approx(1.5)]


def test_without_replicates_nothing_is_claimed(made_rows, small_network, small_agents, readouts) -> None:
    made = made_rows(
        "line", "p-AXL Y779", "AXL", {"erlotinib 1 uM": 1.0}, scale="log2_fold_change", se=None, n=1
    ).with_columns(pl.col("se").cast(pl.Float64))
    frame = responses(Measurements.from_frame(made), small_network, small_agents, readouts, sample="line")
    assert frame["fdr"].to_list() == [None]
    assert frame["low"].to_list() == [None]
    assert "Not tested" in frame["evidence"][0]


def test_a_rebound_is_held_at_the_last_time(made_rows, small_network, small_agents, readouts) -> None:
    parts = [
        made_rows("line", "p-ERK2 Y187", "MAPK1", {"erlotinib 1 uM": value}, **LOG, time_h=time)
        for time, value in ((1.0, -2.0), (24.0, 0.05))
    ]
    made = Measurements.from_frame(pl.concat(parts))
    frame = responses(made, small_network, small_agents, readouts, sample="line")
    assert frame["direction"].to_list() == ["held"]
    assert frame["change"][0] == pytest.approx(0.05)
    assert "at 1 h (-2.00)" in frame["evidence"][0]
    falling = Measurements.from_frame(parts[0])
    assert responses(falling, small_network, small_agents, readouts, sample="line").is_empty()


def test_a_held_row_rests_on_its_own_replicates(made_rows, small_network, small_agents, readouts) -> None:
    parts = [
        made_rows("line", "p-ERK2 Y187", "MAPK1", {"erlotinib 1 uM": value}, **(LOG | {"n": n}), time_h=time)
        for time, value, n in ((1.0, -2.0, 3), (24.0, 0.05, 7))
    ]
    frame = responses(
        Measurements.from_frame(pl.concat(parts)), small_network, small_agents, readouts, sample="line"
    )
    assert frame["direction"].to_list() == ["held"]
    assert frame["n"].to_list() == [7]  # the largest response, at 1 h, has 3
    assert "n = 7" in frame["evidence"][0]


def test_change_is_against_the_same_ligand(made_rows, small_network, small_agents, readouts) -> None:
    values = {"EGF 10 ng/mL": 1.0, "EGF 10 ng/mL + erlotinib 1 uM": 2.2}
    made = Measurements.from_frame(made_rows("line", "p-AXL Y779", "AXL", values, **LOG))
    frame = responses(made, small_network, small_agents, readouts, sample="line")
    assert frame["change"][0] == pytest.approx(1.2)
    assert frame["se"][0] == pytest.approx(0.1 * np.sqrt(2))


def test_noise_alone_is_rarely_called(made_rows, small_network, small_agents, readouts) -> None:
    rng = np.random.default_rng(5)
    parts = []
    for number in range(200):
        replicates = rng.normal(0, 0.3, 3)
        parts.append(
            made_rows(
                f"line {number}",
                "p-AXL Y779",
                "AXL",
                {"erlotinib 1 uM": replicates.mean()},
                scale="log2_fold_change",
                se=float(replicates.std(ddof=1) / np.sqrt(3)),
                n=3,
            )
        )
    made = Measurements.from_frame(pl.concat(parts))
    called = sum(
        responses(made, small_network, small_agents, readouts, sample=f"line {number}").height
        for number in range(0, 200, 20)
    )
    assert called == 0


def test_unknown_sample(study, small_network, small_agents, readouts) -> None:
    with pytest.raises(InputError, match="resistant"):
        responses(study, small_network, small_agents, readouts, sample="resistent")


def test_false_discovery_rate_agrees_with_scipy() -> None:
    from scipy.stats import false_discovery_control

    p = np.random.default_rng(0).uniform(size=50) ** 2
    assert false_discovery_rate(p) == pytest.approx(false_discovery_control(p))
    with_gap = np.insert(p, 7, np.nan)
    assert np.isnan(false_discovery_rate(with_gap)[7])
    assert np.delete(false_discovery_rate(with_gap), 7) == pytest.approx(false_discovery_control(p))
