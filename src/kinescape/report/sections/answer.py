"""Page one: what the study found, in plain words, with a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from kinescape.report import wording
from kinescape.report.bundle import Section
from kinescape.report.figures.pareto import ranked_pairs
from kinescape.report.figures.responses import FALL, HELD, RISE, UNSURE, told_apart
from kinescape.report.figures.validation import Verdict, verdicts
from kinescape.report.sections.answer_drugs import number_of_replicates, which_drugs
from kinescape.report.sections.escape import study_first
from kinescape.report.sections.phospho import which_kinases
from kinescape.report.selection import (
    CHANGE_UNITS,
    agents_of,
    has_drugs,
    is_drug,
    on_scale,
    one_row_a_readout,
    scale_words,
    signalling,
)
from kinescape.strategy.pair_ranking.combination_standing import (
    CLOSES,
    GAIN,
    GAIN_NOT_SPARING,
    GAIN_SPARING,
    NO_GAIN,
    NOT_RANKED,
)

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults

_MOST_PAIRS = 5
_MOST_RESPONSES = 3
_NINETY = 1.645
_BELIEFS = {
    "better": "Better than the best plain baseline",
    "alike": "Not told apart from the best plain baseline",
    "worse": "Worse than the best plain baseline",
    "few": "Too few held-out units to judge",
}
_VERBS = {RISE: "rises", FALL: "falls", HELD: "stays up"}


@dataclass(frozen=True)
class Answer:
    """One question of page one with its answer, as sentences, and where the evidence stands."""

    question: str
    headline: str
    sentences: tuple[str, ...]
    anchor: str
    link: str


def answer_section(results: StudyResults) -> Section:
    """The four questions of a laboratory, answered; never absent."""
    answers = [
        Answer("Which drugs act?", *which_drugs(results), "drug-effects", "all effects"),
        Answer("How do the cells get round them?", *how_round(results), "escape", "all responses"),
        Answer("Which pair next?", *which_pair(results), "pairs", "all pairs"),
        Answer("Can we believe it?", *can_believe(results), "model-quality", "held-out tests"),
    ]
    told = " ".join((answers[2].headline, *answers[2].sentences))
    if results.phospho:
        if not has_drugs(results):
            answers = answers[3:]
        kinases = Answer("Which kinases moved?", *which_kinases(results), "phospho", "all kinases and sites")
        answers.insert(0, kinases)
    pairs = (
        ranked_pairs(results.combinations) if not results.combinations.is_empty() else results.combinations
    )
    if not pairs.is_empty():
        named = [text for text in pairs["condition"].drop_nulls() if text in told]
        pairs = pairs.filter(pl.col("effect").is_not_null())
        pairs = pairs.sort(~pl.col("condition").is_in(named), maintain_order=True).head(_MOST_PAIRS)
    specification = results.specification
    return Section(
        "answer",
        "The answer",
        "answer.html",
        {
            "answers": answers,
            "pairs": pairs.to_dicts(),
            "target": specification.target_sample,
            "reference": specification.reference_sample,
            "phenotype": specification.suppress.replace("_", " "),
            "scale": scale_words(pairs["effect_scale"][0]) if not pairs.is_empty() else "",
            "estimate": wording.estimate,
        },
    )


def how_round(results: StudyResults) -> tuple[str, tuple[str, ...]]:
    """The clearest responses to drugs in the target sample, with the way round and what counters it."""
    escape = results.escape
    signals = signalling(results.effects.filter(pl.col("sample") == results.specification.target_sample))
    if not signals.is_empty() and signals["se"].is_null().all():
        nothing = escape.filter(pl.col("sample") == results.specification.target_sample).is_empty()
        if nothing:
            return "No way round could be tested: one replicate each", (
                f"Nor did anything in {results.specification.target_sample} that drives growth rise by half as much "
                "again, or anything that holds it back fall by as much; repeat the measurements to be sure.",
            )
    if escape.is_empty():
        return "These data name no way round a drug", ()
    frame = told_apart(escape.filter(pl.col("sample") == results.specification.target_sample))
    rank = pl.col("state").replace_strict({RISE: 0, FALL: 1, HELD: 2}, default=None, return_dtype=pl.Int64)
    rising = frame.filter(rank.is_not_null()).sort(
        rank, "fdr", pl.col("change").abs(), descending=[False, False, True]
    )
    if rising.is_empty():
        verbs = {"gain": "rises", "loss": "falls"}
        untested = frame.filter((pl.col("state") == UNSURE) & pl.col("direction").is_in(list(verbs)))
        untested = untested.sort(pl.col("change").abs(), descending=True).unique(
            "agent", keep="first", maintain_order=True
        )
        if untested.is_empty():
            return f"Nothing moves clearly against a drug in {results.specification.target_sample}", ()
        most = [
            f"{row['node']} {verbs[row['direction']]} under {row['agent']} ({row['readout']}: "
            f"{wording.number(row['change'], sign=True)} {CHANGE_UNITS.get(row['scale'], '')})"
            for row in untested.head(_MOST_RESPONSES).to_dicts()
        ]
        return (
            "No way round could be tested: one replicate each",
            (f"The largest responses: {wording.listing(most)}.", "Repeat these before building on them."),
        )
    # What stays up only counts where nothing rises or falls: it is the weaker sign.
    strong = rising.filter(pl.col("state") != HELD)
    first = (rising if strong.is_empty() else strong).unique("agent", keep="first", maintain_order=True)
    by_move: dict[tuple[str, str], list[str]] = {}
    for row in first.to_dicts():
        by_move.setdefault((row["node"], _VERBS[row["state"]]), []).append(row["agent"])
    moves = [f"{node} {verb} under {wording.listing(drugs)}" for (node, verb), drugs in by_move.items()]
    headline = wording.listing(moves, most=3)
    sentences = []
    for row in first.head(_MOST_RESPONSES).to_dicts():
        words = (
            f"Under {row['agent']}, {row['node']} {_VERBS[row['state']]} ({row['readout']}: activity "
            f"{_spread(row | {'change_low': row['low'], 'change_high': row['high']}, 'change', sign=True)} "
            f"{CHANGE_UNITS.get(row['scale'], '')}, "
            f"{number_of_replicates(row['n'])})"
        )
        if row["path"]:
            words += f"; the way round: {row['path']}"
        if row["countered_by"]:
            words += f"; countered by {study_first(row['countered_by'], results.measurements.agents, most=3)}"
            words += _tried(results, row["agent"], row["countered_by"])
        sentences.append(words + ".")
    return headline, tuple(sentences)


def _tried(results: StudyResults, drug: str, counters: str) -> str:
    """What came of the pairs of a drug with those that counter its way round, where they were measured."""
    if results.combinations.is_empty():
        return ""
    pairs = ranked_pairs(results.combinations)
    names = {name.strip() for name in str(counters).split(";")}
    both = (pl.col("agent_a") == drug) & pl.col("agent_b").is_in(list(names))
    both |= (pl.col("agent_b") == drug) & pl.col("agent_a").is_in(list(names))
    tried = pairs.filter(
        both & (pl.col("status") == "measured") & (pl.col("sample") == results.specification.target_sample)
    )
    words = []
    for row in (
        tried.sort("effect").unique(["agent_a", "agent_b"], keep="first", maintain_order=True).to_dicts()
    ):
        if row["standing"] in (NO_GAIN, NOT_RANKED):
            words.append(f"{row['condition']} was measured: no more than the better drug alone")
        else:
            words.append(f"{row['condition']} was measured: it does more than the better drug alone")
    return f" ({wording.listing(words, most=2)})" if words else ""


def which_pair(results: StudyResults) -> tuple[str, tuple[str, ...]]:
    """The pairs that head the ranking: to test first, and the best of those tested; with what they spare."""
    if results.combinations.is_empty():
        drugs = [name for name in results.measurements.agents if is_drug(name, results.agents)]
        if len(drugs) == 1:
            return f"No pair: {drugs[0]} is the only drug that was measured", ()
        return "The study names no candidate drugs to combine", ()
    pairs = ranked_pairs(results.combinations)
    specification = results.specification
    pairs = pairs.filter((pl.col("sample") == specification.target_sample) & pl.col("effect").is_not_null())
    if pairs.is_empty():
        return "No pair could be ranked", (
            "The targets of the drugs, or their effects alone, are not known.",
        )
    untested, tested = (pairs.filter(pl.col("status") == status) for status in ("predicted", "measured"))
    gains = pl.col("standing").is_in([GAIN_SPARING, GAIN, GAIN_NOT_SPARING])
    closing = untested.filter(pl.col("standing") == CLOSES)
    expected, proven = untested.filter(gains), tested.filter(gains)
    headline, sentences = "", []
    if not closing.is_empty():
        row = closing.row(0, named=True)
        headline = f"{row['condition']}, not measured yet: it would close a way round"
        sentences.append(
            f"{row['escape_route']}, and {_counter(row)} counters that. From the drugs alone, "
            f"{_expectation(results, row)}; what closing the way adds to that only a measurement can tell."
        )
    if not expected.is_empty():
        row = expected.row(0, named=True)
        headline = headline or f"{row['condition']}, not measured yet{_unspared(results, row)}"
        because = ""
        if row["rule"] and not row["rule"].startswith("no rule"):
            because = f"; because: {row['rule']}"
        sentences.append(
            f"First to test by its effect: {row['condition']}: {_expectation(results, row)}{because}."
        )
        if "Bliss" in (row["effect_basis"] or "") and not _pairs_tested(results):
            sentences.append(
                "That the two drugs act independently is assumed there: no pair of this study could be held out to "
                "test it, so the interval holds the error of the single drugs only."
            )
    elif untested.is_empty():
        sentences.append("Every ranked pair has been measured already.")
    else:
        sentences.append("No untested pair is expected to do clearly more than its better drug alone.")
    if not proven.is_empty():
        row = proven.row(0, named=True)
        headline = headline or f"{row['condition']} (measured){_unspared(results, row)}"
        bliss = (
            "" if row["bliss_excess"] is None else f"; {_beyond_bliss(row['bliss_excess'], row['bliss_se'])}"
        )
        did = f"{row['condition']}: {_expectation(results, row)}{bliss}"
        sentences.append(f"First of the measured pairs: {did}.")
    elif not tested.is_empty():
        sentences.append("No measured pair does clearly more than its better drug alone.")
    reference = specification.reference_sample
    if reference is not None and pairs["spared"].drop_nulls().len() > 0:
        gaining = pairs.filter(gains)
        sparing = gaining.filter(pl.col("standing") == GAIN_SPARING).height
        if gaining.height:
            much = "None" if not sparing else "Only one" if sparing == 1 else str(sparing)
            sentences.append(
                f"{much} of the {wording.plural(gaining.height, 'pair')} that gain anything "
                f"{'spares' if sparing < 2 else 'spare'} {reference} by a tenth or more."
            )
    return headline or "No pair stands out", tuple(sentences)


def _counter(row: dict[str, Any]) -> str:
    """The drug of a pair that closes the way which the other one opens."""
    others = [name for name in agents_of(row["condition"]) if f"under {name} (" not in row["escape_route"]]
    return others[0] if len(others) == 1 else "the other drug of the pair"


def _pairs_tested(results: StudyResults) -> bool:
    """Whether any pair of the study was held out and predicted."""
    held_out = (
        not results.validation.is_empty() and "unseen_combination" in results.validation["task"].to_list()
    )
    return held_out or not results.phenotype_levels.is_empty()


def _unspared(results: StudyResults, row: dict[str, Any]) -> str:
    if row["standing"] != GAIN_NOT_SPARING:
        return ""
    return f", but it does not spare {results.specification.reference_sample}"


def _expectation(results: StudyResults, row: dict[str, Any]) -> str:
    """What a pair does, or is expected to do, to both samples, beside its better drug alone."""
    specification = results.specification
    name = specification.suppress.replace("_", " ")
    verb = "is expected at" if row["status"] == "predicted" else "fell to"
    words = f"{name} of {specification.target_sample} {verb} {on_scale(_spread(row, 'effect'), row['effect_scale'])}"
    if row["better_single"] is not None:
        words += f" (the better drug alone, at its dose here: {wording.number(row['better_single'])})"
    if specification.reference_sample and row["spared"] is not None:
        words += f", that of {specification.reference_sample} at {_spread(row, 'spared')}"
    return words


def can_believe(results: StudyResults) -> tuple[str, tuple[str, ...]]:
    """What held-out tests and replicates say."""
    sentences = []
    compared = verdicts(results.validation, results.comparisons)
    for state, opening in _BELIEFS.items():
        part = [verdict for verdict in compared if verdict.state == state]
        if part:
            sentences.append(f"{opening}: {wording.listing([_short(verdict) for verdict in part], most=8)}.")
    better = sum(verdict.state == "better" for verdict in compared)
    if not compared and results.validation.is_empty():
        headline = "Predictions could not be tested here"
        sentences.append("The data leave too little to hold out.")
    elif not compared:
        headline = "The data allow plain baselines only, no model"
        sentences.append(
            "How far off these were, and why no model was fitted, stands with the held-out tests."
        )
    elif better:
        headline = (
            f"The model beats plain baselines on {better} of {wording.plural(len(compared), 'held-out test')}"
        )
    else:
        headline = "Predictions are no surer than those of a plain baseline"
    frame = one_row_a_readout(results.effects)
    alone = int(frame["se"].is_null().sum()) if frame.height else 0
    if frame.height and alone == frame.height:
        sentences.append(
            f"All {wording.count(alone)} measured effects rest on one replicate: none could be told from "
            f"noise by a test."
        )
    elif alone:
        sentences.append(
            f"{wording.count(alone)} of {wording.count(frame.height)} measured effects rest on one replicate "
            "and carry no error."
        )
    elif frame.height:
        sentences.append(
            f"All {wording.count(frame.height)} measured effects rest on independent replicates."
        )
    if results.specification.simulated:
        sentences.append("The data are simulated: nothing here is true of real cells.")
    return headline, tuple(sentences)


def _beyond_bliss(excess: float, error: float | None) -> str:
    side = "more" if excess > 0 else "less"
    words = f"{wording.number(abs(excess))} {side} than two independent drugs would do"
    if error is None:
        return f"{words} (no replicates)"
    return (
        words if abs(excess) > _NINETY * error else "as much as two independent drugs would do, within error"
    )


def _short(verdict: Verdict) -> str:
    if verdict.state in ("alike", "few") or verdict.gain is None:
        return verdict.task
    side = "smaller" if verdict.gain > 0 else "larger"
    return (
        f"{verdict.task}, where the error of {verdict.model} is {wording.percent(abs(verdict.gain))} {side}"
    )


def _spread(row: dict[str, Any], name: str, *, sign: bool = False) -> str:
    return wording.estimate(row[name], row[f"{name}_low"], row[f"{name}_high"], sign=sign)
