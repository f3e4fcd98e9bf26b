"""The tasks of a run written as a list, as loggers export it: `['seg', 'depth']`."""

import re
from collections.abc import Sequence

from relations.tables.csv_file import Line, column_name

_LIST = re.compile(r"(?:frozenset|set|tuple|list)?\(?[\[({]([^\[\](){}]+)[\])}]\)?")
_QUOTED = re.compile(r"'([^'\"]+)'|\"([^'\"]+)\"")


def without_lists(header: Sequence[str], rows: list[Line]) -> list[Line]:
    """The lines of a runs table, in whose column `tasks` lists of names are joined by +.

    A task may itself be called as a list is written; then a column or a cell `task` is, too.
    """
    low = [column_name(name) for name in header]
    if "tasks" not in low:
        return rows
    at = low.index("tasks")
    known = {*header}
    if "task" in low:
        known |= {cell for _, cells in rows for cell in cells[low.index("task") :][:1]}
    return [
        (line, [*cells[:at], joined(cells[at]), *cells[at + 1 :]])
        if at < len(cells) and cells[at] not in known
        else (line, cells)
        for line, cells in rows
    ]


def joined(cell: str) -> str:
    """The names of a list joined by +; a cell that is none as it is.

    Example:
        >>> joined("['seg', 'depth']"), joined("[seg, depth]"), joined("(m)")
        ('seg+depth', 'seg+depth', '(m)')
    """
    met = _LIST.fullmatch(cell)
    if met is None:
        return cell
    names = [name.strip() for name in met[1].rstrip(", ").split(",")]
    quoted = [_QUOTED.fullmatch(name) for name in names]
    if all(quoted):
        return "+".join(name[1] or name[2] for name in quoted if name)
    return "+".join(names) if cell.startswith("[") and not set("'\"") & set(cell) else cell
