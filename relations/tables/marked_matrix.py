"""A matrix of changes whose tasks have arrows: `depth ↓` in the headings."""

import warnings
from collections.abc import Sequence

from relations.errors import TableNote
from relations.tables.arrows import names_without_arrows, parted_arrow
from relations.tables.change_cells import unit_of
from relations.tables.csv_file import Line
from relations.tables.matrix_margins import is_average
from relations.tables.stated_kinds import per_cent_apart, without_unit


def without_marks(header: Sequence[str], lines: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """The matrix with the same names in both places, where arrows alone told them apart.

    Args:
        header: Corner and column names.
        lines: Line numbers and cells; the first one names the row.

    Warns:
        TableNote: A task has an arrow down. Changes are taken as they are, positive is better; how
            much an error rises would be the other way round.
    """
    columns, first = list(header[1:]), [cells[0] for _, cells in lines]
    down = [name for name in dict.fromkeys((*columns, *first)) if parted_arrow(name)[1] is False]
    bare_columns, bare_first = (names_without_arrows(names)[0] for names in (columns, first))
    differ = _tasks_of(columns) != _tasks_of(first)
    hidden = unit_of(header[0]) != "fraction" and any(map(hides_unit, columns))
    if (differ or hidden) and _tasks_of(bare_columns) == _tasks_of(bare_first):
        columns = bare_columns
        lines = [
            (line, [name, *cells[1:]])
            for name, (line, cells) in zip(bare_first, lines, strict=True)
        ]
    if down and _tasks_of(columns) == _tasks_of([cells[0] for _, cells in lines]):
        warnings.warn(
            f"Changes of {', '.join(f'`{name}`' for name in down)} are read as those of all tasks: "
            "positive is better. If they say how much an error rises, turn their signs.",
            TableNote,
            stacklevel=3,
        )
    return [header[0], *columns], list(lines)


def hides_unit(name: str) -> bool:
    """Whether a name has a sign for per cent and an arrow, in either order: `pose (%) ↑`."""
    bare, rises = parted_arrow(name)
    return rises is not None and per_cent_apart(bare)[1]


def _tasks_of(names: Sequence[str]) -> list[str]:
    """Tasks that names stand for: without their units, and without averages."""
    return sorted(without_unit(name) for name in names if not is_average(name))
