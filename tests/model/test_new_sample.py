"""The new-sample update: the core's answer without correlation, an exact Gaussian, and a gain where it must be."""

from itertools import combinations

import numpy as np
import pytest

from kinescape.model.design import Design, Rows
from kinescape.model.dose_code import DoseScale
from kinescape.model.fit import fit_hierarchical
from kinescape.model.new_sample import NewSampleFit, fit_new_sample

SAMPLES, AGENTS, READOUTS = 8, 4, 8
SETS = [[a] for a in range(AGENTS)] + [list(pair) for pair in combinations(range(AGENTS), 2)]
SETS += [list(three) for three in combinations(range(AGENTS), 3)]


def _made(seed: int, together: bool) -> Design:
    """Agents' effects differ between samples, in all readouts alike or in each for itself; much noise."""
    random = np.random.default_rng(seed)
    names = tuple(f"a{index}" for index in range(AGENTS))
    one = np.array([[float(agent in members) for agent in range(AGENTS)] for members in SETS])
    common = random.normal(size=(AGENTS, READOUTS))
    own = random.normal(size=(SAMPLES, AGENTS, 1 if together else READOUTS)) * np.ones(READOUTS)
    values = one @ (common + own) + random.normal(0, 0.8, (SAMPLES, len(SETS), READOUTS))
    texts = [" + ".join(f"{names[agent]} 1 uM" for agent in members) for members in SETS]
    return Design(
        Rows(np.repeat(np.arange(SAMPLES), len(SETS)), np.array(texts * SAMPLES), np.tile(one, (SAMPLES, 1))),
        values.reshape(-1, READOUTS),
        tuple(f"s{index}" for index in range(SAMPLES)),
        names,
        tuple(f"r{index}" for index in range(READOUTS)),
        ("inhibitor",) * AGENTS,
        "log2_fold_change",
        {name: DoseScale(name) for name in names},
        readout_nodes=tuple((f"r{index}",) for index in range(READOUTS)),
    )


def test_without_correlation_it_is_the_core() -> None:
    design = _made(0, together=False)
    core = fit_hierarchical(design)
    plain = NewSampleFit(core, design, np.eye(READOUTS), 0.999999).posterior(design.rows)
    ours = core.posterior(design.rows)
    # Spread of a readout is estimated on fewer rows, and nothing else differs.
    assert plain[0] == pytest.approx(ours[0], abs=1e-6)


def test_readouts_that_deviate_together_are_found() -> None:
    assert fit_new_sample(_made(1, together=True)).shrinkage <= 0.3
    apart = fit_new_sample(_made(1, together=False))
    assert apart.shrinkage >= 0.5 > fit_new_sample(_made(1, together=True)).shrinkage


def test_readouts_that_deviate_together_tell_more_from_few_conditions() -> None:
    design = _made(2, together=True)
    core_error, error = [], []
    for sample in range(SAMPLES):
        held = design.rows.sample == sample
        held[np.flatnonzero(held)[:4]] = False
        train, wanted = design.take(~held), design.rows.take(held)
        core = fit_hierarchical(train)
        core_error.append(core.predict(wanted).mean - design.response[held])
        error.append(fit_new_sample(train, core=core).predict(wanted).mean - design.response[held])
    assert np.mean(np.square(error)) < 0.9 * np.mean(np.square(core_error))


def test_update_is_the_gaussian_conditional() -> None:
    design = _made(3, together=True)
    fit = fit_new_sample(design)
    rows = design.rows
    # The same answer from the joint covariance over all the samples' entries, without Kronecker products.
    own = rows.sample == 0
    others = design.take(~own)
    mean, variance = fit.posterior(rows.take(own))
    from kinescape.model.new_sample import _conditioned, _posterior_covariance

    conditioned = _conditioned(others, fit.core)
    C = _posterior_covariance(conditioned, rows.take(own))
    joint = np.kron(fit.correlation, C)
    scale = fit.core.scale * fit.core.spread
    prior = conditioned.posterior(rows.take(own))[0]
    z = ((design.response[own] - prior) / scale).T.ravel()
    gain = np.linalg.solve(joint + fit.core.noise * np.eye(len(joint)), joint).T
    wanted = prior + (gain @ z).reshape(READOUTS, -1).T * scale
    left = np.diag(joint - gain @ joint).reshape(READOUTS, -1).T * scale**2
    assert mean == pytest.approx(wanted)
    assert variance == pytest.approx(left, rel=1e-6)


def test_one_sample_alone_is_the_core() -> None:
    design = _made(4, together=True)
    one = design.take(design.rows.sample == 0)
    fit = fit_new_sample(one)
    assert fit.shrinkage == 1.0
    assert fit.predict(one.rows).mean == pytest.approx(fit.core.predict(one.rows).mean)
