"""What a run costs here."""

import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from gradsplit.training.step import OnStep
from gradsplit.training.taskset import TaskSet


@dataclass(frozen=True)
class RunCost:
    """What a run of some number of tasks costs here, averaged over the measured runs.

    Attributes:
        tasks: How many tasks the run trains.
        steps: Optimizer steps of a whole run.
        seconds_a_step: Wall time of one step.
        seconds_besides: Wall time of set-up and scoring.
        peak_bytes: Highest memory so far: of the process on a CPU, of the device otherwise.
    """

    tasks: int
    steps: int
    seconds_a_step: float
    seconds_besides: float
    peak_bytes: int

    @property
    def seconds(self) -> float:
        """Wall time of a whole run."""
        return self.seconds_besides + self.steps * self.seconds_a_step


class Fits(Protocol):
    """A trainer, as far as it matters here; see `gradsplit.training.trainer.TaskSetTrainer`."""

    @property
    def taskset(self) -> TaskSet:
        """What is trained."""
        ...

    @property
    def device(self) -> str:
        """Where."""
        ...

    def fitted(
        self, tasks: Sequence[str], seed: int, *, steps: int | None, on_step: OnStep | None = None
    ) -> Any:
        """Train one run for some steps; what it gives knows its `seconds`."""
        ...


def measured_costs(trainer: Fits, steps: int) -> list[RunCost]:
    """See `gradsplit.training.trainer.TaskSetTrainer.measure`."""
    names = trainer.taskset.task_names
    # The first run of a process also pays for imports and for reading the data.
    trainer.fitted(names, 0, steps=1)
    singles = [(task,) for task in names]
    pairs = a_pair_for_each(names)
    return [_cost(trainer, runs, max(2, steps)) for runs in (singles, pairs) if runs]


def _cost(trainer: Fits, runs: list[tuple[str, ...]], steps: int) -> RunCost:
    timed = [_timed(trainer, tasks, steps) for tasks in runs]
    return RunCost(
        tasks=len(runs[0]),
        steps=trainer.taskset.recipe.steps,
        seconds_a_step=float(np.mean([a_step for a_step, _ in timed])),
        seconds_besides=float(np.mean([besides for _, besides in timed])),
        peak_bytes=peak_bytes(trainer.device),
    )


def _timed(trainer: Fits, tasks: tuple[str, ...], steps: int) -> tuple[float, float]:
    """Seconds of a step after the first, and of everything that is not a step."""
    ends: list[float] = []

    def on_step(step: int, losses: Mapping[str, Tensor]) -> None:  # noqa: ARG001
        if torch.device(trainer.device).type == "cuda":
            torch.cuda.synchronize(trainer.device)
        ends.append(time.perf_counter())

    fitted = trainer.fitted(tasks, 0, steps=steps, on_step=on_step)
    a_step = (ends[-1] - ends[0]) / (len(ends) - 1)
    return a_step, max(0.0, fitted.seconds - a_step * len(ends))


def peak_bytes(device: str) -> int:
    """The highest memory so far: of the process on a CPU, of the device otherwise."""
    if torch.device(device).type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def a_pair_for_each(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Few pairs in which every task occurs: neighbours, the last pair overlapping if T is odd.

    Example:
        >>> a_pair_for_each(["a", "b", "c"])
        [('a', 'b'), ('b', 'c')]
    """
    if len(names) < 3:
        return list(combinations(names, 2))
    pairs: list[tuple[str, ...]] = [
        (names[first], names[first + 1]) for first in range(0, len(names) - 1, 2)
    ]
    return pairs if len(names) % 2 == 0 else [*pairs, (names[-2], names[-1])]
