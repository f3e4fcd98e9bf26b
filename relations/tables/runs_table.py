"""Runs tables: finished trainings from anywhere, read and written as CSV."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from relations.change_kinds import RELATIVE
from relations.errors import TableError, TaskError, all_problems
from relations.runs import Outcome, Run
from relations.tables.alike_lines import first_of_alike
from relations.tables.csv_file import (
    Line,
    column_name,
    inert_row,
    read_csv,
    read_text,
    without_row_numbers,
)
from relations.tables.directions import Words, direction_columns, direction_problem
from relations.tables.foreign_runs import renaming
from relations.tables.metric_names import note_lower_metrics, several_metrics
from relations.tables.runs_lacking import Scores, incomplete, missing_singles
from relations.tables.score_cell import score_in
from relations.tables.second_looks import look_again, telling_apart
from relations.tables.side_lines import lines_apart, side_of_lines
from relations.tables.stated_kinds import StatedKinds
from relations.tables.wide_runs import long_form, members_of, whole_number
from relations.tasks import Task, check_known, names

HEADER = ("tasks", "seed", "task", "score")

NO_SCORE = ("", "na", "n/a", "null", "none")
"""What programs write where a run gave no score, beside nan and inf."""


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
    the task's changes; others are left alone. A score with the sign % is read as its fraction.
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
        TableNote: Single-task runs are missing that pair runs are compared with; or a metric's
            name says that lower is better, and nothing else does; or see `look_again`.
    """
    path = Path(path)
    header, rows = without_row_numbers(*read_csv(path))
    low = [column_name(name) for name in header]
    given = low, rows
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
    rows, side_lines = lines_apart(low, rows)
    words = direction_columns(path, low, rows)
    tasks, outcomes, problems = _parse_runs(low, rows, words, higher_is_better or {})
    side, side_problems = side_of_lines(side_lines, [outcome.run for outcome in outcomes])
    problems += side_problems
    problems += [
        f"the column {name} is there more than once." for name in HEADER if low.count(name) > 1
    ]
    if problems:
        problems += several_metrics(low, rows) or telling_apart(*given)
        told = first_of_alike(problems, (cell for _, cells in rows for cell in cells))
        raise TableError(all_problems(f"`{path}` cannot be used as a runs table", told))
    check_known(list(higher_is_better or ()), names(tasks))
    if not words:
        note_lower_metrics(low, rows, higher_is_better or {})
    look_again(*given, outcomes)
    done = tuple(replace(outcome, side=side.get(outcome.run, {})) for outcome in outcomes)
    return RunsTable(tasks, done)


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
    header, _ = read_csv(path)
    return {"tasks", "seed"} <= {column_name(name) for name in header}


def _parse_runs(
    header: list[str],
    rows: list[Line],
    words: Mapping[str, Words],
    directions: Mapping[str, bool],
) -> tuple[tuple[Task, ...], tuple[Outcome, ...], list[str]]:
    """Runs of a runs table.

    Args:
        header: Lower-case column names, with `tasks`, `seed`, `task` and `score` among them.
        rows: Line numbers and cells.
        words: The columns that say which way is better, and their words.
        directions: Directions by task that win over the table's.

    Returns:
        Tasks in the order of first mention, outcomes in the order of the table, and all problems.
    """
    scores: Scores = {}
    lines: dict[Run, int] = {}
    rises: dict[str, bool] = {}
    order: dict[str, None] = {}
    problems: list[str] = []
    unusable: dict[Run, str] = {}
    unread: set[Run | None] = set()
    kinds = StatedKinds()
    for line, cells in rows:
        if len(cells) != len(header):
            problems.append(f"line {line}: {len(cells)} cells, the header has {len(header)}.")
            continue
        row = dict(zip(header, cells, strict=True))
        before = len(problems)
        run = _run(line, row, order, problems)
        score = _score(line, row, problems)
        _direction(line, row, words, rises, problems)
        if "kind" in row and "threshold" in row:
            stated = kinds.note(row["task"], row["kind"], row["threshold"])
            problems += [f"line {line}: {stated}"] if stated else []
        if run is None or score is None or len(problems) > before:
            unread.add(run)
            continue
        lines.setdefault(run, line)
        given = scores.setdefault(run, {})
        if row["task"] in given:
            problems.append(f"line {line}: {run} has a score of {row['task']} already.")
        given[row["task"]] = score
        if not math.isfinite(score):
            unusable.setdefault(run, f"the score of {row['task']} is {row['score'] or 'empty'}")
    problems.extend(incomplete(scores, lines, unread) + kinds.problems())
    if not problems:
        problems.extend(missing_singles(scores))
    directed = [Task(name, directions.get(name, rises.get(name, True))) for name in order]
    tasks = () if problems else kinds.tasks(directed)
    outcomes = tuple(_outcome(run, given, unusable.get(run)) for run, given in scores.items())
    return tasks, outcomes, problems


def _outcome(run: Run, given: Mapping[str, float], unusable: str | None) -> Outcome:
    """What came of a run; of one that lacks a score, those of its other tasks."""
    finite = {task: score if math.isfinite(score) else math.nan for task, score in given.items()}
    if all(map(math.isnan, finite.values())):
        return Outcome(run, error=unusable)
    return Outcome(run, scores=finite, error=unusable)


def _run(line: int, row: dict[str, str], order: dict[str, None], problems: list[str]) -> Run | None:
    """The run of a line; its tasks are put in the order in which the table first names them."""
    members = members_of(row["tasks"])
    try:
        for name in members:
            Task(name)
    except TaskError as error:
        problems.append(f"line {line}: {error}")
        return None
    order.update(dict.fromkeys(members))
    if len(set(members)) < len(members):
        problems.append(f"line {line}: {row['tasks']} names a task twice.")
    if row["task"] not in members:
        problems.append(
            f"line {line}: {row['task']!r} is not one of the run's tasks {members}; tasks are "
            "joined by + or by a comma."
        )
    seed = whole_number(row["seed"])
    if seed is None:
        problems.append(f"line {line}: the seed must be a whole number, got {row['seed']!r}.")
        return None
    return Run(tuple(sorted(members, key=list(order).index)), seed)


def _score(line: int, row: dict[str, str], problems: list[str]) -> float | None:
    """The score of a line; NaN where the run gave none."""
    if row["score"].lower() in NO_SCORE:
        return math.nan
    score = score_in(row["score"])
    if score is None:
        problems.append(
            f"line {line}: the score of {row['task']} must be a number, got {row['score']!r}."
        )
    return score


def _direction(
    line: int,
    row: dict[str, str],
    words: Mapping[str, Words],
    rises: dict[str, bool],
    problems: list[str],
) -> None:
    """Note the direction of a line's task."""
    for column, meanings in words.items():
        text = row[column].lower()
        problem = direction_problem(column, meanings, text)
        if problem:
            problems.append(f"line {line}: {problem}")
        elif text and rises.setdefault(row["task"], meanings[text]) != meanings[text]:
            problems.append(f"line {line}: {row['task']} had another {column} before.")
