"""A probe's runs, one by one and as one vectorised program: CPU time, and whether they agree.

    OMP_NUM_THREADS=1 python benchmarks/probe_cost/ensemble.py planted --steps 100 --seeds 1 5 20 50
    OMP_NUM_THREADS=1 python benchmarks/probe_cost/ensemble.py figures --memory 12     # Linux only

CPU time, not wall time: it changes less with what else the machine is doing. With --memory: the
bytes a member that are counted before an ensemble starts, beside the peak of one of that many pair
runs, each of a seed of its own.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.ensemble import fit_ensemble, member_bytes
from gradsplit.training.fit import Fitted, fit
from gradsplit.training.taskset import TaskSet
from relations.plan import pairwise_runs

T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("taskset")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--memory", type=int, help="members of which to measure the peak")
    parser.add_argument("--width", type=float, default=1.0, help="factor, with --memory")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.memory is not None:
        memory(load_taskset(options.taskset, {"steps": 3}), options.width, options.memory)
        return
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


def memory(taskset: TaskSet, width: float, members: int) -> None:
    """Print what is counted and what is taken."""
    if width != 1:
        taskset = taskset.with_width(width)
    pair = taskset.task_names[:2]
    by_task = member_bytes(taskset)
    counted = sum(by_task[task] for task in pair)
    # Imports and data that all seeds share.
    fit_ensemble(taskset, [(pair, members)])
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    fit_ensemble(taskset, [(pair, seed) for seed in range(members)])
    peak = (resident("VmHWM") - before) / members
    print(
        f"{taskset.name}, width {width}, batches of {taskset.recipe.batch_size}, {members} pair "
        f"runs: counted {counted / 2**20:.2f} MiB a member, peak {peak / 2**20:.2f} MiB a member"
    )


def resident(kind: str) -> int:
    """Bytes of this process in memory now (VmRSS), or at most since the reset (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith(kind)))


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
