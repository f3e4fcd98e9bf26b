"""Tasks with known losses: L_k = c_k / 2 |th - a_k|^2, th a vector, at th = 0."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.training.fit import fit
from gradsplit.training.loop import Training
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.recipe import Recipe
from gradsplit.training.step import Step
from gradsplit.training.taskset import Predict, TaskSet
from relations.tasks import Task
from tests.gradsplit.training.methods.scripted import Slots

CENTRES = torch.tensor([[1.0, 0.0], [-1.0, 1.0], [0.0, 2.0]], dtype=torch.float64)
SHARPNESS = (1.0, 2.0, 0.5)


_RECIPE = Recipe(steps=1, optimizer="sgd", learning_rate=0.1, schedule="constant")


@dataclass(frozen=True)
class Quadratics(TaskSet):
    """Gradients -c_k a_k; losses (.5, 2, 1)."""

    recipe: Recipe = _RECIPE
    name = "quadratics"
    tasks = (Task("a"), Task("b"), Task("c"))

    def trunk(self) -> nn.Module:
        return Slots(2)

    def head(self, task: str) -> nn.Module:
        return nn.Identity()

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        return repeat((torch.zeros(1), torch.zeros(1)))

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        place = "abc".index(task)
        return SHARPNESS[place] / 2 * (output - CENTRES[place]).square().sum()

    def score(self, task: str, predict: Predict) -> float:
        return 0.0


def first_gradients(taskset: TaskSet, method: Method) -> dict[str, Tensor]:
    """The gradients of all parameters in the first step of a joint run, by name."""
    seen: dict[str, Tensor] = {}

    def note(step: Step) -> None:
        for name, one in step.network.named_parameters():
            if one.grad is not None:
                seen[name] = one.grad.clone()

    taskset = taskset.with_recipe(steps=1, schedule="constant")
    fit(taskset, taskset.task_names, 0, method=method, observe=note)
    return seen


def first_gradient(method: Method, **recipe: Any) -> Tensor:
    """The trunk's gradient [2] in the first step on the quadratics."""
    return first_gradients(Quadratics().with_recipe(**recipe), method)["trunk.value"]


def begun(taskset: TaskSet, network: MultiTaskNetwork | None = None) -> Training:
    """A run with the first step's batches and losses."""
    tasks = taskset.task_names
    network = network or build_network(taskset, tasks, 0)
    run = Training(taskset, network, 0, MultiHead().optimizer)
    run.keep_batches()
    for _ in run._losses(tasks):
        pass
    return run
