"""A probe's runs, one by one and as one vectorised program: CPU time, and whether they agree.

    OMP_NUM_THREADS=1 python benchmarks/ensemble.py planted --steps 100 --seeds 1 5 20 50

CPU time, not wall time: it does not change with what else the machine is doing.
"""

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

import torch

from gradsplit.ensemble import fit_ensemble
from gradsplit.errors import GradSplitError
from gradsplit.fit import Fitted, fit
from gradsplit.tasksets.registry import load_taskset
from relations.plan import pairwise_runs

T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("taskset")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 5, 20])
    options = parser.parse_args()
    torch.set_num_threads(1)
    taskset = load_taskset(options.taskset, {"steps": options.steps})
    fit(taskset.with_recipe(steps=1), taskset.task_names, 0)  # imports and data, not timed
    runs = [(run.tasks, run.seed) for run in pairwise_runs(taskset.tasks, [0])]
    alone, each_alone = timed(lambda: [fit(taskset, *run) for run in runs])
    each_alone /= len(runs)
    print(
        f"{taskset.name}, {options.steps} steps; CPU seconds a run, largest difference of a score"
    )
    print(f"one by one            {each_alone:.4f}")
    for count in options.seeds:
        many = [(run.tasks, run.seed) for run in pairwise_runs(taskset.tasks, range(count))]
        together, each = timed(lambda many=many: fit_ensemble(taskset, many))
        each /= len(many)
        gain, apart = each_alone / each, largest_difference(alone, together)
        print(f"together, {len(many):4} runs   {each:.4f}   {gain:.1f} times less   {apart:.0e}")


def timed(act: Callable[[], T]) -> tuple[T, float]:
    """What an act gives, and its CPU time."""
    start = time.process_time()
    given = act()
    return given, time.process_time() - start


def largest_difference(alone: list[Fitted], together: list[Fitted | GradSplitError]) -> float:
    """Over the scores of the runs in both; `together` begins with them."""
    return max(
        abs(score - both.scores[task]) if isinstance(both, Fitted) else float("nan")
        for one, both in zip(alone, together, strict=False)
        for task, score in one.scores.items()
    )


if __name__ == "__main__":
    main()
