"""The lines of a runs table, read as runs, each with what is wrong with it."""

import math
from collections.abc import Mapping

from relations.errors import TaskError, did_you_mean
from relations.runs import Outcome, Run
from relations.tables.csv_file import Line
from relations.tables.directions import Words, direction_problem, note_overruled
from relations.tables.runs_lacking import Scores, incomplete, missing_singles
from relations.tables.score_cell import score_in
from relations.tables.stated_kinds import StatedKinds
from relations.tables.wide_runs import members_of, whole_number
from relations.tasks import Task

NO_SCORE = ("", "na", "n/a", "null", "none")
"""What programs write where a run gave no score, beside nan and inf."""

Lines = dict[Run, dict[str, int]]


def parse_runs(
    header: list[str],
    rows: list[Line],
    words: Mapping[str, Words],
    directions: Mapping[str, bool],
    arrows: Mapping[str, bool],
) -> tuple[tuple[Task, ...], tuple[Outcome, ...], list[str]]:
    """Runs of a runs table.

    Args:
        header: Lower-case column names, with `tasks`, `seed`, `task` and `score` among them.
        rows: Line numbers and cells.
        words: The columns that say which way is better, and their words.
        directions: Directions by task that win over the table's.
        arrows: Directions by task that the table says behind their names.

    Returns:
        Tasks in the order of first mention, outcomes in the order of the table, and all problems.

    Warns:
        TableNote: A direction is another than the table's; or see `missing_singles`.
    """
    scores: Scores = {}
    lines: Lines = {}
    rises = dict(arrows)
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
        problems += _again(line, row, scores.get(run, {}), score, lines.get(run, {}))
        lines.setdefault(run, {}).setdefault(row["task"], line)
        scores.setdefault(run, {})[row["task"]] = score
        if not math.isfinite(score):
            unusable.setdefault(run, f"the score of {row['task']} is {row['score'] or 'empty'}")
    first = {run: min(places.values()) for run, places in lines.items()}
    problems.extend(incomplete(scores, first, unread) + kinds.problems())
    if not problems:
        problems.extend(missing_singles(scores))
    directed = [Task(name, directions.get(name, rises.get(name, True))) for name in order]
    note_overruled(rises, {} if problems else directions)
    outcomes = tuple(_outcome(run, given, unusable.get(run)) for run, given in scores.items())
    return () if problems else kinds.tasks(directed), outcomes, problems


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
            f"joined by + or by a comma.{did_you_mean(row['task'], members)}"
        )
    seed = whole_number(row["seed"])
    if seed is None:
        problems.append(f"line {line}: the seed must be a whole number, got {row['seed']!r}.")
        return None
    return Run(tuple(sorted(members, key=list(order).index)), seed)


def _again(
    line: int,
    row: dict[str, str],
    scores: Mapping[str, float],
    score: float,
    lines: Mapping[str, int],
) -> list[str]:
    """What is wrong with a score that its run has had before, if it has."""
    task = row["task"]
    if task not in scores:
        return []
    same = scores[task] == score
    which = "the same: leave out one of the two" if same else f"another, {scores[task]:g}"
    return [
        f"line {line}: {row['tasks']} seed {row['seed']} has a score of {task} already, in line "
        f"{lines[task]}, {which}."
    ]


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
