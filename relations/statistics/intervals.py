"""Means, standard errors and t intervals of many edges at once, from few seeds.

Each edge is judged by its own spread. Borrowing spread from the other edges (moderated t, Smyth
2004) decides more of them from three to five seeds, but its intervals are too narrow exactly on the
noisiest edges (reports/probe/README.md), so it is not used.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

NO_SPREAD = 1e-12
"""Standard deviations of log scores up to this are rounding: the scores are the same."""


@dataclass(frozen=True)
class Means:
    """Means of many edges over seeds, arrays of one shape.

    Attributes:
        mean: Mean over seeds; NaN where there is none.
        se: Standard error of the mean; NaN with fewer than two seeds, and where all seeds give the
            same value.
        df: Degrees of freedom of the standard error; NaN where there is none.
        n: Number of seeds, integers.
    """

    mean: Matrix
    se: Matrix
    df: Matrix
    n: NDArray[np.int64]

    @property
    def noise(self) -> Matrix:
        """Standard deviation of the value of one seed; NaN where `se` is."""
        return self.se * np.sqrt(self.n)

    @property
    def spreadless(self) -> NDArray[np.bool_]:
        """Edges of two seeds or more that all have the same value: that says nothing."""
        return (self.n > 1) & np.isnan(self.se)

    def interval(self, alpha: Matrix | float) -> tuple[Matrix, Matrix]:
        """Two-sided t interval at level 1 - alpha, for each edge its own if `alpha` is an array."""
        from scipy.special import stdtrit

        reach = stdtrit(self.df, 1 - np.asarray(alpha) / 2) * self.se
        return self.mean - reach, self.mean + reach

    def p_values(self, value: Matrix | float) -> Matrix:
        """Two-sided p-values of "the true mean is `value`".

        NaN with fewer than two seeds; 1 where there is no spread: such an edge is not decided, but
        it counts among those that are judged.
        """
        from scipy.special import stdtr

        p_values = 2 * stdtr(self.df, -np.abs(self.mean - value) / self.se)
        return np.where(self.spreadless, 1.0, p_values)


def mean_of_known(samples: Matrix) -> Matrix:
    """Mean over the first axis of what is known; NaN where nothing is.

    Example:
        >>> mean_of_known(np.array([[1.0, np.nan], [3.0, np.nan]]))
        array([ 2., nan])
    """
    known = ~np.isnan(samples)
    with np.errstate(invalid="ignore"):
        return np.where(known, samples, 0.0).sum(axis=0) / known.sum(axis=0)


def spread_of_known(samples: Matrix) -> Matrix:
    """[N] standard deviations (divisor S - 1) of samples [S, N]; NaN of fewer than two.

    Of equal samples it is 0, whatever their mean is rounded to.

    Example:
        >>> spread_of_known(np.array([[1.0, 5.0], [3.0, np.nan]])) ** 2
        array([ 2., nan])
        >>> float(spread_of_known(np.full((3, 1), 0.1))[0])
        0.0
    """
    known = [column[~np.isnan(column)] for column in samples.T]
    return np.array(
        [
            (column.std(ddof=1) if np.ptp(column) > 0 else 0.0) if column.size > 1 else np.nan
            for column in known
        ]
    )


def means_over_seeds(values: Matrix, *, resolution: Matrix | float = 0.0) -> Means:
    """Means over seeds, with standard errors.

    Args:
        values: [S, ..., T, T] one a seed and edge; NaN where a seed was not run. Axes between are
            probes of their own.
        resolution: Smallest step of a value, 0 where it has none. Values that step between two
            neighbours have a standard deviation of up to half a step, and few seeds show it too
            small: it is taken to be at least that. Source: our choice, checked in
            reports/probe/validity.md.

    Returns:
        Arrays of the shape [..., T, T].

    Example:
        >>> import numpy as np
        >>> means = means_over_seeds(np.array([[[0.1, 0.2]], [[0.1, 0.4]]]))
        >>> means.mean.round(3).tolist(), means.se.round(3).tolist()
        ([[0.1, 0.3]], [[nan, 0.1]])
    """
    known = ~np.isnan(values)
    n = known.sum(axis=0)
    mean = mean_of_known(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviations = np.where(known, values - mean, 0.0)
        df = np.where(n > 1, n - 1.0, np.nan)
        spread = np.sqrt((deviations**2).sum(axis=0) / df)
    varies = spread > NO_SPREAD
    se = np.maximum(spread, np.asarray(resolution) / 2) / np.sqrt(np.maximum(n, 1))
    return Means(mean, np.where(varies, se, np.nan), np.where(varies, df, np.nan), n)
