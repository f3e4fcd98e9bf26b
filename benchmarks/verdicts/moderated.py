"""Moderated t: edges lend each other their spread. What the library did, kept to compare with.

Smyth (2004, "Linear models and empirical Bayes methods for assessing differential expression in
microarray experiments"), equations 3 to 9, with the degrees of freedom of targets.
"""

import numpy as np
from numpy.typing import NDArray

from relations.statistics.intervals import Matrix, Means


def moderated(means: Means) -> Means:
    """The same means, with standard errors shrunk towards a common one."""
    variance, df = means.noise**2, means.df
    usable = np.isfinite(df) & (variance > 0)
    prior_df, prior_variance = _prior(variance, df, usable)
    with np.errstate(invalid="ignore"):
        posterior = np.where(
            np.isinf(prior_df),
            prior_variance,
            (np.where(np.isinf(prior_df), 0, prior_df) * prior_variance + df * variance)
            / (prior_df + df),
        )
    most = np.where(usable, df, 0).sum(axis=(-2, -1), keepdims=True)
    total = np.where(usable, np.minimum(df + prior_df, most), np.nan)
    se = np.where(usable, np.sqrt(posterior / np.maximum(means.n, 1)), np.nan)
    return Means(means.mean, se, total, means.n)


def _prior(variance: Matrix, df: Matrix, usable: NDArray[np.bool_]) -> tuple[Matrix, Matrix]:
    """Degrees of freedom and location of the scaled inverse chi-square prior, by moments."""
    from scipy.special import digamma, polygamma

    def mean(values: Matrix) -> Matrix:
        return np.where(usable, values, 0).sum(axis=(-2, -1), keepdims=True) / count

    count = np.maximum(usable.sum(axis=(-2, -1), keepdims=True), 2)
    safe_df = np.where(usable, df, 1.0)
    logs = np.log(np.where(usable, variance, 1.0)) - digamma(safe_df / 2) + np.log(safe_df / 2)
    location = mean(logs)
    targets = max(variance.shape[-1], 2)
    within = mean(polygamma(1, safe_df / 2))
    spread = mean((logs - location) ** 2) * targets / (targets - 1) - within
    finite = spread > 0
    half = _trigamma_inverse(np.where(finite, spread, 1.0))
    shift = np.where(finite, digamma(half) - np.log(half), 0.0)
    return np.where(finite, 2 * half, np.inf), np.exp(location + shift)


def _trigamma_inverse(value: Matrix) -> Matrix:
    """Where trigamma has a value, by Newton steps on 1/trigamma, which is nearly linear."""
    from scipy.special import polygamma

    x = 0.5 + 1 / value
    for _ in range(50):
        trigamma = polygamma(1, x)
        step = trigamma * (1 - trigamma / value) / polygamma(2, x)
        x = x + step
        if np.all(np.abs(step) < 1e-10 * x):
            break
    return x
