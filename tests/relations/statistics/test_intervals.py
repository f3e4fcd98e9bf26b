import numpy as np
import pytest
from scipy import optimize, special, stats

from relations.statistics.intervals import means_over_seeds


def rng():
    return np.random.default_rng(7)


def test_without_shrinkage_it_is_the_ordinary_t_interval():
    samples = rng().normal(0.02, 0.01, (6, 1, 3))
    means = means_over_seeds(samples, shrink=False)
    lower, upper = means.interval(0.1)
    for edge in range(3):
        expected = stats.t.interval(
            0.9, 5, samples[:, 0, edge].mean(), stats.sem(samples[:, 0, edge])
        )
        assert (lower[0, edge], upper[0, edge]) == pytest.approx(expected)
        assert means.p_values(0.01)[0, edge] == pytest.approx(
            stats.ttest_1samp(samples[:, 0, edge], 0.01).pvalue
        )


def test_missing_seeds_are_left_out_edge_by_edge():
    samples = rng().normal(size=(5, 1, 2))
    samples[3:, 0, 1] = np.nan
    means = means_over_seeds(samples, shrink=False)
    assert means.n.tolist() == [[5, 3]]
    assert means.df.tolist() == [[4, 2]]
    assert means.mean[0, 1] == pytest.approx(samples[:3, 0, 1].mean())


def test_one_seed_has_no_doubt_known():
    means = means_over_seeds(np.array([[[0.3]], [[np.nan]]]), shrink=True)
    assert means.mean[0, 0] == 0.3
    assert np.isnan(means.se[0, 0])
    assert np.isnan(np.array(means.interval(0.05))).all()
    assert np.isnan(means.p_values(0.0)[0, 0])


def test_shrinkage_pulls_variances_together_and_adds_degrees_of_freedom():
    samples = rng().normal(0, 0.01, (3, 5, 10))
    plain, shrunk = means_over_seeds(samples, shrink=False), means_over_seeds(samples, shrink=True)
    assert np.log(shrunk.se).std() < 0.5 * np.log(plain.se).std()
    assert (shrunk.df > plain.df).all()
    np.testing.assert_array_equal(shrunk.mean, plain.mean)


def test_shrinkage_leaves_edges_with_really_different_noise_apart():
    samples = rng().normal(0, 1, (5, 1, 60)) * np.logspace(-3, 0, 60)
    shrunk = means_over_seeds(samples, shrink=True)
    assert shrunk.se[0, :10].max() < 0.1 * shrunk.se[0, -10:].min()


def test_shrinkage_recovers_a_known_prior():
    # Smyth's model: s0^2 d0 / chi2(d0) variances; the posterior uses them with d0 more degrees.
    draws = rng()
    true_df, size = 6.0, 20000
    variances = 1.0 * true_df / draws.chisquare(true_df, size)
    samples = draws.normal(size=(4, 1, size)) * np.sqrt(variances)
    assert means_over_seeds(samples, shrink=True).df.mean() == pytest.approx(3 + true_df, rel=0.1)


def test_no_spread_at_all_is_certain_except_at_the_value_itself():
    samples = np.full((3, 1, 2), -0.02)
    means = means_over_seeds(samples, shrink=True)
    assert means.p_values(np.array([-0.01, -0.02])).tolist() == [[0.0, 1.0]]
    lower, upper = means.interval(0.05)
    assert lower.tolist() == upper.tolist() == [[-0.02, -0.02]]


def test_probes_side_by_side_are_estimated_each_for_itself():
    samples = rng().normal(0, [[[[0.1]], [[1.0]]]], (4, 2, 3, 3))[..., :]
    both = means_over_seeds(samples, shrink=True)
    for probe in range(2):
        alone = means_over_seeds(samples[:, probe], shrink=True)
        for name in ("mean", "se", "df", "n"):
            np.testing.assert_allclose(getattr(both, name)[probe], getattr(alone, name))


def test_shrinkage_is_smyths_with_the_degrees_of_freedom_of_targets():
    values = rng().normal(0, np.logspace(-2.5, -1.5, 4), (4, 3, 4))
    shrunk = means_over_seeds(values, shrink=True)
    variances, df, targets = values.var(axis=0, ddof=1).ravel(), 3, 4
    logs = np.log(variances) - special.digamma(df / 2) + np.log(df / 2)
    spread = logs.var() * targets / (targets - 1) - special.polygamma(1, df / 2)
    prior_df = 2 * optimize.brentq(lambda x: special.polygamma(1, x) - spread, 1e-3, 1e6)
    prior = np.exp(logs.mean() + special.digamma(prior_df / 2) - np.log(prior_df / 2))
    posterior = (prior_df * prior + df * variances) / (prior_df + df)
    np.testing.assert_allclose(shrunk.df, df + prior_df)
    np.testing.assert_allclose(shrunk.se.ravel(), np.sqrt(posterior / 4))


def test_shrinkage_never_claims_more_freedom_than_all_edges_have():
    # Equal spreads on all edges: the prior is certain, and would have infinitely many degrees.
    values = np.broadcast_to(np.array([-0.01, 0.0, 0.01])[:, None, None], (3, 2, 3))
    shrunk = means_over_seeds(values, shrink=True)
    assert (shrunk.df == 6 * 2).all()


def test_the_noise_is_the_standard_deviation_over_seeds():
    values = rng().normal(0, 0.01, (5, 2, 3))
    np.testing.assert_allclose(
        means_over_seeds(values, shrink=False).noise, values.std(axis=0, ddof=1)
    )
