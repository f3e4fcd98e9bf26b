"""Which way a metric is better, as a column of a table says it. It is never guessed."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from relations.errors import TableError, TableNote
from relations.tables.csv_file import Line

_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_TURNED_TRUTHS = {word: not rises for word, rises in _TRUTHS.items()}
_HIGHER = ("higher", "high", "max", "maximize", "maximise", "↑")
_LOWER = ("lower", "low", "min", "minimize", "minimise", "↓")
_WORDS = {**dict.fromkeys(_HIGHER, True), **dict.fromkeys(_LOWER, False)}

Words = dict[str, bool]

_COLUMNS: dict[str, Words] = {
    **dict.fromkeys(("higher_is_better", "higher_better", "greater_is_better"), _TRUTHS),
    **dict.fromkeys(("lower_is_better", "lower_better"), _TURNED_TRUTHS),
    "direction": _WORDS,
}


def direction_columns(path: Path, header: Sequence[str], rows: Sequence[Line]) -> dict[str, Words]:
    """The columns that say which way metrics are better, with their words.

    Beside those that are called so, columns of any name that hold nothing but words such as `min`
    and `max` (a logger's `mode` or `goal`).

    Args:
        path: The file, for messages.
        header: Lower-case column names.
        rows: Line numbers and cells.

    Raises:
        TableError: A column speaks of what is better in words that are not known.
    """
    columns: dict[str, Words] = {}
    for place, name in enumerate(header):
        cells = {row[place].lower() for _, row in rows if len(row) == len(header)} - {""}
        if name in _COLUMNS:
            columns[name] = _COLUMNS[name]
        elif name not in ("tasks", "task") and cells and cells <= set(_WORDS):
            columns[name] = _WORDS
        elif "better" in name:
            raise TableError(
                f"`{path}` has a column `{name}`: does it say that higher is better, or that lower "
                "is? Call it `higher_is_better` or `lower_is_better`, with true or false."
            )
    return columns


def direction_problem(column: str, words: Words, text: str) -> str | None:
    """What is wrong with a cell that says which way is better; None when nothing is.

    Example:
        >>> direction_problem("direction", {"higher": True, "lower": False}, "up")
        "direction must be higher or lower, got 'up'."
    """
    if not text or text in words:
        return None
    allowed = "true or false" if "true" in words else "higher or lower"
    return f"{column} must be {allowed}, got {text!r}."


def note_overruled(said: Mapping[str, bool], given: Mapping[str, bool]) -> None:
    """Tell of tasks whose direction was given otherwise than their table says.

    Args:
        said: Task -> whether higher is better, by the table.
        given: The same, by its reader; it wins.

    Warns:
        TableNote: There are such tasks.
    """
    for rises, says, read in ((True, "higher", "lower"), (False, "lower", "higher")):
        turned = [
            task for task, way in said.items() if way is rises and given.get(task, way) != way
        ]
        if turned:
            warnings.warn(
                f"the table says that {', '.join(turned)} {'are' if len(turned) > 1 else 'is'} "
                f"better {says}; what was given wins: read as better {read}.",
                TableNote,
                stacklevel=3,
            )
