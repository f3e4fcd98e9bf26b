"""Relation tables: the changes that other people measured, read and written as CSV."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from operator import or_
from pathlib import Path

import numpy as np

from relations.errors import TableError, TaskError, all_problems, argument
from relations.statistics.change_matrix import ChangeMatrix
from relations.tables.alike_lines import first_of_alike
from relations.tables.change_cells import Unit, parse_change
from relations.tables.change_column import change_column
from relations.tables.csv_file import (
    Line,
    column_name,
    inert_row,
    read_csv,
    read_text,
    without_row_numbers,
)
from relations.tables.filled_diagonal import scores_in_a_matrix
from relations.tables.foreign_runs import renaming
from relations.tables.likely_scores import (
    Edge,
    edges_like_scores,
    meaning_of,
    number_problems,
)
from relations.tables.long_lines import without_units, without_unknown
from relations.tables.marked_matrix import hides_unit, without_marks
from relations.tables.matrix_margins import is_no_cell, other_tasks, without_averages
from relations.tables.orientation import Rows, is_turned
from relations.tables.printed_table import below_heading, printed_matrix
from relations.tables.relation_json import edges_of_json
from relations.tables.scores_of_methods import scores_of_methods
from relations.tables.stated_kinds import StatedKinds, headed, per_cent_apart
from relations.tasks import Task, names, positions


def read_relation_table(
    path: str | Path,
    column: str | None = None,
    *,
    unit: Unit | None = None,
    rows: Rows | None = None,
    absolute: Mapping[str, float] | None = None,
    standardised: Mapping[str, float] | None = None,
) -> ChangeMatrix:
    """Read changes without repeats: a matrix, or one line an edge.

    A matrix has the sources in its first column and the targets in its header, or the other way
    round when the cell above the row names or `rows` says so. A long table has the columns
    `source`, `target` and one or more columns of changes. Cells are fractions (-0.01), or per cent
    where a sign (-1%), the heading (`change (%)`) or `unit` says so; the diagonal is empty; an
    empty cell or a missing edge is unknown. JSON holds the same as nested dictionaries or edges.

    Args:
        path: The file.
        column: Which column of a long table holds the changes; needed when it has several.
        unit: Of cells without a sign, when the heading does not say: "fraction" or "per-cent".
        rows: What the rows of a matrix name, "source" or "target"; it wins over the table's words.
        absolute: Task -> threshold of tasks whose changes are in the metric's own unit, beside
            those that the table names: `r2 [abs. threshold -0.02]` in a header, or the columns
            `kind` and `threshold` of a long table.
        standardised: The same of changes in standard deviations of the single-task score.

    Returns:
        Changes with n = 1 and no uncertainty known, tasks in the order of the header, or in which
        a long table first names them.

    Raises:
        TableError: Every problem of the file at once, with line numbers; or a question when a
            number cannot be a fraction, or is not known to be one.

    Warns:
        TableNote: The table was turned because of its own words; or a task has an arrow down.
    """
    path = Path(path)
    header, lines = _header_and_lines(path, rows)
    kinds = StatedKinds(absolute or {}, standardised or {})
    low = [column_name(name) for name in header]
    if not {"source", "target"} <= set(low):
        header, lines = without_marks(header, lines)
        low = [column_name(name) for name in header]
    # Tasks may be called so: then the rows have the names that the header has.
    is_matrix = sorted(cells[0] for _, cells in lines) == sorted(header[1:])
    if "source" in low and "target" in low and not is_matrix:
        return _long_table(path, low, lines, change_column(path, low, column), unit, kinds)
    if column is not None:
        raise TableError(
            f"`{path}` is a matrix, it has no columns to choose; leave {argument('column')} out."
        )
    if not is_matrix and (remedy := renaming(header, lines)):
        raise TableError(f"`{path}` looks like finished trainings; {remedy}")
    if not is_matrix and (scores := scores_of_methods(header, lines)):
        raise TableError(f"`{path}` is no relation table: {scores}")
    header, lines = without_averages(path, header, lines)
    turned = is_turned(str(path), header[0], rows)
    if scores := scores_in_a_matrix(header, lines, turned=turned):
        raise TableError(f"`{path}` cannot be used as a relation table: {scores}")
    return _matrix_table(path, header, lines, unit, kinds, turned=turned)


def _header_and_lines(path: Path, rows: Rows | None) -> tuple[list[str], list[Line]]:
    """Header and lines of a table in any form that can be read."""
    text = read_text(path)
    if text.lstrip()[:1] in ("{", "["):
        return edges_of_json(str(path), text, rows)
    printed = printed_matrix(text)
    if printed is not None:
        return printed
    return without_row_numbers(*below_heading(*read_csv(path)))


def write_relation_table(changes: ChangeMatrix, path: str | Path) -> None:
    """Write mean changes as a matrix that `read_relation_table` reads back exactly.

    They are fractions; the header names the unit and threshold of tasks with another kind. The cell
    of an edge that is not known, also one that lost some of its seeds, is empty.
    """
    means = np.where(changes.known, changes.mean, np.nan)
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        # Changes beyond 100 % would raise the question whether they are in per cent, gains alone
        # the one whether they are scores.
        told = np.where(changes.relative, means, np.nan)
        known = {(str(s), str(t)): float(told[s, t]) for s, t in np.argwhere(~np.isnan(told))}
        beyond = bool((np.abs(told) > 1).any()) or bool(edges_like_scores(known))
        header = [*map(headed, changes.tasks, changes.kinds)]
        # A name may itself end as a heading in per cent does.
        beyond = beyond or any(hides_unit(name) or per_cent_apart(name)[1] for name in header)
        writer.writerow(inert_row(["source (fractions)" if beyond else "source", *header]))
        for task, row in zip(changes.tasks, means, strict=True):
            cells = ("" if math.isnan(cell) else repr(float(cell)) for cell in row)
            writer.writerow(inert_row([task, *cells]))


def _matrix_table(
    path: Path,
    header: list[str],
    lines: list[Line],
    unit: Unit | None,
    kinds: StatedKinds,
    *,
    turned: bool,
) -> ChangeMatrix:
    """A matrix whose header names the targets and whose first column names the sources.

    Args:
        path: The file.
        header: Corner and column names.
        lines: Row names and cells.
        unit: Of cells without a sign, as the user says.
        kinds: How changes are measured.
        turned: Rows and columns are exchanged.
    """
    unit, of_changes = meaning_of(header[0], unit)
    columns, unit = _column_tasks([kinds.bare(name) for name in header[1:]], unit, kinds)
    problems = _name_problems(columns)
    lines = [(line, [_row_task(first, columns, kinds), *cells]) for line, (first, *cells) in lines]
    row_tasks = [cells[0] for _, cells in lines]
    kinds.under(header[0], columns if unit is None else ())
    ends = ("targets", "sources") if turned else ("sources", "targets")
    problems += other_tasks(row_tasks, columns, ends)
    values = np.full((len(columns), len(columns)), np.nan)
    position = positions(columns)
    readable: dict[Edge, tuple[int, str]] = {}
    for line, (row_task, *cells) in lines:
        if len(cells) != len(columns):
            problems.append(f"line {line}: {len(cells)} changes for {len(columns)} {ends[1]}.")
            continue
        for column, cell in zip(columns, cells, strict=True):
            edge = (column, row_task) if turned else (row_task, column)
            change, problem = _cell(cell, line, edge, unit, kinds)
            if problem:
                problems.append(problem)
            elif row_task in position and row_task != column and change is not None:
                values[position[edge[0]], position[edge[1]]] = change
                if kinds.relative(edge[1]):
                    readable[edge] = line, cell
    problems += number_problems(readable, unit, of_changes=of_changes) + kinds.problems()
    if problems:
        raise _unusable(path, problems, [*columns, *row_tasks])
    return ChangeMatrix(kinds.tasks(columns), values, origin=str(path))


def _column_tasks(
    columns: list[str], unit: Unit | None, kinds: StatedKinds
) -> tuple[list[str], Unit | None]:
    """Tasks of the header's cells, of which all relative ones may carry the unit: `pose (%)`."""
    parted = [per_cent_apart(name) for name in columns]
    signed = [sign for _, sign in parted]
    others = [not kinds.relative(name) for name in columns]
    # Where the corner says fractions, a sign is part of a name.
    if unit != "fraction" and any(signed) and all(map(or_, signed, others)):
        return [name for name, _ in parted], "per-cent"
    return columns, unit


def _row_task(name: str, columns: Sequence[str], kinds: StatedKinds) -> str:
    """The task of a row, which may have a unit as the columns have."""
    if name in columns:
        return name
    bare, _ = per_cent_apart(name)
    return bare if bare in columns else kinds.bare(name)


def _long_table(
    path: Path,
    header: list[str],
    lines: list[Line],
    chosen: int,
    unit: Unit | None,
    kinds: StatedKinds,
) -> ChangeMatrix:
    """A table with one line an edge, its changes in a chosen column."""
    unit, of_changes = meaning_of(header[chosen], unit)
    source_at, target_at = header.index("source"), header.index("target")
    has_kinds = {"kind", "threshold"} <= set(header)
    lines = without_unknown(header, lines, chosen)
    if not has_kinds and unit is None and "verdict" not in header:
        lines = without_units(header, lines, header[chosen], kinds)
    seen: dict[tuple[str, str], tuple[int, float | None]] = {}
    problems: list[str] = []
    readable: dict[Edge, tuple[int, str]] = {}
    tasks: dict[str, None] = {}
    for line, cells in lines:
        if len(cells) != len(header):
            problems.append(f"line {line}: {len(cells)} cells, the header has {len(header)}.")
            continue
        edge = cells[source_at], cells[target_at]
        tasks.update(dict.fromkeys(edge))
        if has_kinds:
            said = (cells[header.index(name)] for name in ("kind", "threshold"))
            stated = kinds.note(edge[1], *said)
            problems += [f"line {line}: {stated}"] if stated else []
        change, problem = _cell(cells[chosen], line, edge, unit, kinds)
        if problem:
            problems.append(problem)
        elif kinds.relative(edge[1]):
            readable[edge] = line, cells[chosen]
        if edge in seen:
            problems.append(
                f"line {line}: {edge[0]} -> {edge[1]} was given in line {seen[edge][0]} already."
            )
        seen[edge] = line, change
    numbers = number_problems(readable, unit, of_changes=of_changes)
    problems = [*_name_problems(list(tasks)), *problems, *numbers, *kinds.problems()]
    if problems:
        raise _unusable(path, problems, tasks)
    position = positions(tasks)
    values = np.full((len(tasks), len(tasks)), np.nan)
    for (source, target), (_, change) in seen.items():
        if change is not None and source != target:
            values[position[source], position[target]] = change
    return ChangeMatrix(kinds.tasks(tasks), values, origin=f"{path} ({header[chosen]})")


def _unusable(path: Path, problems: list[str], tasks: Iterable[str]) -> TableError:
    told = first_of_alike(problems, tasks)
    return TableError(all_problems(f"`{path}` cannot be used as a relation table", told))


def _cell(
    cell: str, line: int, edge: tuple[str, str], unit: Unit | None, kinds: StatedKinds
) -> tuple[float | None, str | None]:
    """A change, or what is wrong with its cell."""
    source, target = edge
    at = f"line {line}: " if line else ""
    relative = kinds.relative(target)
    if not relative and "%" in cell:
        return (
            None,
            f"{at}{source} -> {target} is in per cent, and `{target}` has no relative change.",
        )
    if source == target and is_no_cell(cell):
        return None, None
    try:
        change = parse_change(cell, unit if relative else None)
    except ValueError:
        return None, f"{at}the change {source} -> {target} must be a number, got {cell!r}."
    if source == target and change:
        return None, f"{at}{source} -> {target} is the diagonal and must be empty."
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
