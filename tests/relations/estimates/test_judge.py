"""Vectorised statistics against scipy's and against definitions written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relations.estimates.ranks import (
    Compared,
    average_precision,
    f1_at_count,
    f1_at_cut,
    pooled_spearman,
    within_kendall,
    within_spearman,
)

OFF = ~np.eye(4, dtype=bool)


def compared(guess, truth, limit=0.0):
    guess, truth = (np.asarray(values, dtype=float).copy() for values in (guess, truth))
    for values in (guess, truth):
        values[:, np.arange(4), np.arange(4)] = np.nan
    with np.errstate(invalid="ignore"):
        return Compared(guess, truth, truth < limit, guess < 0)


def drawn(seed, ties, missing):
    rng = np.random.default_rng(seed)
    guess, truth = rng.normal(size=(2, 3, 4, 4))
    if ties:
        guess, truth = np.round(guess), np.round(truth)
    if missing:
        truth[0, 1, 0] = guess[1, 2, 3] = np.nan
    return guess, truth


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_rank_correlations_are_scipys(seed, ties, missing):
    from scipy.stats import kendalltau, spearmanr

    one = compared(*drawn(seed, ties, missing))
    for vectorised, slow in ((within_spearman, spearmanr), (within_kendall, kendalltau)):
        expected = []
        for guess, truth, known in zip(one.guess, one.truth, one.known, strict=True):
            values = []
            for target in range(4):
                inside = known[:, target]
                g, t = guess[inside, target], truth[inside, target]
                if inside.sum() < 3 or np.ptp(t) == 0:
                    continue
                values.append(0.0 if np.ptp(g) == 0 else slow(g, t).statistic)
            expected.append(np.mean(values) if values else np.nan)
        np.testing.assert_allclose(vectorised(one), expected, atol=1e-12)
    pooled = [
        spearmanr(guess[known], truth[known]).statistic
        for guess, truth, known in zip(one.guess, one.truth, one.known, strict=True)
    ]
    np.testing.assert_allclose(pooled_spearman(one), pooled, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_perfect_guess_is_perfect_whatever_its_unit(seed, missing):
    _, truth = drawn(seed, ties=False, missing=missing)
    one = compared(truth**3 * 1e-5, truth)
    for statistic in (within_spearman, within_kendall, pooled_spearman):
        np.testing.assert_allclose(statistic(one), 1)
    harm = one.harmful.any(axis=(1, 2))
    for statistic in (f1_at_cut, f1_at_count, average_precision):
        np.testing.assert_allclose(statistic(one)[harm], 1)
        assert np.isnan(statistic(one)[~harm]).all()
    opposite = compared(-truth, truth)
    np.testing.assert_allclose(within_spearman(opposite), -1)


def test_f1_and_precision_by_hand():
    truth, guess = np.ones((1, 4, 4)), np.ones((1, 4, 4))
    truth[0, 0, 1] = truth[0, 2, 3] = -1  # two harmful edges
    guess[0, 0, 1], guess[0, 1, 2], guess[0, 1, 0], guess[0, 2, 3] = -3, -2, -1, 0.5
    one = compared(guess, truth)
    # Three called, one of them right: precision 1/3, recall 1/2.
    assert f1_at_cut(one)[0] == pytest.approx(2 / 5)
    # The two lowest: one of them right.
    assert f1_at_count(one)[0] == pytest.approx(1 / 2)
    # Found at places 1 and 4: precisions 1 and 2/4.
    assert average_precision(one)[0] == pytest.approx((1 + 0.5) / 2)


def test_equal_guesses_share():
    truth = np.ones((1, 4, 4))
    truth[0, 0, 1] = -1
    one = compared(np.zeros((1, 4, 4)), truth)
    assert f1_at_count(one)[0] == pytest.approx(1 / 12)
    assert average_precision(one)[0] == pytest.approx(1 / 12)
    assert within_spearman(one)[0] == 0


def test_two_sources_order_nothing():
    truth = np.random.default_rng(0).normal(size=(1, 4, 4))
    truth[0, 1] = np.nan
    one = compared(truth, truth)
    assert np.isfinite(within_spearman(one)).all()  # target 1 still has three sources
    truth[0, 0, 1] = np.nan
    assert np.isnan(within_spearman(compared(truth, truth))).all()
