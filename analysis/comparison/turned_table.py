"""A table of methods' scores that is turned around: a line for each task, a column a method."""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path

from analysis.comparison.score_problems import is_called_alone
from relations.errors import TableNote
from relations.tables.csv_file import Line, column_name
from relations.tables.score_cell import score_in, without_spread

_TASKS = ("task", "tasks", "metric", "metrics", "measure", "task/metric", "task_/_metric")

_WORDS_ALONE = frozenset(
    {
        *("single", "stl", "alone", "independent", "individual", "separate"),
        *("task", "tasks", "training", "trained", "learning", "model", "models", "networks"),
        *("baseline", "baselines", "each"),
    }
)


def methods_in_lines(
    path: Path, header: list[str], lines: list[Line], single: str
) -> tuple[list[str], list[Line]]:
    """The table with a line for each method, turned where it is certain that it has columns.

    It is where a column is called as single-task training, no line is, and all else is numbers.

    Args:
        path: The table, for the note.
        header: Its columns.
        lines: Line numbers and cells.
        single: The method that is single-task training.

    Warns:
        TableNote: It is turned.

    Returns:
        Columns, and lines whose number is that of the header where they were its columns.
    """
    alone = [name for name in header[1:] if name == single or _is_nothing_else(name)]
    rows = [cells for _, cells in lines]
    of_lines = any(cells[0] == single or is_called_alone(cells[0]) for cells in rows)
    if not alone or of_lines or not _all_numbers(header, rows):
        return header, lines
    warnings.warn(
        f"`{path}`: a column is called `{alone[0]}`, so columns are read as methods and lines as "
        "tasks.",
        TableNote,
        stacklevel=3,
    )
    columns = zip(header[1:], *(cells[1:] for cells in rows), strict=True)
    return ["method", *(cells[0] for cells in rows)], [(1, list(cells)) for cells in columns]


def _is_nothing_else(name: str) -> bool:
    """Whether a column is single-task training, and no task such as `single person`."""
    return is_called_alone(name) and _WORDS_ALONE.issuperset(re.findall("[a-z]+", name.lower()))


def how_to_turn(header: Sequence[str], lines: Sequence[Line]) -> str:
    """What to do with a table that seems to be turned; nothing where it does not.

    Example:
        >>> how_to_turn(["Task", "A", "B"], [(2, ["pose", "0.8", "0.7"])]).partition(":")[0]
        ' Its lines (`Task`) seem to be tasks and its columns methods'
    """
    if column_name(header[0]) not in _TASKS or not _all_numbers(header, [row for _, row in lines]):
        return ""
    return (
        f" Its lines (`{header[0]}`) seem to be tasks and its columns methods: turn it around, a "
        "line for each method and a column for each task, the first column called `method`; or "
        "call the column of single-task training `single`, and it is read so."
    )


def _all_numbers(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether lines are a name and numbers, one for each column that is no seed or score."""
    low = {column_name(name) for name in header[1:]}
    return not low & {"method", "seed", "task", "score"} and all(
        len(cells) == len(header) > 2
        and score_in(cells[0]) is None
        and all(score_in(without_spread(cell)) is not None for cell in cells[1:])
        for cells in rows
    )
