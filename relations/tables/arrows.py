"""Which way a metric is better, as papers write it behind its name: `depth ↓`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relations.tables.csv_file import Line, column_name
from relations.tables.directions import direction_columns
from relations.tables.metric_names import metric_column
from relations.tables.wide_runs import members_of

_ARROWS = "↑|↓|⬆\ufe0f?|⬇\ufe0f?"
_WORDS = rf"{_ARROWS}|(?:higher|lower) (?:is )?better"
_BEHIND = re.compile(rf"(?:[(\[] ?({_WORDS}) ?[)\]]|({_ARROWS}))$", re.IGNORECASE)
_BEFORE = re.compile(rf"({_ARROWS})\s*(?=\S)")
_LONGEST = 30
"""Characters of a mark, at most."""
_AHEAD = re.compile(rf"\s*({_ARROWS})\s*([(\[][^()\[\]]*[)\]])$")
_WITHIN = re.compile(rf"([(\[][^()\[\]]*?)\s*({_ARROWS})\s*([)\]])$")
_LONGEST_BRACKET = 60
"""Characters of what stands in brackets behind a name or an arrow, at most."""


@dataclass(frozen=True)
class Marked:
    """A runs table without the arrows behind its names.

    Attributes:
        header: Its columns.
        rows: Line numbers and cells.
        rises: Task -> whether higher is better, of tasks that have an arrow.
        problems: Tasks with arrows that contradict each other.
    """

    header: list[str]
    rows: list[Line]
    rises: Mapping[str, bool] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def parted_arrow(name: str) -> tuple[str, bool | None]:
    """A name without its arrow, and whether higher is better; None where it has no arrow.

    Example:
        >>> parted_arrow("depth ↓"), parted_arrow("seg mIoU (higher is better)"), parted_arrow("a")
        (('depth', False), ('seg mIoU', True), ('a', None))
        >>> parted_arrow("depth ↓ (%)"), parted_arrow("seg (mIoU ↑)")
        (('depth (%)', False), ('seg (mIoU)', True))
    """
    behind, before = _BEHIND.search(name[-_LONGEST:]), _BEFORE.match(name)
    if behind:
        bare, mark = name[: -len(behind[0])].rstrip(), behind[1] or behind[2]
    elif before:
        bare, mark = name[before.end() :], before[1]
    else:
        return _beside_brackets(name)
    return (bare, mark[0] in "↑⬆" or mark.lower().startswith("higher")) if bare else (name, None)


def _beside_brackets(name: str) -> tuple[str, bool | None]:
    """The same of an arrow before a unit or metric in brackets, or within them: they stay."""
    end = name[-_LONGEST_BRACKET:]
    if ahead := _AHEAD.search(end):
        start, mark, kept = name[: -len(ahead[0])], ahead[1], f" {ahead[2]}"
    elif within := _WITHIN.search(end):
        start, mark, kept = name[: -len(within[0])], within[2], within[1] + within[3]
    else:
        return name, None
    return (start + kept, mark[0] in "↑⬆") if start.strip() else (name, None)


def names_without_arrows(names: Sequence[str]) -> tuple[list[str], dict[str, bool]]:
    """Names without their arrows, and name -> whether higher is better, of those that had one.

    Nothing is taken off where two names would become one.

    Example:
        >>> names_without_arrows(["seg", "depth ↓"]), names_without_arrows(["a ↓", "a ↑"])
        ((['seg', 'depth'], {'depth': False}), (['a ↓', 'a ↑'], {}))
    """
    parts = [parted_arrow(name) for name in names]
    if len({bare for bare, _ in parts}) < len(set(names)):
        return list(names), {}
    return [bare for bare, _ in parts], {bare: rises for bare, rises in parts if rises is not None}


def without_arrows(path: Path, header: list[str], rows: list[Line]) -> Marked:
    """A runs table whose tasks are called without arrows, and what the arrows say.

    They stand behind the names of tasks, or in a column `metric`. A table that says in a column of
    its own which way is better is left as it is: there an arrow is a part of a name.

    Args:
        path: The file, for messages.
        header: Columns.
        rows: Line numbers and cells; lines of another length are left as they are.

    Raises:
        TableError: A column speaks of what is better in words that are not known.
    """
    low = [column_name(name) for name in header]
    if "tasks" not in low:
        return Marked(header, rows)
    wide = not {"task", "score"} & set(low)
    bare, of_columns = names_without_arrows(header) if wide else (header, {})
    as_they_are = wide and not of_columns and _any_arrow(header)
    if as_they_are or direction_columns(path, [column_name(name) for name in bare], rows):
        return Marked(header, rows)
    said: dict[str, set[bool]] = {}
    tasks: dict[str, None] = {}
    found = []
    for line, cells in rows:
        if len(cells) == len(header):
            cells = [_bare(cell, name, said) for name, cell in zip(low, cells, strict=True)]
            tasks.update(dict.fromkeys(members_of(cells[low.index("tasks")])))
        found.append((line, cells))
    for task, rises in _of_metrics(low, found):
        said.setdefault(task, set()).add(rises)
    _add_columns(of_columns, tasks, said)
    said = {task: rises for task, rises in said.items() if task in tasks}
    if not said:
        return Marked(header, rows)
    problems = [
        f"`{task}` is marked as better higher and as better lower."
        for task, rises in said.items()
        if len(rises) > 1
    ]
    return Marked(bare, found, {task: min(own) for task, own in said.items()}, tuple(problems))


def _any_arrow(names: Iterable[str]) -> bool:
    return any(parted_arrow(name)[1] is not None for name in names)


def _bare(cell: str, column: str, said: dict[str, set[bool]]) -> str:
    """A cell that names tasks without their arrows, which are noted; any other as it is."""
    if column not in ("tasks", "task"):
        return cell
    parts = [parted_arrow(name) for name in (members_of(cell) if column == "tasks" else [cell])]
    for bare, rises in parts:
        if rises is not None:
            said.setdefault(bare, set()).add(rises)
    return cell if all(rises is None for _, rises in parts) else "+".join(bare for bare, _ in parts)


def _of_metrics(low: Sequence[str], rows: Iterable[Line]) -> Iterator[tuple[str, bool]]:
    """Task and direction of lines whose metric has an arrow: `abs rel ↓`."""
    column = metric_column(low)
    if column is None or "task" not in low:
        return
    for _, cells in rows:
        rises = parted_arrow(cells[low.index(column)])[1] if len(cells) == len(low) else None
        if rises is not None:
            yield cells[low.index("task")], rises


def _add_columns(
    rises: Mapping[str, bool], tasks: Iterable[str], said: dict[str, set[bool]]
) -> None:
    """Note what columns say, of tasks that are called as they are but for capitals."""
    by_low = {column_name(name): way for name, way in rises.items()}
    for task in tasks:
        way = rises.get(task, by_low.get(column_name(task)))
        if way is not None:
            said.setdefault(task, set()).add(way)
