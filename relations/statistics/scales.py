"""The scale that changes are averaged on: logs of ratios of scores, other changes as they are."""

import numpy as np
from numpy.typing import NDArray

from relations.statistics.intervals import Matrix

Flags = NDArray[np.bool_]


def to_scale(changes: Matrix | float, turned: Flags, relative: Flags | bool = True) -> Matrix:
    """Changes [..., T] where they are averaged, larger is better; targets are the last axis.

    A relative change is the log of the ratio of scores, where gains and losses are symmetric; an
    absolute or standardised one is a difference already and stays what it is.

    Args:
        changes: Fractions, or in the unit of the target's kind; positive = better.
        turned: [T] whether a target's relative change is 1 - ratio of scores instead of ratio - 1.
        relative: [T] whether a target's change is relative.

    Example:
        >>> to_scale(-0.5, np.array([False, True])).round(3).tolist()
        [-0.693, -0.405]
        >>> to_scale(-0.5, np.array([False, False]), np.array([True, False])).round(3).tolist()
        [-0.693, -0.5]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.where(turned, -np.log1p(np.negative(changes)), np.log1p(changes))
    return np.where(relative, logs, changes)


def to_changes(scaled: Matrix, turned: Flags, relative: Flags | bool = True) -> Matrix:
    """The inverse of `to_scale`."""
    with np.errstate(over="ignore"):
        ratios = np.where(turned, -np.expm1(-scaled), np.expm1(scaled))
    return np.where(relative, ratios, scaled)
