"""What the methods are timed on: networks of a usual size, and tasks of random pictures."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from itertools import repeat
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit import Recipe, TaskSet
from gradsplit.tasksets.parts.trunks import backbone
from gradsplit.training.taskset import Predict
from relations import Task

CLASSES = 10
RESNETS = ("resnet18", "resnet50")


class Pooled(nn.Module):
    """A backbone and the mean of its last map: features [N, channels]."""

    def __init__(self, network: str) -> None:
        super().__init__()
        self.backbone = backbone(f"transformers:{network}")
        self.width = self.backbone.channels

    def forward(self, images: Tensor) -> Tensor:
        """Images [N, 3, H, W] -> features."""
        return self.backbone(images).mean((2, 3))


class SmallViT(nn.Module):
    """Six blocks of width 192 on patches of 8: features [N, 192]."""

    width = 192

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, self.width, 8, 8)
        self.places = nn.Parameter(torch.randn(1, size[0] * size[1] // 64, self.width) * 0.02)
        self.blocks = nn.Sequential(
            *(
                nn.TransformerEncoderLayer(
                    self.width, 3, 4 * self.width, 0.0, "gelu", batch_first=True, norm_first=True
                )
                for _ in range(6)
            )
        )

    def forward(self, images: Tensor) -> Tensor:
        """Images [N, 3, H, W] -> features."""
        tokens = self.patches(images).flatten(2).transpose(1, 2) + self.places
        return self.blocks(tokens).mean(1)


@dataclass(frozen=True)
class RandomPictures(TaskSet):
    """Classifications of noise into ten classes, a batch for each task, always the same.

    Attributes:
        network: "resnet18", "resnet50" or "vit".
        count: Number of tasks.
        size: Height and width of the pictures.
        device: Where the pictures lie, so that no step copies them.
        recipe: Steps and batch size.
    """

    network: str = "resnet18"
    count: int = 4
    size: tuple[int, int] = (64, 64)
    device: str = "cpu"
    recipe: Recipe = field(default_factory=Recipe)
    name = "random-pictures"
    split_modules = ("backbone.layer4",)

    def __post_init__(self) -> None:
        if self.network == "vit":
            object.__setattr__(self, "split_modules", ("blocks.4", "blocks.5"))

    @property
    def tasks(self) -> tuple[Task, ...]:  # type: ignore[override]
        """As many as `count`."""
        return tuple(Task(f"task{number}") for number in range(self.count))

    def trunk(self) -> nn.Module:
        """See `TaskSet.trunk`."""
        return deepcopy(_trunk(self.network, self.size))

    def head(self, task: str) -> nn.Module:  # noqa: ARG002
        """See `TaskSet.head`."""
        return nn.Linear(_trunk(self.network, self.size).width, CLASSES)

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:  # noqa: ARG002
        """See `TaskSet.batches`."""
        count = self.recipe.batch_size
        return repeat(_batch(task, count, self.size, self.device))

    def loss(self, task: str, output: Any, target: Any) -> Tensor:  # noqa: ARG002
        """See `TaskSet.loss`."""
        return nn.functional.cross_entropy(output, target)

    def score(self, task: str, predict: Predict) -> float:  # noqa: ARG002
        """None is of interest."""
        return 0.0


@cache
def _trunk(network: str, size: tuple[int, int]) -> "Pooled | SmallViT":
    """Drawn once: initial weights take longer than a step of a GPU."""
    return Pooled(network) if network in RESNETS else SmallViT(size)


@cache
def _batch(task: str, count: int, size: tuple[int, int], device: str) -> tuple[Tensor, Tensor]:
    """Pictures and labels, drawn once: 512 large pictures take longer than many steps of a GPU."""
    drawn = torch.Generator().manual_seed(int(task.removeprefix("task")))
    images = torch.randn(count, 3, *size, generator=drawn)
    labels = torch.randint(CLASSES, (count,), generator=drawn)
    return images.to(device), labels.to(device)
