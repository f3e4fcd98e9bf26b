"""A small network whose forward passes draw numbers and keep statistics, on data drawn anew."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.training.batches import endless_batches
from gradsplit.training.recipe import Recipe
from gradsplit.training.seeding import generator
from gradsplit.training.taskset import Predict, TaskSet
from relations.tasks import Task

RECIPE = Recipe(steps=7, batch_size=4, weight_decay=0.1, learning_rate=1e-2)


@dataclass(frozen=True)
class Awkward(TaskSet):
    recipe: Recipe = RECIPE
    name = "awkward"
    tasks = (Task("sum"), Task("error", higher_is_better=False), Task("third"))

    def trunk(self) -> nn.Module:
        layers = [nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 8)]
        return nn.Sequential(*layers).double()

    def head(self, task: str) -> nn.Module:
        return nn.Linear(8, 1).double()

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        inputs = torch.randn(40, 5, generator=generator(seed, "x", task), dtype=torch.float64)
        target = {"value": inputs[:, :2].sum(1, keepdim=True)}
        return endless_batches(inputs, target, self.recipe.batch_size, seed, task)

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        return nn.functional.mse_loss(output, target["value"])

    def score(self, task: str, predict: Predict) -> float:
        return float(predict(torch.ones(3, 5).double()).sum())
