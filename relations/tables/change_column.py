"""Which column of a long relation table holds the changes."""

from pathlib import Path

from relations.errors import TableError, argument, did_you_mean
from relations.tables.change_cells import unit_of
from relations.tables.csv_file import column_name


def change_column(path: Path, header: list[str], column: str | None) -> int:
    """The place of the column that holds the changes of a table with one line an edge.

    Args:
        path: The table, for messages.
        header: Its columns in lower case, `source` and `target` among them.
        column: Which one was asked for; None for the usual or the only one.

    Raises:
        TableError: It is not there, or several may be meant.

    Example:
        >>> change_column(Path("table.csv"), ["source", "target", "note", "change"], None)
        3
    """
    others = [name for name in header if name not in ("source", "target")]
    if column is None:
        usual = [name for name in others if name == "change" or _is_change_with_unit(name)]
        column = usual[0] if len(usual) == 1 else others[0] if len(others) == 1 else None
    wanted = None if column is None else column_name(column)
    if wanted not in others:
        asked = "" if column is None else f"; there is no column {column!r}"
        hint = "" if column is None else did_you_mean(column, others)
        raise TableError(
            f"`{path}` has the columns {', '.join(others) or '(none beside source and target)'}"
            f"{asked}. Say which one holds the changes ({argument('column')}).{hint}"
        )
    return header.index(wanted)


def _is_change_with_unit(name: str) -> bool:
    """Whether a column is called `change` and its unit, such as `change (%)`."""
    return name.startswith("change") and unit_of(name) is not None
