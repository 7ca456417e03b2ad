"""The moderated t against independent computations: brute force, SciPy's classical tests, known truths."""

import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from kinescape.assays.phospho.site_contrasts.moderated_t import (
    VariancePrior,
    fit_contrasts,
    moderated_f,
    moderated_t,
    squeezed,
    trigamma_inverse,
    variance_prior,
)

TWO_GROUPS = np.repeat(np.eye(2), 3, axis=0)
DIFFERENCE = np.array([[-1.0, 1.0]])


def simulated(n_sites, d0, s0, n_samples=6, seed=0):
    rng = np.random.default_rng(seed)
    variance = d0 * s0 / rng.chisquare(d0, n_sites)
    return rng.normal(0, 1, (n_sites, n_samples)) * np.sqrt(variance)[:, None]


@pytest.mark.parametrize("value", [1e-8, 0.003, 0.2, 1.0, 9.0, 1e3, 1e8])
def test_trigamma_is_inverted(value):
    found = trigamma_inverse(value)
    if 1e-6 < value < 1e7:
        oracle = optimize.brentq(lambda x: special.polygamma(1, x) - value, 1e-6, 1e6, xtol=1e-14)
        assert found == pytest.approx(oracle, rel=1e-8)
    assert float(special.polygamma(1, found)) == pytest.approx(value, rel=1e-3)


def test_without_a_prior_it_is_the_classical_t_test():
    values = np.random.default_rng(1).normal(size=(40, 6))
    fit = fit_contrasts(values, TWO_GROUPS, DIFFERENCE)
    posterior, degrees = squeezed(fit.variance, fit.degrees, VariancePrior(float("nan"), 0.0))
    _, t, p = moderated_t(fit.estimate[:, 0], fit.unscaled[:, 0, 0], posterior, degrees)
    oracle = stats.ttest_ind(values[:, 3:], values[:, :3], axis=1)
    assert t == pytest.approx(oracle.statistic)
    assert p == pytest.approx(oracle.pvalue)


def test_pairs_as_blocks_are_the_paired_t_test():
    values = np.random.default_rng(2).normal(size=(40, 8)) + np.tile([0, 3, -2, 1], 2)
    model = np.hstack([np.repeat(np.eye(2), 4, axis=0), np.tile(np.eye(4), (2, 1))])
    contrast = np.array([[-1.0, 1, 0, 0, 0, 0]])
    fit = fit_contrasts(values, model, contrast)
    posterior, degrees = squeezed(fit.variance, fit.degrees, VariancePrior(float("nan"), 0.0))
    _, t, p = moderated_t(fit.estimate[:, 0], fit.unscaled[:, 0, 0], posterior, degrees)
    oracle = stats.ttest_rel(values[:, 4:], values[:, :4], axis=1)
    assert t == pytest.approx(oracle.statistic)
    assert p == pytest.approx(oracle.pvalue)


def test_f_over_times_against_one_control_is_the_analysis_of_variance():
    values = np.random.default_rng(3).normal(size=(30, 9))
    model = np.repeat(np.eye(3), 3, axis=0)
    contrasts = np.array([[-1.0, 1, 0], [-1.0, 0, 1]])
    fit = fit_contrasts(values, model, contrasts)
    f, p = moderated_f(fit.estimate, fit.unscaled, fit.variance, fit.degrees)
    oracle = stats.f_oneway(values[:, :3], values[:, 3:6], values[:, 6:], axis=1)
    assert f == pytest.approx(oracle.statistic)
    assert p == pytest.approx(oracle.pvalue)


def test_f_of_one_contrast_is_t_squared():
    values = np.random.default_rng(4).normal(size=(30, 6))
    fit = fit_contrasts(values, TWO_GROUPS, DIFFERENCE)
    posterior, degrees = squeezed(fit.variance, fit.degrees, variance_prior(fit.variance, fit.degrees))
    _, t, p = moderated_t(fit.estimate[:, 0], fit.unscaled[:, 0, 0], posterior, degrees)
    f, f_p = moderated_f(fit.estimate, fit.unscaled, posterior, degrees)
    assert f == pytest.approx(t**2)
    assert f_p == pytest.approx(p)


def test_missing_values_are_left_out_site_by_site():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(60, 6))
    values[rng.random(values.shape) < 0.3] = np.nan
    fit = fit_contrasts(values, TWO_GROUPS, DIFFERENCE)
    for site in range(len(values)):
        a = values[site, :3][np.isfinite(values[site, :3])]
        b = values[site, 3:][np.isfinite(values[site, 3:])]
        assert fit.degrees[site] == max(len(a) - 1, 0) + max(len(b) - 1, 0)
        if len(a) and len(b):
            assert fit.estimate[site, 0] == pytest.approx(b.mean() - a.mean())
            assert fit.unscaled[site, 0, 0] == pytest.approx(1 / len(a) + 1 / len(b))
        else:
            assert np.isnan(fit.estimate[site, 0])
        if fit.degrees[site]:
            squares = ((a - a.mean()) ** 2).sum() if len(a) else 0.0
            squares += ((b - b.mean()) ** 2).sum() if len(b) else 0.0
            assert fit.variance[site] == pytest.approx(squares / fit.degrees[site])


def test_a_contrast_that_a_batch_hides_is_not_estimated():
    model = np.array([[1.0, 0, 1, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 1, 0, 1]])
    fit = fit_contrasts(np.arange(4.0)[None, :], model, np.array([[-1.0, 1, 0, 0]]))
    assert np.isnan(fit.estimate[0, 0])
    assert fit.degrees[0] == 2


@pytest.mark.parametrize(("d0", "s0"), [(4.0, 0.05), (12.0, 0.3)])
def test_the_prior_of_simulated_variances_is_found(d0, s0):
    fit = fit_contrasts(simulated(40_000, d0, s0), TWO_GROUPS, DIFFERENCE)
    prior = variance_prior(fit.variance, fit.degrees)
    assert prior.degrees == pytest.approx(d0, rel=0.06)
    assert prior.variance == pytest.approx(s0, rel=0.03)


def test_the_moments_of_the_prior_are_those_of_an_f_distribution():
    """E[log F] by numerical integration: an oracle that knows neither digamma nor trigamma."""
    prior = VariancePrior(0.2, 7.0)
    d = 4.0

    def log_moment(power, centre=0.0):
        density = stats.f(d, prior.degrees).pdf
        return integrate.quad(
            lambda u: (u - centre) ** power * density(np.exp(u)) * np.exp(u), -40, 40, limit=400
        )[0]

    mean = log_moment(1)
    spread = log_moment(2, mean)
    quantiles = np.log(prior.variance) + np.log(
        stats.f(d, prior.degrees).ppf((np.arange(20_000) + 0.5) / 20_000)
    )
    assert quantiles.mean() == pytest.approx(np.log(prior.variance) + mean, abs=1e-3)
    found = variance_prior(np.exp(quantiles), np.full(quantiles.size, d))
    assert spread == pytest.approx(float(special.polygamma(1, d / 2) + special.polygamma(1, 3.5)), rel=1e-6)
    assert found.degrees == pytest.approx(7.0, rel=0.01)
    assert found.variance == pytest.approx(0.2, rel=0.01)


def test_equal_variances_make_the_prior_worth_infinitely_much():
    prior = variance_prior(np.full(50, 0.1), np.full(50, 4.0))
    assert np.isinf(prior.degrees)
    posterior, degrees = squeezed(np.full(50, 0.1), np.full(50, 4.0), prior)
    assert np.ptp(posterior) == 0
    assert degrees == pytest.approx(200.0)


def test_squeezing_draws_towards_the_common_variance():
    variance, degrees = np.array([0.01, 1.0, np.nan]), np.array([4.0, 4.0, 0.0])
    posterior, total = squeezed(variance, degrees, VariancePrior(0.1, 6.0))
    assert posterior[:2] == pytest.approx([(6 * 0.1 + 4 * 0.01) / 10, (6 * 0.1 + 4) / 10])
    # Two sites of four degrees each have eight together, and no posterior has more.
    assert total[:2] == pytest.approx([8.0, 8.0])
    assert np.isnan(posterior[2])
    assert np.isnan(total[2])


def test_too_few_sites_have_no_prior():
    assert variance_prior(np.array([0.1, 0.2]), np.array([4.0, 4.0])).degrees == 0


def test_a_variance_of_zero_does_not_break_the_prior():
    prior = variance_prior(np.array([0.0, 0.1, 0.2, 0.3]), np.full(4, 4.0))
    assert np.isfinite(prior.variance)
    assert prior.variance > 0


def test_without_an_effect_p_is_uniform():
    fit = fit_contrasts(simulated(20_000, 5.0, 0.1, seed=7), TWO_GROUPS, DIFFERENCE)
    posterior, degrees = squeezed(fit.variance, fit.degrees, variance_prior(fit.variance, fit.degrees))
    _, _, p = moderated_t(fit.estimate[:, 0], fit.unscaled[:, 0, 0], posterior, degrees)
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_it_finds_more_than_the_classical_test_at_the_same_error():
    values = simulated(8000, 5.0, 0.1, seed=8)
    values[:800, 3:] += 1.0
    fit = fit_contrasts(values, TWO_GROUPS, DIFFERENCE)
    posterior, degrees = squeezed(fit.variance, fit.degrees, variance_prior(fit.variance, fit.degrees))
    _, _, p = moderated_t(fit.estimate[:, 0], fit.unscaled[:, 0, 0], posterior, degrees)
    classical = stats.ttest_ind(values[:, 3:], values[:, :3], axis=1).pvalue
    assert (p[:800] < 0.001).sum() > 1.2 * (classical[:800] < 0.001).sum()
    assert (p[800:] < 0.001).mean() < 0.002


def test_it_is_what_limma_gives():
    """Numbers printed by pylimma 0.2.0, a port of limma, on the same twelve sites (lm_fit, e_bayes)."""
    site, sample = np.mgrid[0:12, 0:6]
    values = 20 + ((site * 7 + sample * 13) % 11) / 10 * (1 + site % 3) + (sample >= 3) * (site % 4) * 0.5
    fit = fit_contrasts(values, TWO_GROUPS, DIFFERENCE)
    prior = variance_prior(fit.variance, fit.degrees)
    assert prior.degrees == pytest.approx(4.512298873509166, rel=1e-9)
    assert prior.variance == pytest.approx(0.3019675976828605, rel=1e-9)
    posterior, degrees = squeezed(fit.variance, fit.degrees, prior)
    _, t, p = moderated_t(fit.estimate[:, 0], fit.unscaled[:, 0, 0], posterior, degrees)
    expected_t = [1.7375285745, 0.4476401213, 0.8678886248, 4.5061764274, -2.5250816148, 1.7357772496, 3.2063178425,
                  1.2625408074, 1.012536729, 0.9532296289, 1.4068689526, 7.0437659667]  # fmt: skip
    expected_p = [0.1182265187, 0.6655865725, 0.4092551411, 0.001698255665, 0.03387688818, 0.1185472307, 0.01151950381,
                  0.2402432498, 0.3391948208, 0.3667551862, 0.1949114119, 7.955587527e-05]  # fmt: skip
    assert t == pytest.approx(expected_t, abs=1e-9)
    assert p == pytest.approx(expected_p, rel=1e-8)
