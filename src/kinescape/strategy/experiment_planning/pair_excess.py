"""From measurements to a screen of pairs: the excess of every measured pair over independence, in every sample.

One value a pair and sample: the mean over the dose pairs measured. A drug named two ways is one drug; a pair whose
results contradict each other is kept, with an error as large as the contradiction, and named.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from kinescape.foundation.issues import Fault, Faults
from kinescape.measurements.conditions import AgentDose, Condition
from kinescape.measurements.replicate_error import moderated_error
from kinescape.strategy.experiment_planning.pair_screen import PairScreen
from kinescape.strategy.experiment_planning.replicate_contradiction import scattered_replicates
from kinescape.strategy.experiment_planning.screened_effects import is_ligand
from kinescape.strategy.pair_ranking.measured_synergy import NULL_MODEL, bliss_excess, bliss_expectation

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.measurements.table import Measurements

CONTRADICTION = 1.645
"""Results above and below 0, each by more than this many standard errors, contradict each other."""


@dataclass(frozen=True)
class MeasuredPairs:
    """What the measurements say of pairs.

    Parameters
    ----------
    screen : PairScreen
        All pairs of the candidate drugs; samples are those with a measured pair, and the one asked for.
    contradicting : tuple of (str, str)
        Pairs of the sample asked for whose results contradict each other.
    alone : frozenset of str
        Drugs measured alone in the sample asked for.
    notes : tuple of Fault
    """

    screen: PairScreen
    contradicting: tuple[tuple[str, str], ...]
    alone: frozenset[str]
    notes: tuple[Fault, ...]


def one_name(name: str, agents: AgentTable) -> str:
    """The name of an agent in the table of agents; as written where it is not known."""
    known = agents.get(name)
    return known.name if known is not None else name


def measured_pairs(
    measurements: Measurements,
    agents: AgentTable,
    *,
    sample: str,
    node: str,
    readout: str,
    scale: str,
    drugs: tuple[str, ...],
    synergy_at: float = 0.1,
) -> MeasuredPairs:
    """Excess over Bliss of all pairs of some drugs, in all samples.

    Parameters
    ----------
    measurements : Measurements
    agents : AgentTable
    sample : str
        The sample asked for.
    node, readout, scale : str
        What to read; the latest time where there are several.
    drugs : tuple of str
        Drugs by their names in the table of agents.
    synergy_at : float
        Scatter between replicates that is too small to matter does not count as a contradiction.
    """
    faults = Faults()
    rows = measurements.frame.filter(
        (pl.col("node") == node)
        & (pl.col("population") == "all")
        & (pl.col("readout") == readout)
        & (pl.col("scale").cast(pl.String) == scale)
    )
    rows = rows.filter(
        pl.col("time_h").is_null() | (pl.col("time_h") == pl.col("time_h").max().over("sample"))
    ).select("sample", "condition", "value", "se", "n")
    conditions = _conditions(rows["condition"].unique().sort(), agents, faults)
    rows = rows.join(conditions, on="condition").with_columns(
        own_se=pl.col("se").fill_null(float("nan")),
        scattered=pl.struct("se", "n")
        .map_batches(
            lambda part: pl.Series(
                scattered_replicates(
                    part.struct.field("se").fill_null(float("nan")).to_numpy(),
                    part.struct.field("n").to_numpy(),
                    synergy_at,
                )
            ),
            return_dtype=pl.Boolean,
        )
        .over("sample"),
        se=pl.struct("se", "n")
        .map_batches(
            lambda part: pl.Series(
                moderated_error(
                    part.struct.field("se").fill_null(float("nan")).to_numpy(),
                    part.struct.field("n").to_numpy(),
                ).se
            ),
            return_dtype=pl.Float64,
        )
        .over("sample"),
    )
    alone = rows.filter(pl.col("b") == "").select("sample", "background", "a", "dose_a", "value", "se")
    single = alone.group_by("sample", "background", "a", "dose_a").agg(
        pl.col("value").mean(), pl.col("se").mean()
    )
    ground = (
        rows.filter(pl.col("a") == "")
        .group_by("sample", "background")
        .agg(pl.col("value").mean().alias("ground"))
    )
    own_alone = frozenset(single.filter(pl.col("sample") == sample)["a"])
    without_error = rows.filter(pl.col("sample") == sample)["se"].is_nan().all()
    if without_error and rows.height:
        faults.add(
            "no-replicates",
            f"no condition of {sample} has replicates, so that the error of a measured pair is not known",
            mend="give se and n over independent replicates; until then the scatter between pairs stands for it",
            severity="warning",
        )
    pairs = rows.filter((pl.col("b") != "") & pl.col("a").is_in(drugs) & pl.col("b").is_in(drugs))
    for one, other in (("a", "dose_a"), ("b", "dose_b")):
        pairs = pairs.join(
            single.rename({"a": one, "dose_a": other, "value": f"value_{one}", "se": f"se_{one}"}),
            on=["sample", "background", one, other],
            how="left",
        )
    pairs = pairs.join(ground, on=["sample", "background"], how="left")
    if scale not in NULL_MODEL and pairs.height:
        faults.add(
            "no-rule-for-scale",
            f"effects on the scale {scale} do not join by a rule: {pairs.height} measured pair(s) cannot be scored",
            mend="give fractions of control, log2 fold changes or z scores",
            severity="warning",
        )
    bare = pairs.filter(pl.col("value_a").is_null() | pl.col("value_b").is_null())
    for row in bare.group_by("sample", maintain_order=True).len().iter_rows(named=True):
        faults.add(
            "pair-without-singles",
            f"{row['len']} measured pair(s) of {row['sample']} have no single-agent value at their doses and count as "
            "not measured",
            mend="measure each drug alone at the doses of the pair",
            severity="warning",
        )
    pairs = pairs.filter(pl.col("value_a").is_not_null() & pl.col("value_b").is_not_null())
    means = _mean_excess(pairs, scale)
    screen = _screen(means, drugs, sample)
    torn = [
        (row["a"], row["b"])
        for row in means.filter((pl.col("sample") == sample) & pl.col("torn")).iter_rows(named=True)
    ]
    for a, b in torn:
        faults.add(
            "contradicting-pair",
            f"results of {a} + {b} in {sample} contradict each other: more than expected and less than expected",
            mend="test the pair again; until then it counts with an error as large as the contradiction",
            severity="warning",
        )
    return MeasuredPairs(screen, tuple(torn), own_alone, tuple(faults))


def _conditions(texts: pl.Series, agents: AgentTable, faults: Faults) -> pl.DataFrame:
    """Each condition as at most two drugs with doses, and what stands beside them."""
    spelled: dict[str, set[str]] = {}
    found, larger = [], 0
    for text in texts:
        condition = Condition.parse(text)
        doses: list[AgentDose] = [dose for dose in condition.doses if not is_ligand(dose.agent, agents)]
        named = sorted(((one_name(dose.agent, agents), dose) for dose in doses), key=lambda one: one[0])
        for name, dose in named:
            spelled.setdefault(name, set()).add(dose.agent)
        if len(named) > 2 or len({name for name, _ in named}) < len(named):
            larger += len(named) > 2
            if len(named) == 2:
                faults.add(
                    "drug-with-itself",
                    f"'{text}' joins {named[0][0]} with itself under two names and is no pair",
                    severity="warning",
                )
            continue
        beside = Condition(tuple(part for part in condition.parts if part not in doses)).text
        texts_of = [(name, dose.quantity.text if dose.quantity else "") for name, dose in named]
        (a, dose_a), (b, dose_b) = [*texts_of, ("", ""), ("", "")][:2]
        found.append((text, beside, a, dose_a, b, dose_b))
    if larger:
        faults.add(
            "larger-than-pairs",
            f"{larger} condition(s) hold three drugs or more, from which no pair can be learnt",
            severity="note",
        )
    for name, spellings in sorted(spelled.items()):
        if len(spellings) > 1:
            faults.add(
                "drug-named-twice",
                f"{name} is written {' and '.join(sorted(spellings))}; they are taken as one drug",
                severity="note",
            )
    names = ["condition", "background", "a", "dose_a", "b", "dose_b"]
    return pl.DataFrame(found, schema=dict.fromkeys(names, pl.String), orient="row")


def _mean_excess(pairs: pl.DataFrame, scale: str) -> pl.DataFrame:
    """Mean excess of each pair and sample, with its error, and whether its results contradict each other."""
    model = NULL_MODEL.get(scale)
    if model is None or pairs.is_empty():
        return pl.DataFrame(
            schema={"sample": pl.String, "a": pl.String, "b": pl.String, "excess": pl.Float64, "error": pl.Float64,
                    "torn": pl.Boolean}
        )  # fmt: skip
    column = {
        name: pairs[name].fill_null(float("nan")).to_numpy()
        for name in ("value", "se", "value_a", "value_b", "se_a", "se_b")
    }
    ground = np.where(
        (pairs["background"] == "control").to_numpy() | pairs["ground"].is_null().to_numpy(),
        1.0 if model == "product" else 0.0,
        pairs["ground"].fill_null(0.0).to_numpy(),
    )
    expected = bliss_expectation(
        column["value_a"],
        column["value_b"],
        model=model,
        se_a=column["se_a"],
        se_b=column["se_b"],
        background=ground,
    )
    excess = bliss_excess(column["value"], column["se"], expected)
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = excess.value / excess.se
    cells = (
        pairs.select("sample", "a", "b", "background", "dose_a", "dose_b")
        .with_columns(
            excess=pl.Series(excess.value),
            variance=pl.Series(excess.se**2),
            steps=pl.Series(steps).fill_nan(None),
            own_error=pl.Series(np.hypot(pairs["own_se"].to_numpy(), expected.se)).fill_nan(None),
            scattered=pairs["scattered"],
        )
        .filter(pl.col("excess").is_finite())
    )
    # Replicates that scatter far more than elsewhere, on both sides of the expectation, contradict each other.
    cells = cells.with_columns(
        split=pl.col("scattered") & (pl.col("excess").abs() < CONTRADICTION * pl.col("own_error"))
    )
    # The same doses measured again may contradict each other; different doses may differ, that is biology.
    doses = cells.group_by("sample", "a", "b", "background", "dose_a", "dose_b").agg(
        pl.col("excess").mean(),
        pl.col("variance").mean(),
        pl.max_horizontal(
            pl.col("excess").std(ddof=1).fill_null(0.0),
            pl.col("own_error").filter(pl.col("split")).max().fill_null(0.0),
        ).alias("scatter"),
        (
            ((pl.col("steps").max() > CONTRADICTION) & (pl.col("steps").min() < -CONTRADICTION)).fill_null(
                False
            )
            | pl.col("split").fill_null(False).any()
        ).alias("torn"),
    )
    torn = pl.max_horizontal("error", "scatter")
    return (
        doses.group_by("sample", "a", "b")
        .agg(
            pl.col("excess").mean(),
            # Errors of one pair share its single drugs: their mean variance stands, not divided by the doses.
            pl.col("variance").mean().sqrt().alias("error"),
            pl.col("scatter").max(),
            pl.col("torn").fill_null(False).any(),
        )
        .with_columns(error=pl.when("torn").then(torn).otherwise("error"))
        .sort("sample", "a", "b")
    )


def _screen(means: pl.DataFrame, drugs: tuple[str, ...], sample: str) -> PairScreen:
    samples = tuple(sorted({*means["sample"], sample}))
    pairs = list(combinations(drugs, 2))
    place = {pair: number for number, pair in enumerate(pairs)}
    column = {name: number for number, name in enumerate(samples)}
    excess = np.full((len(pairs), len(samples)), np.nan)
    error = np.full_like(excess, np.nan)
    at = (
        [place[a, b] for a, b in means.select("a", "b").iter_rows()],
        [column[name] for name in means["sample"]],
    )
    excess[at], error[at] = means["excess"].to_numpy(), means["error"].to_numpy()
    return PairScreen.of(pairs, samples, excess, error)
