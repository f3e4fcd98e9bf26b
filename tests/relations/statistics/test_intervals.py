import numpy as np
import pytest
from scipy import stats

from relations.statistics.intervals import means_over_seeds


def rng():
    return np.random.default_rng(7)


def test_it_is_the_ordinary_t_interval():
    samples = rng().normal(0.02, 0.01, (6, 1, 3))
    means = means_over_seeds(samples)
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
    means = means_over_seeds(samples)
    assert means.n.tolist() == [[5, 3]]
    assert means.df.tolist() == [[4, 2]]
    assert means.mean[0, 1] == pytest.approx(samples[:3, 0, 1].mean())


def test_one_seed_tells_nothing_of_its_spread():
    means = means_over_seeds(np.array([[[0.3]], [[np.nan]]]))
    assert means.mean[0, 0] == 0.3
    assert np.isnan(means.se[0, 0])
    assert np.isnan(np.array(means.interval(0.05))).all()
    assert np.isnan(means.p_values(0.0)[0, 0])


def test_equal_values_prove_nothing():
    samples = np.stack([np.full((3, 2), -0.02), np.full((3, 2), -0.02) + 1e-16])
    means = means_over_seeds(samples)
    assert means.mean[0, 0] == pytest.approx(-0.02)
    assert np.isnan(means.se).all() and means.spreadless.all()
    assert np.isnan(np.array(means.interval(0.05))).all()
    assert (means.p_values(0.5) == 1).all()


def test_a_spread_is_at_least_half_a_step():
    samples = np.array([[[0.0, 0.0]], [[0.0, 0.4]], [[0.1, 0.8]]])
    means = means_over_seeds(samples, resolution=np.array([0.2, 0.2]))
    own = samples.std(axis=0, ddof=1)
    assert own[0, 0] < 0.1 < own[0, 1]
    np.testing.assert_allclose(means.noise, [[0.1, own[0, 1]]])
    assert not means.spreadless.any()


def test_probes_side_by_side_are_estimated_each_for_itself():
    samples = rng().normal(0, [[[[0.1]], [[1.0]]]], (4, 2, 3, 3))[..., :]
    both = means_over_seeds(samples)
    for probe in range(2):
        alone = means_over_seeds(samples[:, probe])
        for name in ("mean", "se", "df", "n"):
            np.testing.assert_allclose(getattr(both, name)[probe], getattr(alone, name))


def test_the_noise_is_the_standard_deviation_over_seeds():
    values = rng().normal(0, 0.01, (5, 2, 3))
    np.testing.assert_allclose(means_over_seeds(values).noise, values.std(axis=0, ddof=1))
