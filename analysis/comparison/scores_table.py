"""Scores of methods from a file: one line a score, or one line a method with a column a task."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis.comparison.comparison import Comparison
from analysis.comparison.score_spreads import means_alone
from analysis.comparison.side_scores import without_side
from analysis.comparison.stated_directions import StatedDirections
from analysis.comparison.turned_table import how_to_turn, methods_in_lines
from relations.change_kinds import KIND_NAMES, RELATIVE
from relations.errors import ScoreError, TableError, all_problems, did_you_mean
from relations.side_scores import parted
from relations.tables.csv_file import Line, column_name, read_csv, without_row_numbers
from relations.tables.score_cell import score_in
from relations.tables.wide_runs import whole_number
from relations.tasks import Task, measured

_LONG = ("method", "seed", "task", "score")
_NOT_TASKS = (
    *("n", "worst_task", "delta_m", "delta_m_se", "delta_m_log", "delta_m_log_se", "diverged"),
    *("difference", "difference_se", "p", "p_raw", "p_holm", "carried_by", "difference_without"),
    *("tried", "runs before"),
)
_ENDS = ("_se", "_change", *(f"_change_{kind}" for kind in KIND_NAMES))
_SETTINGS = frozenset(
    {
        *("lr", "rate", "decay", "epoch", "epochs", "step", "steps", "iteration", "iterations"),
        *("params", "parameters", "flops", "gflops", "macs", "batch", "rank", "fold", "id"),
        *("time", "seconds", "sec", "minutes", "hours", "memory", "mem", "mb", "gb", "mib", "gib"),
        "index",
    }
)
"""Words of columns of numbers that many tables have and that are no scores."""

Rows = list[dict[str, str]]
Scores = dict[str, dict[int, dict[str, float]]]


def read_scores(
    path: str | Path,
    *,
    single: str = "single",
    lower: tuple[str, ...] = (),
    tasks: Sequence[str] = (),
    absolute: Mapping[str, float] | None = None,
    standardised: Mapping[str, float] | None = None,
) -> Comparison:
    r"""The methods of a table somebody has, to be compared.

    Args:
        path: A csv file: either with the columns method, seed, task, score, as `gradsplit compare`
            writes it, or with one line a method (and seed): columns of numbers are tasks, other
            columns belong to the method's name, `seed` is the seed, `delta_m`, `n` and what else
            `comparison.csv` holds beside scores is left out. A run whose scores are all `nan`
            diverged. `reid@rank-1` beside a task `reid` is a side score, and no task. An arrow
            behind a task's name, or a column such as `higher_is_better` beside `score`, says which
            way is better. Of `52.3 ± 0.4` or `52.3 (0.4)` the mean is read.
        single: The method that is single-task training.
        lower: Tasks whose metric is better lower; they win over what the table says.
        tasks: The tasks, where other columns hold numbers too, or only some are to be compared;
            one that is named here is no side score.
        absolute: Task -> threshold of tasks whose change is measured in the metric's own unit.
        standardised: The same of changes in units of the spread of single-task scores over seeds.

    Raises:
        TableError: The file is no such table, or a column of numbers has no name or that of a
            setting and `tasks` does not say; all problems at once.
        ScoreError: The scores cannot be compared.

    Warns:
        TableNote: Nothing says which way scores are better, so that higher is taken for better;
            `lower` says otherwise than the table; scores have a spread, which is not used; or a
            column is called as single-task training, so that lines are read as tasks.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> text = "method,norm,pose,reid\nsingle,GN,0.8,0.5\nmulti-head,GN,0.76,0.5\n"
        >>> with TemporaryDirectory() as folder:
        ...     file = Path(folder, "scores.csv")
        ...     _ = file.write_text(text)
        ...     round(read_scores(file, single="single GN").delta_m("multi-head GN").mean, 3)
        -0.025
    """
    columns, lines = methods_in_lines(
        Path(path), *without_row_numbers(*read_csv(Path(path))), single
    )
    # Only our own words are compared without capitals; a task is called as its column.
    ours = (*_LONG, *_NOT_TASKS)
    columns = [column_name(name) if column_name(name) in ours else name for name in columns]
    _check_shape(columns, lines, path)
    lines = means_alone(Path(path), columns, lines)
    directions = StatedDirections(Path(path))
    if set(_LONG) <= set(columns):
        lines = directions.of_lines(columns, lines)
    else:
        columns = directions.of_columns(columns, tasks)
    rows = [dict(zip(columns, cells, strict=True)) for _, cells in lines]
    numbers = [number for number, _ in lines]
    if set(_LONG) <= set(columns):
        scores = _long(rows, numbers, path, tasks)
    else:
        taken, words = _task_columns(rows, columns, path, tasks)
        scores = _wide(rows, numbers, (taken, words), path)
        if words and single not in scores and any(row["method"] == single for row in rows):
            raise TableError(
                f"`{path}`: columns of words ({', '.join(words)}) belong to the name of a method, "
                f"so none is called `{single}`. Leave these columns out, or name single-task "
                "training with them (--single)."
            )
    scores, side = _without_side(scores, tasks)
    known = list({task: 0 for runs in scores.values() for run in runs.values() for task in run})
    _check_named((*lower, *tasks, *(absolute or {}), *(standardised or {})), known, path)
    chosen = measured([Task(task) for task in known], absolute, standardised)
    kinds = {task.name: task.kind for task in chosen if task.change != RELATIVE}
    # Who is refused below for want of single-task training is told of that alone.
    rises = directions.known(known, lower) if single in scores else {}
    return Comparison(scores, rises, single=single, kinds=kinds, side=side)


def _check_shape(columns: Sequence[str], lines: Sequence[Line], path: str | Path) -> None:
    """Refuse a table of lines of several lengths, without methods, or with a column twice."""
    problems = [
        f"line {number}: {len(columns)} cells are expected."
        for number, cells in lines
        if len(cells) != len(columns)
    ]
    if "method" not in columns:
        runs = "tasks" in columns and "seed" in columns
        problems.append(
            "a column `method` and at least one line are needed."
            + (" Trainings of tasks are read by `gradsplit relations`." if runs else "")
            + how_to_turn(columns, lines)
        )
    twice = sorted({name for name in columns if columns.count(name) > 1})
    problems += [f"the column `{name}` is there more than once." for name in twice]
    if problems:
        raise TableError(all_problems(f"`{path}` is no table of scores", problems))


def _without_side(scores: Scores, tasks: Sequence[str]) -> tuple[Scores, Scores]:
    """The scores of tasks, and the side scores; of these what is no finite number is left out."""
    named = list({task: 0 for runs in scores.values() for run in runs.values() for task in run})
    _, own = without_side(named, tasks)
    judged, side = (
        {
            method: {
                seed: {name: value for name, value in run.items() if (name in own) is beside}
                for seed, run in runs.items()
            }
            for method, runs in scores.items()
        }
        for beside in (False, True)
    )
    for runs in side.values():
        for seed, run in runs.items():
            runs[seed] = {name: value for name, value in run.items() if math.isfinite(value)}
    return judged, side


def _check_named(named: Sequence[str], known: Sequence[str], path: str | Path) -> None:
    unknown = [name for name in named if name not in known]
    if unknown:
        hints = "".join(did_you_mean(name, known) for name in unknown)
        raise ScoreError(
            f"`{path}` has no task {', '.join(unknown)}; it has {', '.join(known)}.{hints}"
        )


def _long(rows: Rows, numbers: list[int], path: str | Path, tasks: Sequence[str]) -> Scores:
    scores: Scores = {}
    problems = []
    for number, row in zip(numbers, rows, strict=True):
        seed, score = whole_number(row["seed"]), score_in(row["score"])
        if seed is None or score is None:
            problems.append(f"line {number}: the seed and the score must be numbers.")
            continue
        if tasks and row["task"] not in tasks and parted(row["task"], tasks) is None:
            continue
        run = scores.setdefault(row["method"], {}).setdefault(seed, {})
        if not row["task"]:
            problems.append(f"line {number}: the task has no name.")
        if row["task"] in run:
            problems.append(f"line {number}: a second score of {row['task']} in the same run.")
        run[row["task"]] = score
    if problems:
        raise TableError(all_problems(f"`{path}` cannot be read", problems))
    return scores


def _task_columns(
    rows: Rows, columns: list[str], path: str | Path, tasks: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The columns that are tasks, and those that belong to the method's name."""
    derived = [f"{name}{end}" for name in columns for end in _ENDS]
    known = {"method", "seed", *_NOT_TASKS, *derived} - set(tasks)
    left, _ = without_side([name for name in columns if name not in known], tasks)
    words = [name for name in left if all(score_in(row[name]) is None for row in rows)]
    if tasks:
        _check_named(tasks, [name for name in left if name not in words], path)
        return list(tasks), words
    taken = [name for name in left if all(score_in(row[name]) is not None for row in rows)]
    problems = [
        f"column `{name}` has numbers and other cells; a score is missing, or it is no task."
        for name in left
        if name not in (*taken, *words)
    ]
    strange = [name or "(no name)" for name in taken if not name or _is_setting(name)]
    if strange:
        likely = " ".join(name for name in taken if name and not _is_setting(name))
        problems.append(
            f"are the numbers of {', '.join(strange)} scores? Name the tasks, e.g. --tasks "
            f"{likely or 'pose reid'}."
        )
    if not taken:
        problems.append("no column has a score in every line.")
    if problems:
        raise TableError(all_problems(f"`{path}` cannot be read", problems))
    return taken, words


def _is_setting(name: str) -> bool:
    """Whether a column is called as a setting or a cost: `lr`, `params_M`, `wall seconds`."""
    return not _SETTINGS.isdisjoint(re.findall("[a-z]+", name.lower()))


def _wide(
    rows: Rows, numbers: list[int], columns: tuple[list[str], list[str]], path: str | Path
) -> Scores:
    tasks, words = columns
    side = [name for name in rows[0] if name not in tasks and parted(name, tasks)]
    scores: Scores = {}
    problems = []
    for number, row in zip(numbers, rows, strict=True):
        method = " ".join([row["method"], *(row[name] for name in words if row[name])])
        seed = whole_number(row.get("seed", "0"))
        runs = scores.setdefault(method, {})
        if seed is None or seed in runs:
            problems.append(f"line {number}: `{method}` needs a seed of its own.")
            continue
        values = {task: score_in(row[task]) for task in tasks}
        missing = [task for task, value in values.items() if value is None]
        problems += [f"line {number}: the score of {task} is no number." for task in missing]
        values |= {name: score_in(row[name]) for name in side}
        runs[seed] = {task: value for task, value in values.items() if value is not None}
    if problems:
        raise TableError(all_problems(f"`{path}` cannot be read", problems))
    return scores
