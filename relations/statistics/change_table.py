"""Changes as a table for the terminal."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from relations.statistics.intervals import Matrix
from relations.tables.text_table import aligned

MOST_TASKS = 16  # a wider table no terminal shows


def change_table(
    tasks: Sequence[str],
    mean: Matrix,
    half: Matrix,
    n: NDArray[np.int64],
    level: float,
) -> list[str]:
    """Lines of changes in per cent, each with half the width of its interval.

    Args:
        tasks: T names.
        mean: [T, T] mean changes, fractions.
        half: [T, T] half of the widths of their intervals; NaN where no doubt is known.
        n: [T, T] numbers of seeds; 0 where a change is unknown.
        level: Confidence level of the intervals.

    Returns:
        A heading and a table (up to 16 tasks).
    """
    heading = _heading(n[~np.eye(len(tasks), dtype=bool)], level)
    if len(tasks) > MOST_TASKS:
        return [heading, f"{len(tasks)} tasks are too many to print; see to_frame()"]
    rows = [["", *tasks]]
    for row, source in enumerate(tasks):
        cells = [
            "" if row == column else _cell(*cell)
            for column, cell in enumerate(zip(mean[row], half[row], n[row], strict=True))
        ]
        rows.append([source, *cells])
    return [heading, *aligned(rows)]


def _heading(n: NDArray[np.int64], level: float) -> str:
    """What the numbers are, and of how many seeds [E] they come."""
    known = n[n > 0]
    if not known.size:
        return "change in %, row = source, column = target: no runs yet"
    low, high = known.min(), known.max()
    if high == 1:
        return "change in %, row = source, column = target (1 seed: no doubt is known)"
    seeds = f"{high} seeds" if low == high else f"{low} to {high} seeds"
    return (
        f"change in % ± half of the {level:.0%} interval, row = source, column = target ({seeds})"
    )


def _cell(mean: float, half: float, n: int) -> str:
    if n == 0:
        return "?"
    change = f"{100 * mean:+.2f}"
    return change if np.isnan(half) else f"{change} ±{100 * half:.2f}"
