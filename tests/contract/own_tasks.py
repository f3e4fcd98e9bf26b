"""The task set of which ledgers/own.sql holds runs, as it was then: its class is never edited."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit import Recipe, Task, TaskSet
from gradsplit.training.batches import endless_batches
from gradsplit.training.seeding import generator

Samples = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Shapes(TaskSet):
    """Which shape it is, where it is, and how bright."""

    samples: int = 400  # labelled pictures of each task; an option: --set samples=800
    name = "shapes"
    tasks = (Task("shape"), Task("place", higher_is_better=False), Task("light"))
    split_modules = ("last",)
    recipe = Recipe(steps=300, batch_size=32, learning_rate=5e-3)

    def trunk(self) -> nn.Module:
        """What the tasks share."""
        trunk = nn.Sequential(nn.Conv2d(1, 12, 5, stride=2, padding=2), nn.GroupNorm(3, 12))
        trunk.extend([nn.ReLU(), nn.Conv2d(12, 12, 3, stride=2, padding=1), nn.ReLU()])
        trunk.append(nn.Flatten())
        trunk.add_module("last", nn.Linear(12 * 4 * 4, 24))
        return trunk.append(nn.ReLU())

    def head(self, task: str) -> nn.Module:
        """What a task has of its own."""
        return nn.Linear(24, {"shape": 3, "place": 2, "light": 2}[task])

    def batches(self, task: str, seed: int) -> Iterator[Samples]:
        """Endless training batches."""
        inputs, target = self.pictures(task, self.samples, "training")
        return endless_batches(inputs, target, self.recipe.batch_size, seed, task)

    def loss(self, task: str, output: Tensor, target: Tensor) -> Tensor:
        """Mean loss of a batch."""
        return F.mse_loss(output, target) if task == "place" else F.cross_entropy(output, target)

    def score(self, task: str, predict) -> float:
        """The metric on pictures of a test set."""
        inputs, target = self.pictures(task, 500, "test")
        output = predict(inputs)
        if task == "place":  # mean distance in pixels
            return (output - target).norm(dim=1).mean().item()
        return (output.argmax(dim=1) == target).float().mean().item()

    def pictures(self, task: str, count: int, purpose: str) -> Samples:
        """Pictures [count, 1, 16, 16] that are labelled for one task."""
        stream = generator(0, purpose, task)
        shape, light = (torch.randint(n, (count,), generator=stream) for n in (3, 2))
        place = 8 * torch.rand(count, 2, generator=stream) - 4
        pixels = torch.arange(16) - 7.5
        dy, dx = ((pixels - place[:, i, None]).abs() for i in (0, 1))
        far, near = dy[:, :, None].maximum(dx[:, None]), dy[:, :, None].minimum(dx[:, None])
        # Square, rhomb, cross.
        drawn = torch.stack([far < 3, far + near < 4, (near < 1) & (far < 4)])
        pictures = drawn[shape, range(count)] * (0.6 + 0.4 * light[:, None, None])
        pictures = pictures + 0.15 * torch.randn(pictures.shape, generator=stream)
        return pictures[:, None], {"shape": shape, "place": place, "light": light}[task]
