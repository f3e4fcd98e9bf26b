"""What a method costs: parameters, operations, time of a step, memory."""

import multiprocessing
import statistics
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from gradsplit.training.trainer import TaskSetTrainer

STEPS = 8
"""Steps of a measurement; the first two, which also pay for the start, are not timed."""
_NOT_TIMED = 2


def measured_costs(
    taskset: "TaskSet", methods: Mapping[str, "Method"], single: str, device: str = "cpu"
) -> dict[str, dict[str, float]]:
    """Cost of each method's joint network and training, and of all single-task networks together.

    Each method is measured in a process of its own, so that the peak of memory is its own; what
    the process holds before training is taken off on a CPU. One method after the other.

    Args:
        taskset: What is trained.
        methods: Name -> method.
        single: The name of single-task training, all tasks' networks together.
        device: Where.

    Returns:
        Name -> "parameters [M]", "FLOPs [G]" (of one input through the network and all heads; two
        a multiplication and addition), "step [ms]" (all tasks, forward, backward and optimizer; the
        median; where a method takes several steps for one of the recipe, the mean times their
        number), "memory [MiB]" (what training adds at its peak), and what a network counts besides.

    Cost: a few seconds a method, and a whole training of one whose size is learned.
    """
    from gradsplit.training.trainer import TaskSetTrainer

    tasks = taskset.task_names
    costs = {single: _together([_measured(TaskSetTrainer(taskset, device), (t,)) for t in tasks])}
    for name, method in methods.items():
        costs[name] = _measured(TaskSetTrainer(taskset, device, method), tasks)
    return costs


def _together(networks: list[dict[str, float]]) -> dict[str, float]:
    """The single-task networks: all are needed, but they are trained one at a time."""
    total = {name: sum(costs[name] for costs in networks) for name in networks[0]}
    return total | {"memory [MiB]": max(costs["memory [MiB]"] for costs in networks)}


def _measured(trainer: "TaskSetTrainer", tasks: tuple[str, ...]) -> dict[str, float]:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(_measure, trainer, tasks).result()


def _measure(trainer: "TaskSetTrainer", tasks: tuple[str, ...]) -> dict[str, float]:
    """In a fresh process: train a few steps, watch the clock and the memory."""
    import torch

    from gradsplit.training.batches import to_device
    from gradsplit.training.model_size import count

    torch.set_num_threads(trainer.threads)
    taskset, device = trainer.taskset, torch.device(trainer.device)
    for task in tasks:
        next(taskset.for_seed(0).batches(task, 0))  # data are read before anything is measured
    before = _held(device, peak=False)
    ends: list[float] = []

    def on_step(step: int, losses: object) -> None:  # noqa: ARG001
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        ends.append(time.perf_counter())

    network = trainer.fitted(tasks, seed=0, steps=STEPS, on_step=on_step).network
    peak = _held(device, peak=True)
    if trainer.method is not None and any(one.size_is_learned for one in trainer.method.parts()):
        network = trainer.fitted(tasks, seed=0).network
    images, _ = next(taskset.for_seed(0).batches(tasks[0], 0))
    counts = count(network, to_device(images[:1], device))
    return {
        "parameters [M]": counts.parameters / 1e6,
        "FLOPs [G]": counts.flops / 1e9,
        "step [ms]": 1e3 * _seconds_a_step(ends),
        "memory [MiB]": (peak - before) / 2**20,
        **counts.besides,
    }


def _seconds_a_step(ends: list[float]) -> float:
    """Of one step of the recipe, from when each step was done.

    Example:
        >>> _seconds_a_step([0, 9, 10, 12, 13, 14, 15, 16]), _seconds_a_step([*range(16)])
        (1.0, 2.0)
    """
    times = [end - start for start, end in pairwise(ends[_NOT_TIMED - 1 :])]
    if len(ends) == STEPS:
        return statistics.median(times)
    return statistics.fmean(times) * len(ends) / STEPS


def _held(device: "torch.device", peak: bool) -> int:
    """Bytes that are held: of the GPU, else of this process."""
    if device.type == "cuda":
        import torch

        ask = torch.cuda.max_memory_allocated if peak else torch.cuda.memory_allocated
        return ask(device)
    # Linux says both; elsewhere only the peak is known, and what was held before is not taken off.
    status = Path("/proc/self/status")
    if not status.exists():
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if peak else 0
    wanted = "VmHWM:" if peak else "VmRSS:"
    line = next(line for line in status.read_text().splitlines() if line.startswith(wanted))
    return 1024 * int(line.split()[1])
