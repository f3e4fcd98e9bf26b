"""Tasks whose losses are quadratic in two shared numbers, so that every step is known by hand.

Loss of task t: c_t + a_t / 2 |theta - p_t|^2 (with a head's number h_t, if asked: + (h_t - 1)^2).
Every sample is the same, so two batches of a task agree perfectly, unless noise is added.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.training.recipe import Recipe
from gradsplit.training.seeding import generator
from gradsplit.training.taskset import Predict, TaskSet
from relations.tasks import Task

START = (1.0, 2.0)
BOWLS = {"a": (1.0, (0.0, 0.0)), "b": (2.0, (3.0, 0.0)), "c": (0.5, (1.0, 5.0))}


class Point(nn.Module):
    """Two numbers, whatever the inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.tensor(START, dtype=torch.float64))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.theta + 0 * inputs


class Number(nn.Module):
    """Gives theta on, and its own number behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.zeros(1, dtype=torch.float64))

    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([features, self.own.expand(len(features), 1)], dim=1)


@dataclass(frozen=True)
class Quadratics(TaskSet):
    recipe: Recipe = field(
        default=Recipe(
            steps=1, batch_size=4, optimizer="sgd", learning_rate=0.1, schedule="constant"
        )
    )
    floor: float = 1.0
    own: bool = False
    noise: float = 0.0
    same_samples: bool = False
    name = "quadratics"
    tasks = tuple(Task(name) for name in BOWLS)

    def trunk(self) -> nn.Module:
        return nn.Sequential(Point())

    def head(self, task: str) -> nn.Module:
        return Number() if self.own else nn.Identity()

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        stream = generator(seed, "data", "" if self.same_samples else task)
        centre = torch.tensor(BOWLS[task][1], dtype=torch.float64)
        while True:
            shape = (self.recipe.batch_size, 2)
            inputs = torch.randn(shape, generator=stream, dtype=torch.float64)
            yield inputs, centre + self.noise * inputs

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        distance = (output[:, :2] - target).square().sum(dim=1).mean()
        value = self.floor + BOWLS[task][0] / 2 * distance
        return value + (output[:, 2] - 1).square().mean() if self.own else value

    def score(self, task: str, predict: Predict) -> float:
        return -float(self.loss(task, predict(torch.zeros(1, 2).double()), torch.zeros(1, 2)))
