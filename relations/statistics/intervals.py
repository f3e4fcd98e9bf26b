"""Means, standard errors and t intervals of many edges at once, from few seeds.

Variances of few seeds are so uncertain themselves that each edge borrows strength from the
others: the moderated t of Smyth (2004, "Linear models and empirical Bayes methods for assessing
differential expression in microarray experiments", equations 3 to 9), as in limma.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Means:
    """Means of many edges over seeds, arrays of one shape.

    Attributes:
        mean: Mean over seeds; NaN where there is none.
        se: Standard error of the mean; NaN with fewer than two seeds.
        df: Degrees of freedom of the standard error; NaN with fewer than two seeds.
        n: Number of seeds, integers.
    """

    mean: Matrix
    se: Matrix
    df: Matrix
    n: NDArray[np.int64]

    @property
    def noise(self) -> Matrix:
        """Standard deviation of the value of one seed; NaN with fewer than two seeds."""
        return self.se * np.sqrt(self.n)

    def interval(self, alpha: Matrix | float) -> tuple[Matrix, Matrix]:
        """Two-sided t interval at level 1 - alpha, for each edge its own if `alpha` is an array."""
        from scipy.special import stdtrit

        reach = stdtrit(self.df, 1 - np.asarray(alpha) / 2) * self.se
        return self.mean - reach, self.mean + reach

    def p_values(self, value: Matrix | float) -> Matrix:
        """Two-sided p-values of "the true mean is `value`"; NaN with fewer than two seeds."""
        from scipy.special import stdtr

        distance = np.abs(self.mean - value)
        with np.errstate(divide="ignore", invalid="ignore"):
            # No spread at all: certain, unless the mean is the value itself.
            t = np.where(distance == 0, 0.0, distance / self.se)
        return np.where(np.isnan(self.se), np.nan, 2 * stdtr(self.df, -t))


def means_over_seeds(values: Matrix, *, shrink: bool) -> Means:
    """Means over seeds, with standard errors.

    Args:
        values: [S, ..., T, T] one a seed and edge; NaN where a seed was not run. Axes between are
            probes of their own.
        shrink: Shrink the variances of a probe's edges towards a common one (moderated t).

    Returns:
        Arrays of the shape [..., T, T].
    """
    known = ~np.isnan(values)
    n = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=0) / n
        deviations = np.where(known, values - mean, 0.0)
        df = np.where(n > 1, n - 1.0, np.nan)
        variance = (deviations**2).sum(axis=0) / df
    if shrink:
        variance, df = _moderated(variance, df)
    return Means(mean, np.sqrt(variance / np.maximum(n, 1)), df, n)


def _moderated(variance: Matrix, df: Matrix) -> tuple[Matrix, Matrix]:
    """Posterior variances and their degrees of freedom; unchanged where nothing can be borrowed."""
    usable = np.isfinite(df) & (variance > 0)
    prior_df, prior_variance = _prior(variance, df, usable)
    with np.errstate(invalid="ignore"):
        posterior = np.where(
            np.isinf(prior_df),
            prior_variance,
            (np.where(np.isinf(prior_df), 0, prior_df) * prior_variance + df * variance)
            / (prior_df + df),
        )
    # Never more degrees of freedom than all edges have together.
    most = np.where(usable, df, 0).sum(axis=(-2, -1), keepdims=True)
    total = np.minimum(df + prior_df, most)
    borrowing = np.isfinite(df) & (usable.sum(axis=(-2, -1), keepdims=True) > 1)
    return np.where(borrowing, posterior, variance), np.where(borrowing, total, df)


def _prior(variance: Matrix, df: Matrix, usable: NDArray[np.bool_]) -> tuple[Matrix, Matrix]:
    """Degrees of freedom and location of the scaled inverse chi-square prior, by moments.

    Edges with one target share its noise, so that the sample variance of the logs has the targets'
    degrees of freedom, not the edges': without that, few noisy targets pass for one common law.
    """
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
