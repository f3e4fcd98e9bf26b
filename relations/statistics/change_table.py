"""Changes as a table for the terminal."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from relations.change_kinds import RELATIVE, ChangeKind
from relations.statistics.intervals import Matrix
from relations.tables.text_table import aligned

MOST_TASKS = 16  # a wider table no terminal shows


def change_table(
    tasks: Sequence[str],
    mean: Matrix,
    half: Matrix,
    n: NDArray[np.int64],
    level: float,
    kinds: Sequence[ChangeKind],
) -> list[str]:
    """Lines of changes, each with half the width of its interval.

    They are in per cent; where tasks measure in other units, every column names its own.

    Args:
        tasks: T names.
        mean: [T, T] mean changes, in the unit of the target's kind.
        half: [T, T] half of the widths of their intervals; NaN where no doubt is known.
        n: [T, T] numbers of seeds; 0 where a change is unknown.
        level: Confidence level of the intervals.
        kinds: How each target's change is measured.

    Returns:
        A heading and a table (up to 16 tasks).
    """
    relative = all(kind.name == RELATIVE for kind in kinds)
    what = "change in %" if relative else "change"
    heading = f"{what}{_heading(n[~np.eye(len(tasks), dtype=bool)], level)}"
    if len(tasks) > MOST_TASKS:
        return [heading, f"{len(tasks)} tasks are too many to print; see to_frame()"]
    units = [f"{task} [{kind.short}]" for task, kind in zip(tasks, kinds, strict=True)]
    rows = [["", *(tasks if relative else units)]]
    for row, source in enumerate(tasks):
        cells = [
            "" if row == column else _cell(*cell)
            for column, cell in enumerate(zip(mean[row], half[row], n[row], kinds, strict=True))
        ]
        rows.append([source, *cells])
    return [heading, *aligned(rows)]


def _heading(n: NDArray[np.int64], level: float) -> str:
    """What the numbers are beside changes, and of how many seeds [E] they come."""
    known = n[n > 0]
    if not known.size:
        return ", row = source, column = target: no runs yet"
    low, high = known.min(), known.max()
    if high == 1:
        return ", row = source, column = target (1 seed: no doubt is known)"
    seeds = f"{high} seeds" if low == high else f"{low} to {high} seeds"
    return f" ± half of the {level:.0%} interval, row = source, column = target ({seeds})"


def _cell(mean: float, half: float, n: int, kind: ChangeKind) -> str:
    if n == 0:
        return "?"
    change = kind.number(mean)
    return change if np.isnan(half) else f"{change} ±{kind.number(half, sign=False)}"
