"""A task set whose losses do not divide by themselves: holes in labels, coupled samples."""

from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.tasksets.parts.losses import batch_hard_triplet
from gradsplit.training.batches import endless_batches
from tests.gradsplit.toy_tasks import Toy

CLASS = Toy().task_names[2]


class Holes(Toy):
    """`sum` has labels of some samples only, `error` couples its samples in a structure."""

    def head(self, task: str) -> nn.Module:
        head = super().head(task)
        return Named(head) if task == "error" else head

    def batches(self, task: str, seed: int):
        for inputs, target in endless_batches(
            *self.data(task, 0), self.recipe.batch_size, seed, task
        ):
            if task == "sum":
                # Draws from the global generator, as a method may do at the same time.
                known = torch.rand(len(inputs), 1) < torch.linspace(0.1, 0.9, len(inputs))[:, None]
                target = {**target, "known": known}
            yield inputs, target

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        if task == "error":
            near = batch_hard_triplet(output["features"], (target["value"][:, 0] > 0).long())
            return near + nn.functional.mse_loss(output["values"][0], target["value"])
        if task == "sum":
            error = (output - target["value"]).square() * target["known"]
            return error.sum() / target["known"].sum().clamp(min=1)
        return super().loss(task, output, target)

    def score(self, task: str, predict) -> float:
        if task == "error":
            inputs, target = self.data(task, 1)
            return (predict(inputs)["values"][0] - target["value"]).square().mean().item()
        return super().score(task, predict)


class Named(nn.Module):
    """A head whose output is a structure."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, features: Tensor) -> dict[str, Any]:
        return {"features": features, "values": (self.head(features),)}
