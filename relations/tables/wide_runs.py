"""Runs as loggers export them: one line a run, one column a metric."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from relations.errors import TableError, did_you_mean
from relations.side_scores import parted
from relations.tables.csv_file import Line, column_name
from relations.tables.first_names import first_names

SEED_NAMES = ("seed", "random_seed", "random_state", "rng", "repeat", "trial", "replicate", "fold")
"""What columns of seeds are called."""

_MOST_NAMED = 5
_OF_RUNS = ("tasks", "seed")
_SEED = re.compile(r"(?:s(?:eed)?[ _=:-]?)?([+-]?\d{1,18})(\.0*)?", re.IGNORECASE)


def long_form(path: Path, header: list[str], rows: list[Line]) -> tuple[list[str], list[Line]]:
    """One line a run and task, from a table with a column of scores for each task.

    Columns such as `reid@rank-1` are side scores and become lines of their own.

    Args:
        path: The file, for messages.
        header: Columns, with `tasks` and `seed` among them.
        rows: Line numbers and cells; lines of another length are left as they are.

    Returns:
        Lower-case columns and lines as a runs table has them.

    Raises:
        TableError: A task has no column.
    """
    low = [column_name(name) for name in header]
    tasks_at, seed_at = low.index("tasks"), low.index("seed")
    whole = [(line, cells) for line, cells in rows if len(cells) == len(header)]
    tasks = dict.fromkeys(name for _, cells in whole for name in members_of(cells[tasks_at]))
    places = {task: _column_of(task, header, low) for task in tasks if task}
    missing = [task for task, place in places.items() if place is None]
    had = [task for task in places if task not in missing]
    if missing:
        columns = [name for name, known in zip(header, low, strict=True) if known not in _OF_RUNS]
        nearest = "".join(did_you_mean(task, columns) for task in missing[:_MOST_NAMED])
        raise TableError(
            f"`{path}` has one line a run, so each task needs a column of scores called as the "
            f"task; there is none for {first_names(missing, _MOST_NAMED)} (the columns are "
            f"{', '.join(header)})."
            f"{_join(missing, had) or nearest}"
        )
    lines: list[Line] = []
    for line, cells in rows:
        if len(cells) != len(header):
            lines.append((line, cells))
            continue
        for task in members_of(cells[tasks_at]):
            place = places.get(task)
            score = "" if place is None else cells[place]
            lines.append((line, [cells[tasks_at], cells[seed_at], task, score]))
        lines += [
            (line, [cells[tasks_at], cells[seed_at], name, cells[place]])
            for place, name in enumerate(header)
            if parted(name, members_of(cells[tasks_at])) and name not in tasks
        ]
    return ["tasks", "seed", "task", "score"], lines


def members_of(text: str) -> list[str]:
    """The tasks of a run, joined by "+" or ",".

    Example:
        >>> members_of("pose+reid"), members_of("pose, reid")
        (['pose', 'reid'], ['pose', 'reid'])
    """
    return [name.strip() for name in re.split(r"[+,]", text)]


def whole_number(text: str) -> int | None:
    """A seed, also as other programs write whole numbers; None when it is none.

    Example:
        >>> whole_number("3"), whole_number("3.0"), whole_number("3.5"), whole_number("x")
        (3, 3, None, None)
        >>> whole_number("seed3"), whole_number("seed_3"), whole_number("s3"), whole_number("r3")
        (3, 3, 3, None)
    """
    match = _SEED.fullmatch(text)
    return int(match[1]) if match else None


def _join(missing: Iterable[str], tasks: Sequence[str]) -> str:
    """How to write what are tasks joined by another sign; nothing where all are names."""
    any_task = "|".join(map(re.escape, sorted(tasks, key=len, reverse=True)))
    sets = rf"(?:{any_task})(?:(?:[\W_]+(?:and|vs|with)[\W_]+|[\W_]+)(?:{any_task}))+"
    joined = next((name for name in missing if tasks and re.fullmatch(sets, name)), None)
    if joined is None:
        return ""
    return f" Join tasks by +: `{'+'.join(re.findall(any_task, joined))}`."


def _column_of(task: str, header: list[str], low: list[str]) -> int | None:
    """The one column called as a task; capitals count only where columns differ by them."""
    exact = [place for place, name in enumerate(header) if name == task]
    places = exact or [place for place, name in enumerate(low) if name == column_name(task)]
    return places[0] if len(places) == 1 else None
