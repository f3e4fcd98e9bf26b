"""Training with losses from a script, in which a loss's weight can be read off the gradient."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.training.fit import fit
from gradsplit.training.methods.method import Method
from gradsplit.training.recipe import Recipe
from gradsplit.training.taskset import Predict, TaskSet
from relations.tasks import Task

NAMES = ("a", "b", "c", "d")


class Slots(nn.Module):
    """A vector [T], the same for every input."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.zeros(size, dtype=torch.float64))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.value


@dataclass(frozen=True)
class Scripted(TaskSet):
    """Task i's loss has the script's next value and the gradient 1 in slot i of the trunk.

    Attributes:
        script: Task -> its losses, in the order in which they are computed.
        recipe: See `TaskSet`.
        loud: The gradient is the loss's value instead of 1.
    """

    script: Mapping[str, Iterator[float]]
    recipe: Recipe = field(default_factory=Recipe)
    loud: bool = False
    name = "scripted"

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(Task(name) for name in self.script)

    def trunk(self) -> nn.Module:
        return Slots(len(self.script))

    def head(self, task: str) -> nn.Module:
        return nn.Identity()

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        return repeat((torch.zeros(1), torch.zeros(1)))

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        own = output[list(self.script).index(task)]
        value = next(self.script[task])
        return (own - own.detach()) * (value if self.loud else 1.0) + value

    def score(self, task: str, predict: Predict) -> float:
        return 0.0


def weights(
    method: Method,
    steps: Sequence[Sequence[float]],
    count: int | None = None,
    *,
    loud: bool = False,
    **recipe: Any,
) -> list[Tensor]:
    """The weights [T] that a method gives the tasks' losses, step after step.

    Args:
        method: What weighs.
        steps: The losses of each step, or of each time they are computed.
        count: How many steps; as many as losses when None.
        loud: A loss's gradient is its value, and what is returned are weights times values.
        **recipe: Of the training.
    """
    script = {
        name: iter(values) for name, values in zip(NAMES, zip(*steps, strict=True), strict=False)
    }
    given = {"optimizer": "adam", "weight_decay": 0.0, "schedule": "constant"} | recipe
    taskset = Scripted(script, loud=loud).with_recipe(steps=count or len(steps), **given)
    observed: list[Tensor] = []
    fit(
        taskset,
        tuple(script),
        0,
        method=method,
        observe=lambda step: observed.append(step.network.trunk.value.grad.clone()),
    )
    return observed
