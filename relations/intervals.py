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
class Estimates:
    """Estimates of many edges, arrays of one shape.

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


def estimate(samples: Matrix, *, shrink: bool) -> Estimates:
    """Estimates from samples over seeds.

    Args:
        samples: [S, ...] one value a seed and edge; NaN where a seed was not run.
        shrink: Shrink the edges' variances towards a common one (moderated t).

    Returns:
        Estimates of the shape of one seed's samples.
    """
    known = ~np.isnan(samples)
    n = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, samples, 0.0).sum(axis=0) / n
        deviations = np.where(known, samples - mean, 0.0)
        df = np.where(n > 1, n - 1.0, np.nan)
        variance = (deviations**2).sum(axis=0) / df
    if shrink:
        variance, df = _moderated(variance, df)
    return Estimates(mean, np.sqrt(variance / np.maximum(n, 1)), df, n)


def _moderated(variance: Matrix, df: Matrix) -> tuple[Matrix, Matrix]:
    """Posterior variances and their degrees of freedom; unchanged where nothing can be borrowed."""
    positive = np.isfinite(df) & (variance > 0)
    if positive.sum() < 2:
        return variance, df
    prior_df, prior_variance = _prior(variance[positive], df[positive])
    if np.isinf(prior_df):
        posterior = np.full_like(variance, prior_variance)
    else:
        posterior = (prior_df * prior_variance + df * variance) / (prior_df + df)
    # Never more degrees of freedom than all edges have together.
    total = np.minimum(df + prior_df, df[positive].sum())
    return np.where(np.isfinite(df), posterior, np.nan), np.where(np.isfinite(df), total, np.nan)


def _prior(variance: Matrix, df: Matrix) -> tuple[float, float]:
    """Degrees of freedom and location of the scaled inverse chi-square prior, by moments."""
    from scipy.special import digamma, polygamma

    logs = np.log(variance) - digamma(df / 2) + np.log(df / 2)
    spread = float(logs.var(ddof=1) - polygamma(1, df / 2).mean())
    if spread <= 0:
        return np.inf, float(np.exp(logs.mean()))
    prior_df = 2 * _trigamma_inverse(spread)
    location = logs.mean() + digamma(prior_df / 2) - np.log(prior_df / 2)
    return prior_df, float(np.exp(location))


def _trigamma_inverse(value: float) -> float:
    """X with trigamma(x) = value, by Newton steps on 1/trigamma, which is nearly linear."""
    from scipy.special import polygamma

    x = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(polygamma(1, x))
        step = trigamma * (1 - trigamma / value) / float(polygamma(2, x))
        x += step
        if abs(step) < 1e-10 * x:
            break
    return x
