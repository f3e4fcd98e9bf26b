"""One step of a training as those who only look on see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.taskset import TaskSet

Batch = tuple[Tensor, Any]


@dataclass(frozen=True)
class Step:
    """A training between the gradients of a step and the optimizer's move.

    Attributes:
        number: Steps that are done, 0 at first.
        taskset: What is trained, as the run's seed sees it.
        network: The network, in training mode, at the parameters the gradients were taken at.
        optimizer: The optimizer, before its step; its learning rate is that of the step.
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
        return self.taskset.loss(task, self.network(inputs, task), target)


Observe = Callable[[Step], None]
"""Called in every step. It must leave everything it was shown as it was; see
`gradsplit.studies.estimates.untouched`."""
