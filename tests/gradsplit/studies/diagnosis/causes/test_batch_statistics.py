"""A source whose inputs have another mean and scale, through a trunk with BatchNorm."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gradsplit import Recipe, Task, TaskSet, diagnose
from gradsplit.training.batches import endless_batches
from gradsplit.training.seeding import generator
from gradsplit.training.taskset import Predict
from tests.gradsplit.studies.diagnosis.edges import case, examined

RECIPE = Recipe(steps=60, optimizer="adam", learning_rate=1e-2)


@dataclass(frozen=True)
class TwoWorlds(TaskSet):
    """The same regression of inputs near 0, and of inputs near 4."""

    recipe: Recipe = RECIPE
    name = "two-worlds"
    tasks = (Task("source", False), Task("target", False))

    def trunk(self) -> nn.Module:
        return nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 16))

    def head(self, task: str) -> nn.Module:
        return nn.Linear(16, 1)

    def data(self, task: str, part: str) -> tuple[Tensor, Tensor]:
        inputs = torch.randn(128, 6, generator=generator(0, task, part))
        values = torch.sin(inputs[:, :1]) + inputs[:, 1:2] * inputs[:, 2:3]
        return (3 * inputs + 4 if task == "source" else inputs), values

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        return endless_batches(*self.data(task, "train"), self.recipe.batch_size, seed, task)

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        return nn.functional.mse_loss(output, target)

    def score(self, task: str, predict: Predict) -> float:
        inputs, values = self.data(task, "test")
        return (predict(inputs) - values).square().mean().item()


@pytest.mark.slow
def test_it_is_named_where_it_harms(tmp_path: Path) -> None:
    edge = ("source", "target")
    found = diagnose(TwoWorlds(), [edge], tmp_path, seeds=5, progress=False)
    (diagnosis,) = found.diagnoses
    assert diagnosis.named.cause == "batch statistics"
    assert diagnosis.advice.startswith("give each task the trunk's BatchNorms for itself")
    assert diagnosis.recommended is not None and diagnosis.recommended.target > 0.5
    assert found.mask is None


@pytest.mark.parametrize("norm", [True, False])
def test_it_is_examined_where_the_trunk_has_batch_norm(norm: bool) -> None:
    causes = [what.cause for what in examined(case(norm=norm), lambda what: 0.0)]
    assert ("batch statistics" in causes) == norm


def test_the_change_of_a_loss_is_that_of_the_relation(tmp_path: Path) -> None:
    edge = ("source", "target")
    found = diagnose(TwoWorlds(), [edge], tmp_path, seeds=2, progress=False)
    assert found.diagnoses[0].change == pytest.approx(found.graph.edges[edge]["change"])
    assert found.diagnoses[0].change < -1  # more than twice the loss
