"""Scores of methods as papers print them: a mean over seeds, and a spread behind it."""

import warnings
from collections.abc import Sequence
from pathlib import Path

from relations.errors import TableNote
from relations.tables.csv_file import Line
from relations.tables.score_cell import without_spread

_NO_SCORES = ("method", "seed", "task")


def means_alone(path: Path, columns: Sequence[str], lines: Sequence[Line]) -> list[Line]:
    """Lines whose scores are numbers alone, without the spreads behind them.

    A spread is not used: a standard deviation and a standard error differ by the root of the number
    of seeds, and no table says in its cells which of them it has.

    Args:
        path: The table, for the note.
        columns: Their names.
        lines: Line numbers and cells.

    Warns:
        TableNote: Once, where a score has a spread.
    """
    found: list[str] = []
    means = []
    for number, cells in lines:
        own = [
            cell if name in _NO_SCORES else without_spread(cell)
            for name, cell in zip(columns, cells, strict=True)
        ]
        found += [cell for cell, mean in zip(cells, own, strict=True) if cell != mean]
        means.append((number, own))
    if found:
        warnings.warn(
            f"`{path}`: of scores such as `{found[0]}` only the mean is read. Whether what stands "
            "behind it is a standard deviation, a standard error or an interval is not known, so "
            "nothing is tested by it. A line for each seed gives a test.",
            TableNote,
            stacklevel=3,
        )
    return means
