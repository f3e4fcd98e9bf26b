"""The interval of a share: a ratio of two means over seeds, each uncertain."""

import numpy as np
from numpy.typing import NDArray

from relations.statistics.intervals import means_over_seeds

HALF = 0.5


def share_interval(
    whole: NDArray[np.float64], part: NDArray[np.float64], alpha: float
) -> tuple[float, float]:
    """Fieller's interval of mean(part) / mean(whole), paired by seed; both means may be uncertain.

    A share s is left in where the t interval of part - s whole over seeds holds zero. So one half
    is left out exactly when the t test of "half of it" rejects.
    Source: Fieller, "Some problems in interval estimation", JRSS B 16 (1954).

    Args:
        whole: [S] in each seed; its mean is above zero.
        part: [S] of the same seeds.
        alpha: The interval is of level 1 - alpha.

    Returns:
        Lower and upper end, NaN where the seeds show no spread to judge one half by. Where the
        whole itself may be zero the interval has no end on one side or both (infinite): what is
        known then is on which side of one half the share lies, if that.

    Example:
        >>> whole, part = np.array([0.20, 0.22, 0.18]), np.array([0.11, 0.10, 0.09])
        >>> [round(end, 2) for end in share_interval(whole, part, 0.05)]
        [0.39, 0.65]
        >>> share_interval(np.array([0.3, 0.1, -0.1]), part, 0.05)[1]
        inf
    """
    if np.isnan(means_over_seeds((part - HALF * whole)[:, None, None]).se).any():
        return np.nan, np.nan
    share = part.mean() / whole.mean()
    ends = _ends(whole, part - share * whole, alpha)
    if ends is None:
        return -np.inf, np.inf
    low, high = (float(share + end) for end in ends)
    if low <= share <= high:
        return low, high
    if low < HALF < high:  # all but what lies between: the side of it that the estimate is on
        return (high, np.inf) if share > HALF else (-np.inf, low)
    return -np.inf, np.inf


def _ends(
    whole: NDArray[np.float64], rest: NDArray[np.float64], alpha: float
) -> tuple[float, float] | None:
    """Where the t test of rest - d whole begins to reject, in ascending order; None: nowhere.

    The mean of `rest` is zero, so that it rejects where
    d^2 mean(whole)^2 > reach (var(rest) - 2 d cov + d^2 var(whole)).
    """
    from scipy.special import stdtrit

    count = len(whole)
    reach = float(stdtrit(count - 1, 1 - alpha / 2)) ** 2 / count
    (of_whole, of_both), (_, of_rest) = reach * np.cov(whole, rest)
    square = whole.mean() ** 2 - of_whole
    inside = of_both**2 + square * of_rest
    if inside < 0 or square == 0:
        return None
    low, high = sorted((-of_both + sign * np.sqrt(inside)) / square for sign in (-1, 1))
    return float(low), float(high)
