"""Does the movement of a score in a training's second half tell what more steps would bring?

    python benchmarks/learning/learning.py measure TASKSET --steps 150 300 --scores FILE
    python benchmarks/learning/learning.py report FILE ... --out reports/learning/tables.md

`measure` trains every task alone and scores it after each quarter of its steps, beside a constant
answer. `report` makes tables of that, judged by the library's own functions.
"""

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import torch
from learning_report import tables

from gradsplit import load_taskset
from gradsplit.studies.estimates.untouched import untouched
from gradsplit.training.fit import fit
from gradsplit.training.scoring import score
from gradsplit.training.step import Step
from gradsplit.training.taskset import TaskSet
from relations.side_scores import CONSTANT, side_name

QUARTERS = (1, 2, 3)
COLUMNS = ("task set", "steps", "seed", "task", "higher_is_better", "at", "score")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    measuring = actions.add_parser("measure")
    measuring.add_argument("taskset")
    measuring.add_argument(
        "--set", nargs="*", default=[], help="options of the task set, name=value"
    )
    measuring.add_argument("--tasks", help="only these, joined by commas")
    measuring.add_argument("--steps", nargs="+", type=int, required=True)
    measuring.add_argument("--seeds", type=int, default=3)
    measuring.add_argument("--scores", type=Path, required=True)
    reporting = actions.add_parser("report")
    reporting.add_argument("scores", nargs="+", type=Path)
    reporting.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.action == "report":
        parts = ["# Scores on the way\n", *map(tables, options.scores)]
        options.out.write_text("\n".join(parts))
        return
    torch.set_num_threads(1)
    given = dict(option.split("=", 1) for option in options.set)
    taskset = load_taskset(options.taskset, given)
    names = options.tasks.split(",") if options.tasks else taskset.task_names
    measure(taskset, names, options.steps, options.seeds, options.scores)


def measure(
    taskset: TaskSet, names: Sequence[str], steps: Sequence[int], seeds: int, file: Path
) -> None:
    """A row a score, written as soon as it is there."""
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number in steps:
            for seed in range(seeds):
                for task in taskset.tasks:
                    if task.name in names:
                        curve = scores_on_the_way(
                            taskset.with_recipe(steps=number), task.name, seed
                        )
                        start = (taskset.name, number, seed, task.name, task.higher_is_better)
                        writer.writerows((*start, at, value) for at, value in curve.items())
            print(f"{taskset.name}, {number} steps", flush=True)


def scores_on_the_way(taskset: TaskSet, task: str, seed: int) -> dict[str, float]:
    """Scores of one training alone, after each quarter of its steps, and of a constant answer."""
    own = taskset.for_seed(seed)
    curve: dict[str, float] = {}

    def observe(step: Step) -> None:
        for quarter in QUARTERS:
            if step.number == round(taskset.recipe.steps * quarter / 4):
                with untouched(step.network, step.optimizer):
                    curve[f"{quarter}/4"] = score(step.network, own)[task]

    fitted = fit(taskset, (task,), seed, observe=observe, watch=True)
    constant = fitted.side.get(side_name(task, CONSTANT))
    judged = {} if constant is None else {CONSTANT: constant}
    return {**curve, "4/4": fitted.scores[task], **judged}


if __name__ == "__main__":
    main()
