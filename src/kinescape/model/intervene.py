"""What if this node were blocked, pushed, or held fixed: the model's answer, and how far its members disagree.

A blocked node is a knock-out (`KO:MAP2K1`), a pushed one an over-expression (`OE:AXL`); each acts on its node in the
network like an inhibitor or a ligand at full dose. An agent that is blocked or pushed with is given at full dose; a
fixed one at a share of it. What nobody measured is answered by the member that predicted this study's own held-out
inhibitors best; a fixed node by the saturating network, the only member in which a node has a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.measurements.conditions import Condition
from kinescape.model.choice import QUESTIONS, questions_of
from kinescape.model.design import Design, Rows, collinear_agents
from kinescape.model.fit import HierarchicalFit
from kinescape.model.fitted_model import FittedModel
from kinescape.model.members import (
    HIERARCHICAL,
    NETWORK_GAIN,
    NETWORK_MEMBERS,
    RIDGE,
    RIDGE_POOLED,
    SATURATING,
    saturating_member,
    why_left_out,
)
from kinescape.model.network_members.saturating import run
from kinescape.model.network_members.saturating_fit import SaturatingFit
from kinescape.model.phenotypes.phenotype_answers import level_answers
from kinescape.model.predict import PREDICTION_SCHEMA
from kinescape.model.prediction import Fitted, Prediction
from kinescape.model.questions.answer_words import condition_words, interval_words, with_words
from kinescape.model.questions.fixed_nodes import fixed_effects
from kinescape.model.questions.own_targets import annotated_own_target, measured_own_target
from kinescape.model.questions.query import Query, read_query
from kinescape.model.questions.unseen_agents import (
    NOTHING,
    OTHER_AGENTS,
    OTHER_SAMPLES,
    SAME_TARGET,
    THIS_AGENT,
    WIRING,
    Rest,
    ground_of,
    what_is_known,
)
from kinescape.model.validate import dataset_name

WHAT_IF_SCHEMA: dict[str, pl.DataType] = {
    **PREDICTION_SCHEMA,
    "network_mean": pl.Float64(),
    "network_low": pl.Float64(),
    "network_high": pl.Float64(),
    "disagreement": pl.Float64(),
    "rests_on": pl.String(),
    "no_effect": pl.Float64(),
}
COMPARED = (RIDGE.name, HIERARCHICAL.name, NETWORK_GAIN, SATURATING)
"""Members whose means are compared, besides the one that answers."""
NEXT_TO_NOTHING = 0.01
"""Share of an interval's width by which the network must move a readout to be called its ground."""
ADDS_NOTHING = (
    "the network moves this readout by next to nothing, so this is what other agents do, whatever is hit"
)
UNSEEN_COMBINATION = QUESTIONS["unseen_combination"]


def what_if(
    fitted: FittedModel,
    *,
    block: Iterable[str] = (),
    push: Iterable[str] = (),
    fix: Mapping[str, float] | None = None,
    given: Condition | str = "control",
    own_target_sign: Mapping[str, int] | None = None,
    samples: Sequence[str] | None = None,
    readouts: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Block, push and fix nodes or agents, alone or together, with or without agents at stated doses.

    Parameters
    ----------
    fitted : FittedModel
        Fitted with a network.
    block, push : iterable of str
        Nodes of the network, or agents that inhibit (block) or activate (push), at full dose.
    fix : mapping of str to float
        Nodes with the activity they are held at (0: as untreated; 1 raises a readout on the node by that
        readout's root mean square over the study); agents with the share of their full action, 0 to 1.
    given : Condition or str
        What is given besides, such as ``erlotinib 1 uM``.
    own_target_sign : mapping of node to {1, -1}
        Whether blocking the node raises or lowers a readout on itself, where that is known: inhibitors of one
        target may do either.
    samples, readouts : sequence of str, optional
        By default all.

    Returns
    -------
    polars.DataFrame
        Columns of `predict_conditions`; `network_mean`, `network_low`, `network_high`: what the fitted network says
        (`SATURATING`, else `NETWORK_GAIN`), whichever member answers, null without one; `disagreement`: the largest
        less the smallest mean among ridge, the core, the network's members and the one that answers, on the
        readout's scale, null where only one can; `rests_on`, the weakest ground of the condition's parts
        (`unseen_agents.GROUNDS`); and `no_effect`, the value on the readout's scale that means none.

    Raises
    ------
    InputError
        Where the model has no network, a name is neither node nor agent, a node is asked for twice, or a sample
        or readout is not the study's; where a node shall be held and no design has the saturating network.
    """
    query = read_query(
        fitted,
        tuple(block),
        tuple(push),
        dict(fix or {}),
        given,
        dict(own_target_sign or {}),
        samples,
        readouts,
    )
    asked = fitted.with_candidates(query.candidates, members=COMPARED[2:])
    if query.fixed:
        _check_can_hold(asked)
    rows: list[tuple[object, ...]] = []
    wanted = fitted.samples if samples is None else tuple(samples)
    networks = [_networks(asked, index, query, wanted) for index in range(len(asked.designs))]
    for sample in wanted:
        for index, network in enumerate(networks):
            rows.extend(_answers(asked, index, sample, query, readouts, network.get(sample)))
    frame = pl.DataFrame(rows, schema=WHAT_IF_SCHEMA, orient="row")
    return frame.sort("sample", "readout", maintain_order=True)


def _check_can_hold(asked: FittedModel) -> None:
    """Tell why no node can be held, where no design has the saturating network."""
    if asked.wiring is None or any((index, SATURATING) in asked.fits for index in range(len(asked.designs))):
        return
    member = saturating_member(asked.wiring)
    reasons = {why for design in asked.designs if (why := why_left_out(design, member)) is not None}
    raise InputError(
        Fault(
            "cannot-hold",
            f"no node can be held fixed: only the saturating network can, and {'; '.join(sorted(reasons))}",
            mend="block or push the node instead",
        )
    )


def _answers(
    asked: FittedModel,
    index: int,
    sample: str,
    query: Query,
    readouts: Sequence[str] | None,
    network: Prediction | None,
) -> list[tuple[object, ...]]:
    """One row a readout of a design; none where the design does not know what is given."""
    design = asked.designs[index]
    acting, silent = query.acting_in(sample, asked)
    if not acting.agents <= set(design.agents):
        return []
    rows = acting.rows(design, sample)
    core = asked.fits.get((index, HIERARCHICAL.name))
    method, basis, ground, rest = "none", "", NOTHING, Rest("", frozenset())
    found: Prediction | None = _no_effect(design, core)
    if not acting.is_nothing:
        method, basis, ground, rest = _rests(asked, index, rows, bool(acting.fixed))
        held = bool(acting.fixed)
        found = _fixed(asked, index, rows, acting) if held else asked.fits[index, method].predict(rows)
    if found is None:
        return []
    if silent:
        basis = "; ".join(
            part for part in (basis, f"not expressed here, so without effect: {silent}") if part
        )
    others = [] if acting.is_nothing else _other_means(asked, index, rows, found, acting, method)
    network = found if acting.fixed else network
    phenotypes: dict[str, dict[str, Any]] = {}
    if not acting.is_nothing and not query.fixed and not query.shares and basis == UNSEEN_COMBINATION:
        phenotypes = level_answers(asked.levels, asked.designs, sample, str(rows.condition[0]))
    nothing = float(design.original(np.zeros(1))[0])
    caution = condition_words(design, collinear_agents(design), rows, 0)
    spare = None if core is None or acting.is_nothing else core.predict(rows)
    wired = spare is not None and ground in (SAME_TARGET, WIRING) and method in NETWORK_MEMBERS
    answers: list[tuple[object, ...]] = []
    for column, readout in enumerate(design.readouts):
        if readouts is not None and readout not in readouts:
            continue
        edges = [found.mean[0, column], *_edges(found, column)]
        used, why, own_ground = method, basis, ground
        nodes = set(design.readout_nodes[column])
        own = (
            None
            if acting.is_nothing or not isinstance(core, HierarchicalFit)
            else _own_target(design, core, rows, column, nodes, acting, rest, spare)
        )
        if own is not None:
            edges, why = own[0], f"{basis}; {own[1]}"
            used = HIERARCHICAL.name
        elif spare is not None and not np.isfinite(edges[1:]).all():
            edges, used = [spare.mean[0, column], *_edges(spare, column)], HIERARCHICAL.name
            why = f"{basis}; the readout was hardly measured in this sample, other samples stand in"
        elif wired and not acting.fixed and spare is not None and _adds_nothing(found, spare, column):
            own_ground, why = OTHER_AGENTS, with_words(basis, ADDS_NOTHING)
        elif not acting.is_nothing:
            why = with_words(why, interval_words(asked.fits[index, method], rows, 0, column))
        why = with_words(why, caution)
        mean, low, high = (float(part) for part in design.original(np.array(edges, dtype=float)))
        if readout in phenotypes:
            answer = phenotypes[readout]
            mean, low, high = answer["mean"], answer["low"], answer["high"]
            used, why = answer["method"], answer["basis"]
        means = [mean, *design.original(np.array([one[column] for one in others]))]
        answers.append(
            (
                sample,
                query.text,
                readout,
                mean,
                low if np.isfinite(low) else None,
                high if np.isfinite(high) else None,
                used,
                why,
                *_shown(design, network, column),
                float(np.ptp(means)) if len(others) else None,
                own_ground,
                nothing,
            )
        )
    return answers


def _rests(asked: FittedModel, index: int, rows: Rows, fixed: bool) -> tuple[str, str, str, Rest]:
    """Member that answers, what that rests on in words, the ground, and what is known of unmeasured agents."""
    design = asked.designs[index]
    question = questions_of(design, rows)[0]
    name = dataset_name(design, asked.dataset)
    chosen = {choice.question: choice.method for choice in asked.choices if choice.dataset == name}
    method = SATURATING if fixed else chosen.get(question, HIERARCHICAL.name)
    basis, rest = QUESTIONS[question], Rest("", frozenset())
    ground = THIS_AGENT
    if question == "unseen_agent":
        rest = what_is_known(design, asked.wiring, rows.dose[0])
        ground, words = ground_of(rest, method)
        basis = f"{basis}: {words}"
    elif question in ("agent_of_other_samples", "new_sample"):
        ground = OTHER_SAMPLES
    if fixed:
        basis = f"the saturating network with nodes held fixed: {rest.words}"
        ground = ground if ground in (SAME_TARGET, NOTHING) else WIRING
    return method, basis, ground, rest


def _fixed(asked: FittedModel, index: int, rows: Rows, acting: Query) -> Prediction | None:
    """The saturating network with nodes held; the core says how unsure a condition of unmeasured agents is."""
    fit = asked.fits.get((index, SATURATING))
    if not isinstance(fit, SaturatingFit):
        return None
    given = replace(rows, dose=acting.given_dose(asked.designs[index], rows.dose))
    effects, unsure = fixed_effects(fit, given.dose[0], acting.fixed, seed=asked.seed)
    mean, variance = fit.core.posterior(rows)
    return fit.core.around(rows, mean + effects, variance + unsure)


def _networks(asked: FittedModel, index: int, query: Query, samples: Sequence[str]) -> dict[str, Prediction]:
    """What the fitted network says in each sample, whichever member answers; asked once for all samples."""
    design = asked.designs[index]
    name = next((name for name in (SATURATING, NETWORK_GAIN) if (index, name) in asked.fits), None)
    rows: dict[str, Rows] = {}
    for sample in samples if name is not None and not query.fixed else ():
        acting, _ = query.acting_in(sample, asked)
        if not acting.is_nothing and acting.agents <= set(design.agents):
            rows[sample] = acting.rows(design, sample)
    if name is None or not rows:
        return {}
    parts = list(rows.values())
    found = asked.fits[index, name].predict(
        Rows(
            np.concatenate([part.sample for part in parts]),
            np.concatenate([part.condition for part in parts]),
            np.concatenate([part.dose for part in parts]),
        )
    )
    low, high = (found.mean if edge is None else edge for edge in (found.low, found.high))
    return {sample: Prediction(found.mean[[at]], low[[at]], high[[at]]) for at, sample in enumerate(rows)}


def _shown(design: Design, found: Prediction | None, column: int) -> list[float | None]:
    """Mean, low and high of one readout on its own scale, null where there is none."""
    if found is None:
        return [None, None, None]
    numbers = design.original(np.array([found.mean[0, column], *_edges(found, column)]))
    return [float(number) if np.isfinite(number) else None for number in numbers]


def _no_effect(design: Design, core: object) -> Prediction:
    """Zero, give or take the noise of a measurement."""
    zero = np.zeros((1, len(design.readouts)))
    if not isinstance(core, HierarchicalFit):
        return Prediction(zero)
    return Prediction.around(zero, core.calibration.usual * np.sqrt(core.noise_variance)[None, :])


def _other_means(
    asked: FittedModel, index: int, rows: Rows, found: Prediction, acting: Query, method: str
) -> list[NDArray[np.float64]]:
    """Means of the compared members, in effect units; a linear one takes a fixed node as so much of a block.

    None where no member but the one that answers can be asked; ridge of one sample is no other than ridge of all.
    """
    design, means = asked.designs[index], []
    linear = replace(rows, dose=acting.linear_dose(design, rows.dose)) if acting.fixed else rows
    for name in COMPARED:
        fit = asked.fits.get((index, name))
        if fit is None or name == method or (acting.fixed and name == SATURATING):
            continue
        if name == RIDGE.name and method == RIDGE_POOLED.name and len(design.samples) == 1:
            continue
        mean = _mean(fit, linear)
        if mean is not None:
            means.append(mean)
    return [*means, found.mean[0]] if means else []


def _mean(fit: Fitted, rows: Rows) -> NDArray[np.float64] | None:
    """Mean of a member for one row; None where it has none. Without the interval, which costs most of the time."""
    if isinstance(fit, HierarchicalFit):
        return fit.posterior(rows)[0][0]
    if isinstance(fit, SaturatingFit):
        effects = run(fit.circuit, fit.parameters, rows.dose).effects[0]
        return fit.core.posterior(rows)[0][0] + effects * fit.core.scale
    found = fit.predict(rows)
    return found.mean[0] if found.high is not None and np.isfinite(found.high).all() else None


def _own_target(
    design: Design,
    core: HierarchicalFit,
    rows: Rows,
    column: int,
    nodes: set[str],
    acting: Query,
    rest: Rest,
    wide: Prediction | None,
) -> tuple[list[float], str] | None:
    """Answer for a readout on what is blocked: by annotated sign, by agents measured on it, else wide."""
    hit = nodes & acting.blocked_nodes - set(acting.fixed)
    signs = {acting.own_target_sign[node] for node in hit if node in acting.own_target_sign}
    if len(signs) == 1:
        edges = annotated_own_target(core, rows, column, signs.pop())
        return edges, "the sign on its own target is the one that was given"
    alike = sorted({agent for node in hit for agent in rest.measured_on.get(node, ())})
    measured = measured_own_target(design, core, rows, column, alike) if alike else None
    if measured is not None:
        return measured, f"on its own target it follows {', '.join(alike)}, measured on the same target"
    if wide is not None and hit & (rest.own_targets | set(rest.measured_on)):
        edges = [float(wide.mean[0, column]), *_edges(wide, column)]
        return edges, "a readout on its own target may rise or fall by the inhibitor's type: left wide"
    return None


def _adds_nothing(found: Prediction, core: Prediction, column: int) -> bool:
    """Whether the network moves a readout by next to nothing beside what is unsure about it."""
    low, high = _edges(found, column)
    return bool(abs(found.mean[0, column] - core.mean[0, column]) <= NEXT_TO_NOTHING * (high - low))


def _edges(found: Prediction, column: int) -> list[float]:
    if found.low is None or found.high is None:
        return [float("nan"), float("nan")]
    return [float(found.low[0, column]), float(found.high[0, column])]
