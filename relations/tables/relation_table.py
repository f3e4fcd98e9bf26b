"""Relation tables: the changes that other people measured, read and written as CSV."""

import csv
import math
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from relations.errors import TableError, TaskError, all_problems
from relations.statistics.change_matrix import ChangeMatrix
from relations.tables.csv_file import Line, read_csv
from relations.tasks import Task, names, positions


def read_relation_table(path: str | Path, column: str | None = None) -> ChangeMatrix:
    """Read relative changes without repeats: a matrix, or one line an edge.

    A matrix has the sources in its first column and the targets in its header; the cell above the
    sources may hold any text. A long table has the columns `source`, `target` and one or more
    columns of changes. Cells are fractions (-0.01) or percentages with a sign (-1%); the diagonal
    is empty; an empty cell or a missing edge is unknown.

    Args:
        path: The CSV file.
        column: Which column of a long table holds the changes; needed when it has several.

    Returns:
        Changes with n = 1 and no doubt known, tasks in the order of the header, or in which a long
        table first names them.

    Raises:
        TableError: Every problem of the file at once, with line numbers.
    """
    path = Path(path)
    header, rows = read_csv(path)
    low = [name.lower() for name in header]
    if "source" in low and "target" in low:
        return _long_table(path, low, rows, column)
    if column is not None:
        raise TableError(f"`{path}` is a matrix, it has no columns to choose; leave `column` out.")
    return _matrix_table(path, header, rows)


def write_relation_table(changes: ChangeMatrix, path: str | Path) -> None:
    """Write mean changes as a matrix of fractions that `read_relation_table` reads back exactly."""
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["source", *changes.tasks])
        for task, row in zip(changes.tasks, changes.mean, strict=True):
            writer.writerow(
                [task, *("" if math.isnan(cell) else repr(float(cell)) for cell in row)]
            )


def parse_change(text: str) -> float | None:
    """A cell as a fraction; None when it is empty.

    Raises:
        ValueError: It is no finite number.

    Example:
        >>> parse_change("-2.16%"), parse_change("0.5 %"), parse_change("-0.01"), parse_change("")
        (-0.0216, 0.005, -0.01, None)
    """
    cleaned = text.replace("−", "-").strip()
    if not cleaned:
        return None
    # In decimals, so that -1% is exactly -0.01, not one rounding beside it.
    per_cent = cleaned.endswith("%")
    value = float(Decimal(cleaned.rstrip("%").strip()) / (100 if per_cent else 1))
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _matrix_table(path: Path, header: list[str], rows: list[Line]) -> ChangeMatrix:
    """A matrix whose header names the targets and whose first column names the sources."""
    targets = header[1:]
    problems = _name_problems(targets)
    sources = [row[1][0] for row in rows]
    if sorted(sources) != sorted(targets):
        problems.append(
            f"the sources ({', '.join(sources)}) and the targets ({', '.join(targets)}) must be "
            "the same tasks."
        )
    values = np.full((len(targets), len(targets)), np.nan)
    for line, (source, *cells) in rows:
        if len(cells) != len(targets):
            problems.append(f"line {line}: {len(cells)} changes for {len(targets)} targets.")
            continue
        for column, (target, cell) in enumerate(zip(targets, cells, strict=True)):
            change, problem = _cell(cell, line, source, target)
            if problem:
                problems.append(problem)
            elif source in targets and source != target and change is not None:
                values[targets.index(source), column] = change
    if problems:
        raise TableError(all_problems(f"`{path}` cannot be used as a relation table", problems))
    return ChangeMatrix(targets, values, origin=str(path))


def _long_table(
    path: Path, header: list[str], rows: list[Line], column: str | None
) -> ChangeMatrix:
    """A table with one line an edge."""
    chosen = _change_column(path, header, column)
    source_at, target_at = header.index("source"), header.index("target")
    seen: dict[tuple[str, str], tuple[int, float | None]] = {}
    problems: list[str] = []
    tasks: dict[str, None] = {}
    for line, cells in rows:
        if len(cells) != len(header):
            problems.append(f"line {line}: {len(cells)} cells, the header has {len(header)}.")
            continue
        edge = cells[source_at], cells[target_at]
        tasks.update(dict.fromkeys(edge))
        change, problem = _cell(cells[chosen], line, *edge)
        if problem:
            problems.append(problem)
        if edge in seen:
            problems.append(
                f"line {line}: {edge[0]} -> {edge[1]} was given in line {seen[edge][0]} already."
            )
        seen[edge] = line, change
    problems = _name_problems(list(tasks)) + problems
    if problems:
        raise TableError(all_problems(f"`{path}` cannot be used as a relation table", problems))
    position = positions(tasks)
    values = np.full((len(tasks), len(tasks)), np.nan)
    for (source, target), (_, change) in seen.items():
        if change is not None and source != target:
            values[position[source], position[target]] = change
    return ChangeMatrix(tuple(tasks), values, origin=f"{path} ({header[chosen]})")


def _change_column(path: Path, header: list[str], column: str | None) -> int:
    """Which column holds the changes."""
    others = [name for name in header if name not in ("source", "target")]
    if column is None and "change" in others:
        column = "change"
    if column is None and len(others) == 1:
        column = others[0]
    if column is None or column.lower() not in others:
        asked = "" if column is None else f"; there is no column {column!r}"
        raise TableError(
            f"`{path}` has the columns {', '.join(others) or '(none beside source and target)'}"
            f"{asked}. Say which one holds the changes (`column`)."
        )
    return header.index(column.lower())


def _cell(cell: str, line: int, source: str, target: str) -> tuple[float | None, str | None]:
    """A change, or what is wrong with its cell."""
    try:
        change = parse_change(cell)
    except (ValueError, InvalidOperation):
        return None, f"line {line}: the change {source} -> {target} must be a number, got {cell!r}."
    if source == target and change:
        return None, f"line {line}: {source} -> {target} is the diagonal and must be empty."
    return change, None


def _name_problems(tasks: Sequence[str]) -> list[str]:
    """What is wrong with task names."""
    problems = []
    for task in dict.fromkeys(names(tasks)):
        try:
            Task(task)
        except TaskError as error:
            problems.append(str(error))
        if tasks.count(task) > 1:
            problems.append(f"`{task}` is named more than once.")
    return problems
