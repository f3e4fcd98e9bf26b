"""Which candidates of a race are decidedly behind others, from few seeds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

USUAL = 0.9
"""The quantile of the candidates' variances that stands for all: most are less noisy."""


@dataclass(frozen=True)
class Ahead:
    """How far each candidate is ahead of each other one, [K, K]: row minus column.

    Attributes:
        mean: Mean difference over the seeds.
        se: Its standard error.
        df: Degrees of freedom of that.
    """

    mean: Matrix
    se: Matrix
    df: Matrix

    def decided(self, alpha: float) -> NDArray[np.bool_]:
        """[K, K] where the row is ahead of the column, one-sided at level alpha each."""
        from scipy.special import stdtrit

        with np.errstate(invalid="ignore"):
            return self.mean > stdtrit(self.df, 1 - alpha) * self.se


def ahead(gains: Matrix) -> Ahead:
    """All candidates of a race against each other, in pairs by seed.

    A spread from two or three seeds is itself a guess. Candidates of one race are trained on the
    same data by the same recipe, so the usual spread of all of them is used for every pair, and a
    pair's own where that is larger: with its own few degrees of freedom, so that a noisy candidate
    is judged by its noise. The usual variance is a high quantile, over candidates, of what is left
    once a candidate's mean and the seed's common part are taken off, divided by what that quantile
    is where all are equally noisy: where some are noisier than others it is nearly theirs, and a
    single one that runs wild does not hide the differences of the others.
    Source: our choice, by simulation in reports/recommendation/racing.md.

    Args:
        gains: [K, n] of K candidates on the same n seeds, two or more of each.

    Example:
        >>> gains = np.array([[0.10, 0.11, 0.12], [0.0, 0.01, 0.03], [0.0, 0.02, 0.02]])
        >>> ahead(gains).decided(0.01)[0].tolist()
        [False, True, True]
    """
    from scipy.stats import chi2

    candidates, seeds = gains.shape
    left = gains - gains.mean(axis=1, keepdims=True)
    left = left - np.median(left, axis=0, keepdims=True)
    variances = (left**2).sum(axis=1) / (seeds - 1)
    usual = np.quantile(variances, USUAL) / (chi2.ppf(USUAL, seeds - 1) / (seeds - 1))
    differences = gains[:, None, :] - gains[None, :, :]
    own = differences.var(axis=2, ddof=1)
    noisy = own > 2 * usual
    # A quantile tells about half as much as a mean would.
    many = max(seeds - 1, (seeds - 1) * (candidates - 1) / 2)
    variance = np.maximum(own, 2 * usual)
    df = np.where(noisy, float(seeds - 1), many)
    return Ahead(differences.mean(axis=2), np.sqrt(variance / seeds), df)
