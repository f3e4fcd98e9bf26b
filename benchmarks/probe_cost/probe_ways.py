"""The ways to get a change matrix that probe.py times, and the task sets it times."""

import math
import os
import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import torch
from torch import nn

from gradsplit.tasksets.planted.task_set import INPUTS, Plant, Planted
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.batches import to_device
from gradsplit.training.taskset import Predict, TaskSet
from gradsplit.training.trainer import TaskSetTrainer
from relations import PairwiseProbe
from relations.executors import Executor, executor_named
from relations.ledger.ledger import Ledger

Scores = list[tuple[tuple[str, ...], int, dict[str, float]]]
"""Tasks, seed and scores of each run."""

OURS = ("one by one", "processes", "ensemble")
SCRIPTS = ("script", "script, one thread")
WAYS = (*SCRIPTS, *OURS)


def taskset_named(name: str, steps: int) -> TaskSet:
    """`planted:TASKS`, `planted:TASKS:WIDTH`, `figures` or `figures:FACTOR of its widths`."""
    kind, *numbers = name.split(":")
    if kind == "planted":
        tasks, width = int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 12
        return many_planted(tasks, width).with_recipe(steps=steps)
    taskset = load_taskset(kind, {"preset": "quick", "steps": steps})
    return taskset.with_width(float(numbers[0])) if numbers else taskset


def many_planted(tasks: int, width: int) -> Planted:
    """One loud task that wants ten dimensions, and quiet ones that want three each."""
    loud = Plant(tuple(range(10)), (0.1,) * 10, scale=4.0)
    wanted = [tuple((10 + 3 * place + i) % INPUTS for i in range(3)) for place in range(tasks - 1)]
    quiet = {f"quiet{place}": Plant(dims, (0.5, 0.3, 0.2)) for place, dims in enumerate(wanted)}
    return Planted("planted-many", {"loud": loud, **quiet}, width)


def timed(way: str, taskset: TaskSet, seeds: int, device: str) -> dict[str, Any]:
    """Wall and CPU seconds of a whole matrix in one way, and all scores.

    What torch imports and sets up in the first training of a process is not timed, on the device
    neither; that workers do so is.
    """
    if way != "script":
        torch.set_num_threads(1)
    tiny = many_planted(2, 2).with_recipe(steps=1)
    TaskSetTrainer(tiny, device=device).together([(("loud",), 0)])
    train(("loud",), "loud", tiny, 0, device)
    if way in SCRIPTS:
        act = partial(script, taskset, seeds, device)
    else:
        place = executor_named(way.replace("one by one", "in-process"))
        act = partial(probe, taskset, seeds, device, place)
    start, before = time.perf_counter(), _cpu_seconds()
    scores = act()
    return {
        "seconds": time.perf_counter() - start,
        "cpu seconds": _cpu_seconds() - before,
        "threads": torch.get_num_threads(),
        "cores": len(os.sched_getaffinity(0)),
        "scores": scores,
    }


def _cpu_seconds() -> float:
    """Of this process and of the workers that have ended."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)


def probe(taskset: TaskSet, seeds: int, device: str, place: Executor) -> Scores:
    """Our probe, as `gradsplit probe` runs it, ledger included."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "probe.db"
        trainer = TaskSetTrainer(taskset, device=device)
        PairwiseProbe(taskset.tasks, trainer, range(seeds), ledger).run(place, progress=False)
        with Ledger(ledger, read_only=True) as finished:
            return [
                (one.run.tasks, one.run.seed, dict(one.scores or {}))
                for one in finished.outcomes("")
            ]


def script(taskset: TaskSet, seeds: int, device: str) -> Scores:
    """What one would write: each task alone, then for each source and target a training of both."""
    found: Scores = []
    for seed in range(seeds):
        for task in taskset.task_names:
            found.append(((task,), seed, {task: train((task,), task, taskset, seed, device)}))
        for source, target in permutations(taskset.task_names, 2):
            score = train((source, target), target, taskset, seed, device)
            found.append(((source, target), seed, {target: score}))
    return found


def train(tasks: tuple[str, ...], target: str, taskset: TaskSet, seed: int, device: str) -> float:
    """A plain training loop with torch's defaults, and the target's score."""
    torch.manual_seed(seed)
    trunk = taskset.trunk().to(device)
    heads = nn.ModuleList([taskset.head(task) for task in tasks]).to(device)
    recipe = taskset.recipe
    kinds = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
    optimizer = kinds[recipe.optimizer](
        [*trunk.parameters(), *heads.parameters()],
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _rate_of(recipe.steps, recipe.warmup))
    batches = [iter(taskset.batches(task, seed)) for task in tasks]
    for _ in range(recipe.steps):
        total = torch.zeros((), device=device)
        for task, head, source in zip(tasks, heads, batches, strict=True):
            inputs, wanted = to_device(next(source), torch.device(device))
            total = total + taskset.loss(task, head(trunk(inputs)), wanted)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        schedule.step()
    trunk.eval()
    heads.eval()
    return float(taskset.score(target, _predict(trunk, heads[tasks.index(target)], device)))


def _predict(trunk: nn.Module, head: nn.Module, device: str) -> Predict:
    def predict(inputs: torch.Tensor) -> Any:
        with torch.no_grad():
            return to_device(head(trunk(inputs.to(device))), torch.device("cpu"))

    return predict


def _rate_of(steps: int, warmup: int) -> Callable[[int], float]:
    """The factor of the learning rate at a step: the recipe's warm-up and cosine."""

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))

    return factor
