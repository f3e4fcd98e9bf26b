"""Candidates against each other: the spread that is used, beside a slow twin in loops."""

import numpy as np
import pytest
from scipy import stats

from gradsplit.studies.recommendation.racing.behind import Ahead, ahead


def slow(gains):
    """The same, pair by pair."""
    count, seeds = gains.shape
    left = [[value - np.mean(row) for value in row] for row in gains]
    common = [np.median([row[seed] for row in left]) for seed in range(seeds)]
    variances = [
        sum((value - common[seed]) ** 2 for seed, value in enumerate(row)) / (seeds - 1)
        for row in left
    ]
    usual = np.quantile(variances, 0.9) / (stats.chi2.ppf(0.9, seeds - 1) / (seeds - 1))
    mean, se, df = (np.zeros((count, count)) for _ in range(3))
    for one in range(count):
        for other in range(count):
            pairs = gains[one] - gains[other]
            own = np.var(pairs, ddof=1)
            mean[one, other] = np.mean(pairs)
            noisy = own > 2 * usual
            se[one, other] = np.sqrt(max(own, 2 * usual) / seeds)
            df[one, other] = seeds - 1 if noisy else max(seeds - 1, (seeds - 1) * (count - 1) / 2)
    return mean, se, df


@pytest.mark.parametrize(("count", "seeds"), [(2, 2), (5, 2), (12, 3), (7, 8)])
def test_it_is_the_slow_one(count, seeds):
    rng = np.random.default_rng(count)
    gains = rng.normal(size=(count, seeds)) * rng.uniform(0.2, 3, (count, 1)) + rng.normal(
        size=seeds
    )
    for fast, twin in zip(vars(ahead(gains)).values(), slow(gains), strict=True):
        np.testing.assert_allclose(fast, twin, rtol=1e-12)


def test_what_all_seeds_have_in_common_hides_nothing():
    rng = np.random.default_rng(0)
    gains = 0.01 * rng.normal(size=(8, 4))
    shifted = gains + np.array([5.0, -3.0, 0.0, 2.0])
    np.testing.assert_allclose(ahead(gains).se, ahead(shifted).se)


def test_a_noisy_candidate_is_judged_by_its_own_noise():
    rng = np.random.default_rng(1)
    gains = 0.01 * rng.normal(size=(10, 3))
    gains[4] += np.array([0.5, 0.0, -0.5]) + 0.1
    seen = ahead(gains)
    assert seen.df[4, 0] == 2
    assert seen.df.max() > 2
    assert not seen.decided(0.01)[4].any()


def test_candidates_without_any_scatter_are_told_apart():
    gains = np.array([[0.2, 0.2], [0.1, 0.1], [0.1, 0.1]])
    assert ahead(gains).decided(0.01)[0].tolist() == [False, True, True]
    assert not ahead(gains).decided(0.01)[1, 2]


@pytest.mark.parametrize("df", [1.0, 3.0, 40.0])
def test_decided_is_the_one_sided_t_test(df):
    edge = 0.5 * stats.t.ppf(0.99, df)
    for mean, decided in ((1.0001 * edge, True), (0.9999 * edge, False), (-2 * edge, False)):
        seen = Ahead(np.array([[mean]]), np.array([[0.5]]), np.array([[df]]))
        assert seen.decided(0.01).item() is decided
