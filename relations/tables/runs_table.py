"""Runs tables: finished trainings from anywhere, read and written as CSV."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from relations.change_kinds import RELATIVE
from relations.errors import TableError, all_problems
from relations.runs import Outcome
from relations.tables.alike_lines import first_of_alike
from relations.tables.arrows import Marked, without_arrows
from relations.tables.csv_file import (
    Line,
    column_name,
    inert_row,
    read_csv,
    read_text,
    without_row_numbers,
)
from relations.tables.directions import direction_columns
from relations.tables.foreign_runs import renaming
from relations.tables.joining_signs import names_with_signs
from relations.tables.listed_tasks import without_lists
from relations.tables.metric_names import note_lower_metrics, several_metrics
from relations.tables.run_lines import parse_runs
from relations.tables.second_looks import look_again, telling_apart
from relations.tables.seeds_of_runs import trained_once, with_seeds
from relations.tables.side_lines import lines_apart, side_of_lines
from relations.tables.spreads_of_runs import spreads_of_runs
from relations.tables.wide_runs import long_form
from relations.tasks import Task, check_known, names

HEADER = ("tasks", "seed", "task", "score")


@dataclass(frozen=True)
class RunsTable:
    """Finished runs from anywhere.

    Attributes:
        tasks: The tasks, in the order in which the table first names them.
        outcomes: One outcome a run; one without any finite score has failed, and one that lacks
            some of them has NaN there.
    """

    tasks: tuple[Task, ...]
    outcomes: tuple[Outcome, ...]


def read_runs_table(
    path: str | Path, higher_is_better: Mapping[str, bool] | None = None
) -> RunsTable:
    """Read anyone's finished trainings: one line a run and task.

    Columns `tasks` (joined by "+" or ","), `seed`, `task`, `score`, and optionally
    `higher_is_better` (true or false, the same on every line of a task), `kind` and `threshold` of
    the task's changes; others are left alone. An arrow behind a task's name, or behind that of its
    metric in a column `metric`, says which way is better, too, where no column does. A score with
    the sign % is read as its fraction. Tasks may be written as a list, and a table of runs that are
    there once each needs no seed.
    Or one line a run: `tasks`, `seed`, and a column of scores for each task, called as the task.
    A line of `reid@rank-1`, or a column of that name, is a side score of the run's task `reid`; one
    that is no finite number is left out.

    Args:
        path: The CSV file.
        higher_is_better: Directions by task; they win over the table's.

    Raises:
        TableError: Every problem of the file at once, with line numbers: missing columns, a score
            that is no number, a task that is not of its run, a run that lacks a score, no
            single-task run at all.
        TaskError: A direction is given for a task that is not in the table.

    Warns:
        TableNote: Nothing says which way scores are better, so that higher is taken for better,
            or a metric's name says that lower is better, and nothing else does; a direction that
            is given is another than the table's; single-task runs are missing that pair runs are
            compared with; there is no seed; or see `look_again`.
    """
    path = Path(path)
    marked = _plain_table(path)
    given = [column_name(name) for name in marked.header], marked.rows
    low, rows = _long_table(path, marked.header, marked.rows)
    rows, side_lines = lines_apart(low, rows)
    words = direction_columns(path, low, rows)
    tasks, outcomes, problems = parse_runs(low, rows, words, higher_is_better or {}, marked.rises)
    side, side_problems = side_of_lines(side_lines, [outcome.run for outcome in outcomes])
    problems += [*side_problems, *marked.problems]
    problems += [
        f"the column {name} is there more than once." for name in HEADER if low.count(name) > 1
    ]
    if problems:
        problems += several_metrics(low, rows) or telling_apart(*given)
        told = first_of_alike(problems, (cell for _, cells in rows for cell in cells))
        raise TableError(all_problems(f"`{path}` cannot be used as a runs table", told))
    check_known(list(higher_is_better or ()), names(tasks))
    if not words:
        note_lower_metrics(low, rows, {**marked.rises, **(higher_is_better or {})})
    look_again(*given, outcomes)
    done = tuple(replace(outcome, side=side.get(outcome.run, {})) for outcome in outcomes)
    return RunsTable(tasks, done)


def _plain_table(path: Path) -> Marked:
    """Header and rows whose tasks are called by their names alone, joined by +, with seeds.

    Raises:
        TableError: It cannot be read, a task's name holds a sign that joins tasks, or scores are
            means.
    """
    header, rows = without_row_numbers(*read_csv(path))
    rows = without_lists(header, rows)
    if signs := names_with_signs(header, rows):
        raise TableError(f"`{path}` cannot be used as a runs table: {signs}")
    if means := spreads_of_runs(header, rows):
        raise TableError(f"`{path}` cannot be used as a runs table: {means}")
    return without_arrows(path, *with_seeds(header, rows))


def _long_table(path: Path, header: list[str], rows: list[Line]) -> tuple[list[str], list[Line]]:
    """Lower-case columns and one line a run and task, also of a table with one line a run.

    Raises:
        TableError: Columns are missing, or may be meant otherwise.
    """
    low = [column_name(name) for name in header]
    if not {"task", "score"} & set(low) and {"tasks", "seed"} <= set(low):
        directions = direction_columns(path, low, rows)
        if directions:
            raise TableError(
                f"`{path}` has one line a run, where `{next(iter(directions))}` may be of any of "
                "its tasks. Leave the column out and name those whose metric is better lower "
                "(--lower)."
            )
        if remedy := renaming(header, rows):
            raise TableError(f"`{path}` looks like finished trainings; {remedy}")
        low, rows = long_form(path, header, rows)
    missing = [name for name in HEADER if name not in low]
    if missing:
        remedy = renaming(header, rows)
        raise TableError(
            f"`{path}` must have the columns {', '.join(HEADER)}; it lacks {', '.join(missing)} "
            f"(it has: {', '.join(header)})." + (f" To mend it, {remedy}" if remedy else "")
        )
    return low, rows


def write_runs_table(tasks: Sequence[Task], outcomes: Iterable[Outcome], path: str | Path) -> None:
    """Write runs as a runs table; scores that are not there, all those of failed runs, are empty.

    Were they left out, whoever reads the table would take the other seeds for all there are.
    """
    directions = {task.name: task.higher_is_better for task in tasks}
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        kinds = {task.name: [task.change, task.threshold] for task in tasks}
        mixed = any(task.change != RELATIVE for task in tasks)
        writer.writerow([*HEADER, "higher_is_better", *(("kind", "threshold") if mixed else ())])
        for outcome in outcomes:
            run = outcome.run
            start = ["+".join(run.tasks), run.seed]
            for task, score in (outcome.scores or dict.fromkeys(run.tasks, math.nan)).items():
                better = str(directions[task]).lower()
                cells = [*start, task, "" if math.isnan(score) else repr(float(score)), better]
                writer.writerow(inert_row([*cells, *(kinds[task] if mixed else ())]))
            for name, value in (outcome.side if outcome.scores else {}).items():
                cells = [*start, name, repr(float(value)), ""]
                writer.writerow(inert_row([*cells, *(("", "") if mixed else ())]))


def is_runs_table(path: Path) -> bool:
    """Whether a CSV file's header is that of a runs table."""
    if read_text(path).lstrip()[:1] in ("{", "["):
        return False
    header, rows = without_row_numbers(*read_csv(path))
    low = {column_name(name) for name in header}
    return {"tasks", "seed"} <= low or trained_once(header, rows)
