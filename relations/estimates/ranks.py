"""How well one set of matrices orders and finds the harmful edges of another, many at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relations.estimates.estimate import Matrix

LEAST_SOURCES = 3  # two sources are ordered right by a coin half of the time


@dataclass(frozen=True)
class Compared:
    """Guesses and truths whose agreement is wanted, B of each.

    Attributes:
        guess: [B, T, T] larger = helps more; NaN where unknown and on the diagonal.
        truth: [B, T, T] changes, in any unit that keeps their order; NaN likewise.
        harmful: [B, T, T] whether the truth is harm; False where unknown.
        called: [B, T, T] whether the guess's own cut takes the edge for harmful.
    """

    guess: Matrix
    truth: Matrix
    harmful: NDArray[np.bool_]
    called: NDArray[np.bool_]

    @property
    def known(self) -> NDArray[np.bool_]:
        """[B, T, T] edges that both know."""
        return ~np.isnan(self.guess) & ~np.isnan(self.truth)


def within_spearman(compared: Compared) -> Matrix:
    """[B] rank correlation over the sources of one target, averaged over targets.

    This is what deciding the edges of one target needs. A target counts when at least three of its
    sources are known and its truth differs; a guess that is the same for all sources orders nothing
    and counts as 0. NaN when no target counts.
    """
    return _within(compared, _pearson)


def within_kendall(compared: Compared) -> Matrix:
    """[B] Kendall's tau-b over the sources of one target, averaged over targets.

    See `within_spearman`. Cost: B T^3.
    """
    return _within(compared, _kendall)


def pooled_spearman(compared: Compared) -> Matrix:
    """[B] rank correlation over all edges."""
    known = compared.known.reshape(len(compared.guess), -1, 1)
    guess, truth = (
        _ranks(np.where(known, values.reshape(known.shape), np.nan))
        for values in (compared.guess, compared.truth)
    )
    return _pearson(guess, truth)[:, 0]


def f1_at_cut(compared: Compared) -> Matrix:
    """[B] F1 of the harmful edges among those the guess's own cut names; NaN without harm."""
    return _f1(compared.called & compared.known, compared)


def f1_at_count(compared: Compared) -> Matrix:
    """[B] F1 when the guess names as many edges as there are harmful ones; NaN without harm.

    The count is the truth's, which no user has: this is the ranking's worth, without the cut's. Of
    equal guesses a fair share is named.
    """
    known = compared.known
    guess = np.where(known, compared.guess, np.inf).reshape(len(known), -1)
    harmful = (compared.harmful & known).reshape(len(known), -1)
    count = harmful.sum(axis=1)
    share_named = np.full(len(known), np.nan)
    for row in np.flatnonzero(count):
        limit = np.sort(guess[row])[count[row] - 1]
        below, equal = guess[row] < limit, guess[row] == limit
        share = (count[row] - below.sum()) / equal.sum()
        hits = harmful[row, below].sum() + share * harmful[row, equal].sum()
        share_named[row] = hits / count[row]
    return share_named


def average_precision(compared: Compared) -> Matrix:
    """[B] mean precision over the harmful edges, going from the lowest guess up; NaN without harm.

    Equal guesses are gone through together.
    """
    known = compared.known
    means = np.full(len(known), np.nan)
    for row, inside in enumerate(known):
        harmful = compared.harmful[row][inside]
        if not harmful.any():
            continue
        _, ranks = np.unique(compared.guess[row][inside], return_inverse=True)
        hits = np.bincount(ranks, weights=harmful)
        precision = np.cumsum(hits) / np.cumsum(np.bincount(ranks))
        means[row] = (precision * hits).sum() / hits.sum()
    return means


def _f1(called: NDArray[np.bool_], compared: Compared) -> Matrix:
    harmful = compared.harmful & compared.known
    hits = (called & harmful).sum(axis=(1, 2))
    named, there = called.sum(axis=(1, 2)), harmful.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(there > 0, 2 * hits / (named + there), np.nan)


def _within(compared: Compared, correlation: Callable[[Matrix, Matrix], Matrix]) -> Matrix:
    known = compared.known
    guess, truth = (
        _ranks(np.where(known, values, np.nan)) for values in (compared.guess, compared.truth)
    )
    values = correlation(guess, truth)
    counted = (known.sum(axis=1) >= LEAST_SOURCES) & ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(counted, values, 0.0).sum(axis=1) / counted.sum(axis=1)


def _ranks(values: Matrix) -> Matrix:
    """[B, n, m] ranks along the middle axis, NaN where unknown."""
    from scipy.stats import rankdata

    known = ~np.isnan(values)
    # Unknown ones get the last ranks, which are then taken out.
    return np.where(known, rankdata(np.where(known, values, np.inf), axis=1), np.nan)


def _pearson(guess: Matrix, truth: Matrix) -> Matrix:
    """[B, m] correlation along the middle axis; 0 if the guess is constant, NaN if the truth is."""
    known = ~np.isnan(guess)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    x, y = (
        np.where(known, values - np.where(known, values, 0).sum(axis=1, keepdims=True) / count, 0)
        for values in (guess, truth)
    )
    return _ratio((x * y).sum(axis=1), (x**2).sum(axis=1), (y**2).sum(axis=1))


def _kendall(guess: Matrix, truth: Matrix) -> Matrix:
    """[B, m] tau-b along the middle axis; see `_pearson` for constant ones."""
    x, y = (
        np.nan_to_num(np.sign(values[:, :, None, :] - values[:, None, :, :]))
        for values in (guess, truth)
    )
    axes = (1, 2)
    return _ratio((x * y).sum(axis=axes), (x**2).sum(axis=axes), (y**2).sum(axis=axes))


def _ratio(product: Matrix, guess: Matrix, truth: Matrix) -> Matrix:
    with np.errstate(invalid="ignore", divide="ignore"):
        values = product / np.sqrt(guess * truth)
    return np.where(truth > 1e-12, np.where(guess > 1e-12, values, 0.0), np.nan)
