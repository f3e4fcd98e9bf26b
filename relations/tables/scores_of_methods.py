"""A table of scores, a line for each method, where relations of tasks are expected."""

from collections.abc import Sequence
from pathlib import Path

from relations.errors import TableError
from relations.tables.csv_file import Line, column_name, read_csv, without_row_numbers
from relations.tables.first_names import first_names
from relations.tables.foreign_runs import renaming
from relations.tables.score_cell import score_in, without_spread
from relations.tables.stated_kinds import without_unit


def is_of_methods(path: Path) -> bool:
    """Whether a table has scores of methods, a line each, rather than of runs or relations."""
    try:
        header, lines = without_row_numbers(*read_csv(path))
    except TableError:
        return False
    low = {column_name(name) for name in header}
    if low & {"tasks", "source", "target"}:
        return False
    return "method" in low or (
        renaming(header, lines) is None and scores_of_methods(header, lines) is not None
    )


def scores_of_methods(header: Sequence[str], lines: Sequence[Line]) -> str | None:
    """What to do with a table whose lines are called as none of its columns; else None.

    Sources and targets are the same tasks. Lines called otherwise are methods, models or runs.

    Args:
        header: Corner and column names.
        lines: Line numbers and cells.

    Example:
        >>> said = scores_of_methods(["", "pose", "reid"], [(2, ["pcgrad", "0.8", "0.7"])])
        >>> said.partition(". ")[0]
        'its lines (pcgrad) and its columns (pose, reid) have no task in common'
    """
    columns = {column_name(without_unit(name)) for name in header[1:]}
    called = list(dict.fromkeys(cells[0] for _, cells in lines))
    numbers = [place for place in range(1, len(header)) if _has_scores(lines, place)]
    if (
        columns & {column_name(without_unit(name)) for name in called}
        or len(numbers) < 2
        or any(score_in(name) is not None for name in called)
    ):
        return None
    lines_called, columns_called = first_names(called), first_names(header[1:])
    return (
        f"its lines ({lines_called}) and its columns ({columns_called}) have no task in "
        "common. Relations have the same tasks in both, sources and targets. Scores of methods, "
        "a line each, do not say which task harms which: call their first column `method` and "
        "give them to `gradsplit compare --scores`. Which task harms which is told by trainings of "
        "each task alone and of pairs."
    )


def _has_scores(lines: Sequence[Line], place: int) -> bool:
    return all(
        place < len(cells) and score_in(without_spread(cells[place])) is not None
        for _, cells in lines
    )
