"""A small nonlinear task set for tests: two regressions and a classification through one MLP."""

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

RECIPE = Recipe(steps=6, batch_size=4, optimizer="adam", learning_rate=1e-2)


@dataclass(frozen=True)
class Toy(TaskSet):
    width: int = 8
    recipe: Recipe = RECIPE
    name = "toy"
    tasks = (Task("sum"), Task("error", higher_is_better=False), Task("class.sign"))
    split_modules = ("last",)

    def trunk(self) -> nn.Module:
        trunk = nn.Sequential(nn.Linear(5, self.width), nn.Tanh())
        trunk.add_module("last", nn.Linear(self.width, self.width))
        return trunk.double()

    def head(self, task: str) -> nn.Module:
        return nn.Linear(self.width, 2 if task == "class.sign" else 1).double()

    def data(self, task: str, seed: int) -> tuple[Tensor, Any]:
        inputs = torch.randn(11, 5, generator=generator(seed, "toy", task), dtype=torch.float64)
        if task == "class.sign":
            return inputs, (inputs[:, 0] > 0).long()
        return inputs, {"value": inputs.sum(1, keepdim=True)}

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        return endless_batches(*self.data(task, 0), self.recipe.batch_size, seed, task)

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        if task == "class.sign":
            return nn.functional.cross_entropy(output, target)
        return nn.functional.mse_loss(output, target["value"])

    def score(self, task: str, predict: Predict) -> float:
        inputs, target = self.data(task, 1)
        if task == "class.sign":
            return (predict(inputs).argmax(1) == target).double().mean().item()
        return (predict(inputs) - target["value"]).square().mean().item()


class InSingle(Toy):
    """In single precision, which autocast halves."""

    def trunk(self):
        return super().trunk().float()

    def head(self, task):
        return super().head(task).float()

    def data(self, task, seed):
        inputs, target = super().data(task, seed)
        if task != self.task_names[2]:  # classes are whole numbers
            target = {name: value.float() for name, value in target.items()}
        return inputs.float(), target


def toy() -> Toy:
    return Toy()
