"""Runs tables without a column of seeds, of runs that were trained once each."""

import warnings
from collections.abc import Sequence

from relations.errors import TableNote
from relations.tables.arrows import parted_arrow
from relations.tables.csv_file import Line, column_name
from relations.tables.listed_tasks import without_lists
from relations.tables.wide_runs import SEED_NAMES, members_of


def trained_once(header: Sequence[str], rows: Sequence[Line]) -> bool:
    """Whether a table is of runs that are all there once, and no column may name their seeds.

    Example:
        >>> lines = [(2, ["a", "1", ""]), (3, ["b", "", "1"]), (4, ["a+b", "1", "1"])]
        >>> trained_once(["tasks", "a", "b"], lines), trained_once(["tasks", "x", "y"], lines)
        (True, False)
    """
    low = [column_name(name) for name in header]
    if "tasks" not in low or set(low) & set(SEED_NAMES):
        return False
    at = low.index("tasks")
    whole = [cells for _, cells in without_lists(header, list(rows)) if len(cells) == len(header)]
    sets = [_tasks(cells[at]) for cells in whole]
    alone = {task for own in sets if len(own) == 1 for task in own}
    if not any(len(own) > 1 for own in sets) or not all(own <= alone for own in sets):
        return False
    if {"task", "score"} <= set(low):
        runs = [(own, cells[low.index("task")]) for own, cells in zip(sets, whole, strict=True)]
        return len(set(runs)) == len(runs)
    columns = {column_name(parted_arrow(name)[0]) for name in header}
    own_columns = {column_name(task) for task in alone} <= columns
    return own_columns and len(set(sets)) == len(sets) and not {"task", "score"} & set(low)


def with_seeds(header: list[str], rows: list[Line]) -> tuple[list[str], list[Line]]:
    """A runs table with its column of seeds; where none is needed to tell runs apart, all are 0.

    Warns:
        TableNote: It had none.
    """
    if not trained_once(header, rows):
        return header, rows
    warnings.warn(
        "no column `seed`, and every run is there once: they are read as runs of one seed, 0.",
        TableNote,
        stacklevel=3,
    )
    return [*header, "seed"], [
        (line, [*cells, "0"] if len(cells) == len(header) else cells) for line, cells in rows
    ]


def _tasks(cell: str) -> frozenset[str]:
    return frozenset(parted_arrow(name)[0] for name in members_of(cell))
