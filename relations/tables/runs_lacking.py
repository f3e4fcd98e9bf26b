"""What a table of runs lacks: scores of a run's tasks, and runs that others are compared with."""

import warnings
from collections.abc import Container

from relations.errors import TableNote
from relations.runs import Run

Scores = dict[Run, dict[str, float]]


def incomplete(scores: Scores, lines: dict[Run, int], unread: Container[Run | None]) -> list[str]:
    """Runs that lack the score of one of their tasks; not those of lines that were not read."""
    return [
        f"line {lines[run]}: {run} has no score of {task}."
        for run, given in scores.items()
        for task in run.tasks
        if task not in given and run not in unread
    ]


def missing_singles(scores: Scores) -> list[str]:
    """Single-task runs that pair runs are compared with, where there is none; a note of others.

    A pair run whose single-task run is not there says nothing of that task; all others count.
    """
    needed = {task: set[int]() for run in scores if len(run.tasks) == 2 for task in run.tasks}
    for run in scores:
        for task in run.tasks if len(run.tasks) == 2 else ():
            if Run((task,), run.seed) not in scores:
                needed[task].add(run.seed)
    lacking = [
        f"{task} with seed{'s' * (len(seeds) > 1)} {', '.join(map(str, sorted(seeds)))}"
        for task, seeds in needed.items()
        if seeds
    ]
    if not lacking:
        return []
    said = f"single-task runs are missing, of {'; '.join(lacking)}"
    if not any(len(run.tasks) == 1 for run in scores):
        return [f"{said}. Changes are against training alone: add each task trained alone."]
    warnings.warn(
        f"{said}. Pair runs of these seeds say nothing of these tasks; the others are used.",
        TableNote,
        stacklevel=4,
    )
    return []
