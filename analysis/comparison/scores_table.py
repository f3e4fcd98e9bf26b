"""Scores of methods from a file: one line a score, or one line a method with a column a task."""

import csv
from pathlib import Path

from analysis.comparison.comparison import Comparison
from relations.errors import ScoreError, TableError, all_problems

_LONG = ("method", "seed", "task", "score")
_NOT_TASKS = ("delta_m", "n")


def read_scores(
    path: str | Path, *, single: str = "single", lower: tuple[str, ...] = ()
) -> Comparison:
    r"""The methods of a table somebody has, to be compared.

    Args:
        path: A csv file: either with the columns method, seed, task, score, as `gradsplit compare`
            writes it, or with one line a method (and seed): columns of numbers are tasks, other
            columns belong to the method's name, `seed` is the seed, `delta_m` and `n` are left out.
        single: The method that is single-task training.
        lower: Tasks whose metric is better lower.

    Raises:
        TableError: The file is no such table; all problems at once.
        ScoreError: The scores cannot be compared.

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
    with Path(path).open(newline="", encoding="utf-8") as file:
        lines = csv.DictReader(file)
        columns = list(lines.fieldnames or ())
        rows = list(lines)
    problems = [
        f"line {number}: {len(columns)} cells are expected."
        for number, row in enumerate(rows, start=2)
        if None in row or None in row.values()
    ]
    if not rows or "method" not in columns:
        problems.append("a column `method` and at least one line are needed.")
    if problems:
        raise TableError(all_problems(f"`{path}` is no table of scores", problems))
    scores = _long(rows, path) if set(_LONG) <= set(columns) else _wide(rows, columns, path)
    tasks = {task for runs in scores.values() for run in runs.values() for task in run}
    unknown = sorted(set(lower) - tasks)
    if unknown:
        raise ScoreError(f"`{path}` has no task {', '.join(unknown)}; it has {', '.join(tasks)}.")
    return Comparison(scores, dict.fromkeys(lower, False), single=single)


def _long(rows: list[dict[str, str]], path: str | Path) -> dict[str, dict[int, dict[str, float]]]:
    scores: dict[str, dict[int, dict[str, float]]] = {}
    problems = []
    for number, row in enumerate(rows, start=2):
        try:
            run = scores.setdefault(row["method"], {}).setdefault(int(row["seed"]), {})
            score = float(row["score"])
        except ValueError:
            problems.append(f"line {number}: the seed and the score must be numbers.")
            continue
        if row["task"] in run:
            problems.append(f"line {number}: a second score of {row['task']} in the same run.")
        run[row["task"]] = score
    if problems:
        raise TableError(all_problems(f"`{path}` cannot be read", problems))
    return scores


def _wide(
    rows: list[dict[str, str]], columns: list[str], path: str | Path
) -> dict[str, dict[int, dict[str, float]]]:
    left = [name for name in columns if name not in ("method", "seed", *_NOT_TASKS)]
    tasks = [name for name in left if all(_number(row[name]) is not None for row in rows)]
    words = [name for name in left if all(_number(row[name]) is None for row in rows)]
    problems = [
        f"column `{name}` has numbers and other cells; a score is missing, or it is no task."
        for name in left
        if name not in (*tasks, *words)
    ]
    if not tasks:
        problems.append("no column has a score in every line.")
    scores: dict[str, dict[int, dict[str, float]]] = {}
    for number, row in enumerate(rows, start=2):
        method = " ".join([row["method"], *(row[name] for name in words if row[name])])
        seed = _number(row.get("seed", "0"))
        runs = scores.setdefault(method, {})
        if seed is None or seed != int(seed) or int(seed) in runs:
            problems.append(f"line {number}: `{method}` needs a seed of its own.")
            continue
        runs[int(seed)] = {task: _number(row[task]) or 0.0 for task in tasks}
    if problems:
        raise TableError(all_problems(f"`{path}` cannot be read", problems))
    return scores


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
