"""Names of metrics in a table that say that lower is better, where nothing else does."""

import re
import shlex
import warnings
from collections.abc import Collection, Mapping, Sequence

from relations.errors import TableNote, argument
from relations.tables.csv_file import Line
from relations.tables.first_names import first_names

_MOST_NAMED = 8
_COLUMNS = ("metric", "metric_name", "measure")
_WORDS = "r?mse|mae|nll|perplexity|errors?|err|loss(?:es)?|distance|fid|eer|wer"
_LOWER = re.compile(rf"(?:^|[^a-z])(?:{_WORDS})(?![a-z])")


def note_lower_metrics(header: Sequence[str], rows: Sequence[Line], known: Collection[str]) -> None:
    """Tell of tasks that are read as higher is better though their metric's name says otherwise.

    Nothing is turned: a name is no evidence, and the user knows. Where no direction is known, all
    tasks are told of.

    Args:
        header: Lower-case column names, `task` among them.
        rows: Line numbers and cells.
        known: Tasks whose direction was given.

    Warns:
        TableNote: Once, of all such tasks.
    """
    column = metric_column(header)
    # Where no column names metrics, a task may be called as its own: `depth rmse`.
    task_at, metric_at = header.index("task"), header.index(column or "task")
    metrics = {row[task_at]: row[metric_at] for _, row in rows if len(row) == len(header)}
    lower = {
        task: metric
        for task, metric in metrics.items()
        if task not in known and sounds_lower(metric)
    }
    said = [f"{task} ({lower[task]})" if column else task for task in lower]
    unused = f"; the column `{column}` is not used" if column and lower else ""
    if not known:
        names = ("lower", "higher_is_better")
        note_taken_higher(list(metrics), dict(zip(lower, said, strict=True)), unused, names=names)
    elif lower:
        warnings.warn(
            f"{', '.join(said)} {'are' if len(lower) > 1 else 'is'} read as higher is better. If "
            f"lower is better, say so: --lower {shlex.join(lower)}, or in Python "
            f"higher_is_better={dict.fromkeys(lower, False)}{unused}.",
            TableNote,
            stacklevel=2,
        )


def note_taken_higher(
    tasks: Sequence[str],
    lower: Mapping[str, str],
    more: str = "",
    *,
    names: Sequence[str] = ("lower",),
) -> None:
    """Tell that all tasks are read as higher is better, where nothing says which way they are.

    Args:
        tasks: All of them.
        lower: Those whose metric sounds as if lower were better, and how they are shown.
        more: What else is to be said.
        names: The arguments that say so in Python, the first of them on the command line, too.

    Warns:
        TableNote: Always, once.
    """
    on_command_line = argument("lower").startswith("`--")
    named = argument("lower") if on_command_line else " or ".join(f"`{name}`" for name in names)
    doubt = f", as {', '.join(lower.values())} may be" if lower else ""
    how = f": --lower {shlex.join(lower)}" if lower and on_command_line else ""
    warnings.warn(
        f"read as higher is better: {first_names(tasks, _MOST_NAMED)}; {named} names those "
        f"that are errors{doubt}{how}{more}.",
        TableNote,
        stacklevel=3,
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
    column = metric_column(header)
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


def metric_column(header: Sequence[str]) -> str | None:
    """The column that names metrics; None where there is none."""
    return next((name for name in _COLUMNS if name in header), None)
