"""Names of metrics in a table that say that lower is better, where nothing else does."""

import re
import shlex
import warnings
from collections.abc import Collection, Sequence

from relations.errors import TableNote
from relations.tables.csv_file import Line

_COLUMNS = ("metric", "metric_name", "measure")
_WORDS = "r?mse|mae|nll|perplexity|errors?|err|loss(?:es)?|distance|fid|eer|wer"
_LOWER = re.compile(rf"(?:^|[^a-z])(?:{_WORDS})(?![a-z])")


def note_lower_metrics(header: Sequence[str], rows: Sequence[Line], known: Collection[str]) -> None:
    """Tell of tasks that are read as better higher though their metric's name says otherwise.

    Nothing is turned: a name is no evidence, and the user knows.

    Args:
        header: Lower-case column names, `task` among them.
        rows: Line numbers and cells.
        known: Tasks whose direction was given.

    Warns:
        TableNote: Once, of all such tasks.
    """
    column = _metric_column(header)
    # Where no column names metrics, a task may be called as its own: `depth rmse`.
    task_at, metric_at = header.index("task"), header.index(column or "task")
    lower = {
        row[task_at]: row[metric_at]
        for _, row in rows
        if len(row) == len(header) and row[task_at] not in known and sounds_lower(row[metric_at])
    }
    if not lower:
        return
    said = ", ".join(f"{task} ({metric})" if column else task for task, metric in lower.items())
    unused = f"The column `{column}` is not used: " if column else ""
    directions = dict.fromkeys(lower, False)
    warnings.warn(
        f"{unused}{said} {'are' if len(lower) > 1 else 'is'} read as "
        "better higher. If lower is better, "
        f"say so: --lower {shlex.join(lower)}, or in Python higher_is_better={directions}.",
        TableNote,
        stacklevel=2,
    )


def sounds_lower(name: str) -> bool:
    """Whether a metric's name says that lower is better; it may be wrong.

    Example:
        >>> sounds_lower("val_RMSE"), sounds_lower("glossary")
        (True, False)
    """
    return bool(_LOWER.search(name.lower()))


def several_metrics(header: Sequence[str], rows: Sequence[Line]) -> list[str]:
    """What to do where a table has lines of several metrics of one task; else nothing.

    Args:
        header: Lower-case column names, `task` among them.
        rows: Line numbers and cells.
    """
    column = _metric_column(header)
    if column is None:
        return []
    task_at, metric_at = header.index("task"), header.index(column)
    found: dict[str, dict[str, None]] = {}
    for _, row in rows:
        if len(row) == len(header):
            found.setdefault(row[task_at], {})[row[metric_at]] = None
    return [
        f"{task} has several metrics in the column `{column}`, {', '.join(metrics)}: a task is "
        f"judged by one. Leave the other lines out, or call their task "
        f"`{task}@{list(metrics)[-1]}`: such scores are shown beside it."
        for task, metrics in found.items()
        if len(metrics) > 1
    ]


def _metric_column(header: Sequence[str]) -> str | None:
    return next((name for name in _COLUMNS if name in header), None)
