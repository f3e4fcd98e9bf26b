"""The unit of standardised changes: how much a task's single-task score varies over seeds."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from relations.change_kinds import STANDARDISED
from relations.tasks import Task

Array = NDArray[np.float64]

_ROUNDING = 1e-12  # of the scores: what varies less does not vary


def spread_of(scores: Array) -> float:
    """Standard deviation (divisor n - 1) of scores [S]; NaN below two, or where they are equal.

    Example:
        >>> spread_of(np.array([1.0, 3.0, np.nan])) ** 2, spread_of(np.array([1.0, 1.0]))
        (2.0000000000000004, nan)
    """
    known = scores[~np.isnan(scores)]
    if len(known) < 2:
        return np.nan
    spread = float(known.std(ddof=1))
    return spread if spread > _ROUNDING * np.abs(known).max() else np.nan


def spreads(tasks: Sequence[Task], alone: Array) -> Array:
    """[T] spreads of single-task scores [S, T] of tasks with a standardised change; else NaN."""
    return np.array(
        [
            spread_of(alone[:, place]) if task.change == STANDARDISED else np.nan
            for place, task in enumerate(tasks)
        ]
    )


def unit_notes(tasks: Sequence[Task], alone: Array, spread: Array) -> dict[str, str]:
    """What the unit of a standardised change is, and how well it is known, by task.

    The spread is held fixed in all intervals and tests: they say how sure a change is in units of
    the spread that was seen, and this note how sure that spread is itself.
    """
    notes = {}
    for place, task in enumerate(tasks):
        unit, count = float(spread[place]), int((~np.isnan(alone[:, place])).sum())
        if not np.isnan(unit):
            low, high = spread_interval(unit, count)
            notes[task.name] = (
                f"changes of `{task.name}` are in units of the spread of its {count} single-task "
                f"scores, {unit:.3g}; the spread itself is known to [{low:.3g}, {high:.3g}] (95%), "
                "which the intervals leave out"
            )
    return notes


def spread_interval(spread: float, count: int, level: float = 0.95) -> tuple[float, float]:
    """The chi-square interval of a normal standard deviation that was seen in `count` values.

    Example:
        >>> [round(end, 2) for end in spread_interval(1.0, 5)]
        [0.6, 2.87]
    """
    from scipy.special import chdtri

    alpha = 1 - level
    ends = (
        spread * np.sqrt((count - 1) / chdtri(count - 1, part))
        for part in (alpha / 2, 1 - alpha / 2)
    )
    low, high = ends
    return float(low), float(high)
