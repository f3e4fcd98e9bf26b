"""One step of a training: what its losses are, and how it looks to those who watch."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.precision import forward_precision
from gradsplit.training.taskset import TaskSet

Batch = tuple[Tensor, Any]

Losses = Iterable[tuple[str, Tensor]]
"""The (task, weighted loss) of a step. Each loss is computed when it is reached, on its own graph,
so whoever goes backward at once holds the activations of one task only; `list(losses)` holds all
graphs at once."""

Backward = Callable[[Losses], None]
"""Adds the gradients of a step, or of some of its losses, to the parameters' `.grad`."""


@dataclass(frozen=True)
class Step:
    """A training in the middle of a step, or right after it.

    Attributes:
        number: Steps that are done, 0 at first.
        taskset: What is trained, as the run's seed sees it.
        network: The network, in training mode.
        optimizer: The optimizer; its learning rate is that of the step.
        batches: The step's batch of each task, on the network's device.
    """

    number: int
    taskset: TaskSet
    network: MultiTaskNetwork
    optimizer: torch.optim.Optimizer
    batches: Mapping[str, Batch]

    def loss(self, task: str, batch: Batch | None = None) -> Tensor:
        """The unweighted loss of a task now, on the step's batch or another one of its batches."""
        inputs, target = self.batches[task] if batch is None else batch
        with forward_precision(self.taskset, next(self.network.parameters()).device):
            return self.taskset.loss(task, self.network(inputs, task), target)


Observe = Callable[[Step], None]
"""Called in every step. As an observer of `fit` it stands between the gradients and the optimizer's
move, and must leave everything as it was; see
`gradsplit.studies.estimates.untouched`."""

OnStep = Callable[[int, Mapping[str, Tensor]], None]
"""Called after every step with the number of steps done and each task's loss, detached."""
