"""Tables of scores on the way through trainings of several lengths."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from relations import Task
from relations.runs import Outcome, Run
from relations.side_scores import CONSTANT, EARLIER, side_name
from relations.statistics.changes_by_seed import change_of_scores
from relations.statistics.learning import Learnt, learnt_tasks

QUARTERS = ("1/4", "2/4", "3/4", "4/4")
Curves = dict[tuple[int, str], dict[int, dict[str, float]]]
"""(steps, task) -> seed -> name of a point -> score."""


def tables(file: Path) -> str:
    """Of one file of scores: each task's scores, and what each number of steps would be told.

    Args:
        file: As `learning.py measure` writes it.
    """
    curves, tasks, name = _read(file)
    numbers = sorted({steps for steps, _ in curves})
    seeds = len(next(iter(curves.values())))
    head = ("steps", "task", *QUARTERS, "constant", "second half", "last quarter", "next steps")
    lines = [f"## {name}, {seeds} seeds", "", *_head(head)]
    lines += [
        _line(curves, tasks[task], steps, numbers) for steps in numbers for task in sorted(tasks)
    ]
    lines += ["", *_head(("steps", "second half", "last quarter", "next steps", "what is said"))]
    lines += [_summary(curves, list(tasks.values()), steps, numbers) for steps in numbers]
    return "\n".join([*lines, ""])


def _read(file: Path) -> tuple[Curves, dict[str, Task], str]:
    curves: Curves = defaultdict(lambda: defaultdict(dict))
    tasks, name = {}, ""
    with file.open(newline="") as opened:
        for row in csv.DictReader(opened):
            name, task = row["task set"], row["task"]
            tasks[task] = Task(task, higher_is_better=row["higher_is_better"] == "True")
            curves[int(row["steps"]), task][int(row["seed"])][row["at"]] = float(row["score"])
    return curves, tasks, name


def _head(columns: tuple[str, ...]) -> list[str]:
    return ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]


def _line(curves: Curves, task: Task, steps: int, numbers: list[int]) -> str:
    seeds = curves[steps, task.name].values()
    means = [np.mean([seed.get(at, np.nan) for seed in seeds]) for at in (*QUARTERS, CONSTANT)]
    gains = _gains(curves, task, steps, numbers)
    learnt = _learnt(curves, [task], steps)[task.name]
    mark = " **barely**" if learnt.barely else ""
    cells = [str(steps), task.name + mark, *(f"{mean:.3f}" for mean in means)]
    return "| " + " | ".join([*cells, *map(_percent, gains)]) + " |"


def _gains(curves: Curves, task: Task, steps: int, numbers: list[int]) -> tuple[float, ...]:
    """Mean relative change in the second half, in the last quarter, and by the next steps."""
    later = [number for number in numbers if number > steps]
    here = curves[steps, task.name]
    ends = {seed: points["4/4"] for seed, points in here.items()}
    nexts = {s: p["4/4"] for s, p in curves[later[0], task.name].items()} if later else {}
    return (
        _gain(task, {seed: points["2/4"] for seed, points in here.items()}, ends),
        _gain(task, {seed: points["3/4"] for seed, points in here.items()}, ends),
        _gain(task, ends, nexts),
    )


def _gain(task: Task, before: dict[int, float], after: dict[int, float]) -> float:
    changes = [
        float(change_of_scores(after[seed], before[seed], task.higher_is_better))
        for seed in before
        if seed in after
    ]
    return float(np.mean(changes)) if changes else np.nan


def _learnt(curves: Curves, tasks: list[Task], steps: int) -> dict[str, Learnt]:
    """As a probe of these steps would judge its tasks."""
    runs = []
    for task in tasks:
        for seed, points in curves[steps, task.name].items():
            side = {side_name(task.name, EARLIER): points["2/4"]}
            if CONSTANT in points:
                side[side_name(task.name, CONSTANT)] = points[CONSTANT]
            runs.append(Outcome(Run((task.name,), seed), {task.name: points["4/4"]}, side=side))
    return learnt_tasks(tasks, runs)


def _summary(curves: Curves, tasks: list[Task], steps: int, numbers: list[int]) -> str:
    gains = np.array([_gains(curves, task, steps, numbers) for task in tasks])
    learnt = _learnt(curves, tasks, steps).values()
    moving = sum(seen.still_moves for seen in learnt)
    barely = sum(seen.barely for seen in learnt)
    said = f"{moving} still moving, {barely} barely learnt" if moving or barely else "nothing"
    return "| " + " | ".join([str(steps), *map(_percent, gains.mean(axis=0)), said]) + " |"


def _percent(change: float) -> str:
    return "" if np.isnan(change) else f"{change:+.1%}"
