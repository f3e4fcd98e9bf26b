"""Changes as a table for the terminal."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from relations.change_kinds import RELATIVE, ChangeKind
from relations.statistics.intervals import Matrix, spread_of_known
from relations.tables.text_table import folded, line_width

MOST_TASKS = 16  # a wider table no terminal shows
WIDE = 0.5  # of a relative interval, whose halves then differ


def change_table(
    tasks: Sequence[str],
    mean: Matrix,
    lower: Matrix,
    upper: Matrix,
    seeds: tuple[NDArray[np.int64], NDArray[np.int64]],
    interval: str,
    kinds: Sequence[ChangeKind],
) -> list[str]:
    """Lines of changes, each with half the width of its interval, or both ends of a wide one.

    A wide interval of relative changes is not symmetric: half of it would mislead.

    An edge that lost seeds is unknown, and so printed: `? (3 of 5: -0.17)`, where 3 of 5 seeds have
    a change, whose mean is the number. Who reads the table again reads it as unknown.

    They are in per cent; where tasks measure in other units, every column names its own.

    Args:
        tasks: T names.
        mean: [T, T] mean changes, in the unit of the target's kind.
        lower: [T, T] the lower ends of their intervals; NaN where there is none.
        upper: [T, T] the upper ends.
        seeds: [T, T] numbers of seeds that have a change, and of those that were lost.
        interval: What the intervals are called.
        kinds: How each target's change is measured.

    Returns:
        A heading and a table (up to 16 tasks); columns that do not fit a line go below.
    """
    if len(tasks) == 1:
        return [f"{tasks[0]} is the only task: there is none beside it that could change it"]
    n, lost = seeds
    known = (n > 0) & (lost == 0)
    relative = all(kind.name == RELATIVE for kind in kinds)
    what = "change in %" if relative else "change"
    of_ratios = known & np.array([kind.name == RELATIVE for kind in kinds])
    wide = any((upper - lower)[of_ratios] > WIDE)
    heading = f"{what}{_heading(n[known], interval, wide=wide)}"
    if len(tasks) > MOST_TASKS:
        return [heading, f"{len(tasks)} tasks are too many to print; see to_frame()"]
    units = [f"{task} [{kind.short}]" for task, kind in zip(tasks, kinds, strict=True)]
    rows = [["", *(tasks if relative else units)]]
    for row, source in enumerate(tasks):
        cells = [
            "" if row == column else _cell(*cell)
            for column, cell in enumerate(
                zip(mean[row], lower[row], upper[row], n[row], lost[row], kinds, strict=True)
            )
        ]
        rows.append([source, *cells])
    first, *others = folded(rows, line_width())
    return [heading, *first, *(line for block in others for line in ["", *block])]


def _heading(n: NDArray[np.int64], interval: str, *, wide: bool) -> str:
    """What the numbers are beside changes, and of how many seeds [E] those known come."""
    if not n.size:
        return ", row = source, column = target: no change is known yet"
    low, high = n.min(), n.max()
    if high == 1:
        return ", row = source, column = target (1 seed: no uncertainty known)"
    seeds = f"{high} seeds" if low == high else f"{low} to {high} seeds"
    ends = " or [both ends] of a wide one" if wide else ""
    return f" ± half of {interval}{ends}, row = source, column = target ({seeds})"


def _cell(mean: float, lower: float, upper: float, n: int, lost: int, kind: ChangeKind) -> str:
    if n == 0:
        return "?"
    change = kind.number(mean)
    if lost:
        return f"? ({n} of {n + lost}: {change})"
    if n == 1:
        return change
    if np.isnan(upper - lower):
        return f"{change} ±?"
    if kind.name == RELATIVE and upper - lower > WIDE:
        # No comma, or the printed table would be read as one that commas separate.
        return f"{change} [{kind.number(lower, 0)} to {kind.number(upper, 0)}]"
    return f"{change} ±{kind.number((upper - lower) / 2, sign=False)}"


def scores_alone_text(tasks: Sequence[str], alone: Matrix) -> list[str]:
    """What each task scores alone, with its spread: what all changes are held against.

    Args:
        tasks: T names.
        alone: [S, T] single-task scores; NaN where unknown.

    Returns:
        An empty line and one with the scores, or nothing when none is known, or of many tasks.

    Example:
        >>> scores_alone_text(["pose", "reid"], np.array([[0.5, 0.25], [0.75, np.nan]]))[1]
        'score alone, ± standard deviation of a seed: pose 0.625 ±0.18, reid 0.25'
    """
    known = ~np.isnan(alone)
    if not known.any() or len(tasks) > MOST_TASKS:
        return []
    cells = []
    for task, scores, sd in zip(tasks, alone.T, spread_of_known(alone), strict=True):
        measured = scores[~np.isnan(scores)]
        spread = f" ±{sd:.2g}" if measured.size > 1 else ""
        cells.append(f"{task} {measured.mean():.4g}{spread}" if measured.size else f"{task} ?")
    repeated = bool((known.sum(axis=0) > 1).any())
    what = "score alone, ± standard deviation of a seed" if repeated else "score alone"
    return ["", f"{what}: {', '.join(cells)}"]
