"""Changes on the log scale of ratios of scores, where gains and losses are symmetric."""

import numpy as np
from numpy.typing import NDArray

from relations.statistics.intervals import Matrix


def to_logs(changes: Matrix | float, turned: NDArray[np.bool_]) -> Matrix:
    """Changes [..., T] as logs of ratios of scores, larger is better; targets are the last axis.

    Args:
        changes: Fractions, positive = better.
        turned: [T] whether a target's change is 1 - ratio of scores instead of ratio - 1.

    Example:
        >>> to_logs(-0.5, np.array([False, True])).round(3).tolist()
        [-0.693, -0.405]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(turned, -np.log1p(np.negative(changes)), np.log1p(changes))


def to_changes(logs: Matrix, turned: NDArray[np.bool_]) -> Matrix:
    """The inverse of `to_logs`."""
    return np.where(turned, -np.expm1(-logs), np.expm1(logs))
