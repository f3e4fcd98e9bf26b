"""CPU time of a probe's runs, one by one and as one vectorised program.

    OMP_NUM_THREADS=1 python benchmarks/ensemble.py planted --steps 100 --seeds 1 5 20 50

CPU time, not wall time: it does not change with what else the machine is doing.
"""

import argparse
import time
from collections.abc import Callable

import torch

from gradsplit.ensemble import fit_ensemble
from gradsplit.fit import fit
from gradsplit.tasksets.registry import load_taskset
from relations.plan import pairwise_runs


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
    alone = seconds(lambda: [fit(taskset, *run) for run in runs]) / len(runs)
    print(f"{taskset.name}, {options.steps} steps; CPU seconds a run")
    print(f"one by one            {alone:.4f}")
    for count in options.seeds:
        many = [(run.tasks, run.seed) for run in pairwise_runs(taskset.tasks, range(count))]
        each = seconds(lambda many=many: fit_ensemble(taskset, many)) / len(many)
        print(f"together, {len(many):4} runs   {each:.4f}   {alone / each:.1f} times less")


def seconds(act: Callable[[], object]) -> float:
    """CPU time of an act."""
    start = time.process_time()
    act()
    return time.process_time() - start


if __name__ == "__main__":
    main()
