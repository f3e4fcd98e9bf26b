"""A small network with every layer family of the first kind, and masks."""

import numpy as np
import torch
from torch import Tensor, nn

from gradsplit.engine.reference import relative_errors
from relations.mask import GradientMask

TASKS = ("attribute", "reid", "pose", "parsing")
# Row = source, column = group: the mask of the method's paper.
PAPER = GradientMask(
    tasks=list(TASKS),
    may_update=np.array([[1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]], dtype=bool),
)
SPLIT = ["conv", "norm", "block", "linear", "layer_norm"]
IDS = [0, 0, 1, 2, 2, 3, 3, 3]


class SmallNet(nn.Module):
    """Stem below the split; a block used twice and a residual sum inside; heads above."""

    def __init__(self, channels: int = 10, norm: type[nn.Module] = nn.GroupNorm) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 5, 3, padding=1)
        self.conv = nn.Conv2d(5, channels, 3, padding=1)
        self.norm = norm(2, channels) if norm is nn.GroupNorm else norm(channels)
        self.block = nn.Conv2d(channels, channels, 1)
        self.linear = nn.Linear(channels, 7)
        self.layer_norm = nn.LayerNorm(7)
        self.heads = nn.ModuleDict({task: nn.Linear(7, 2) for task in TASKS})

    def features(self, images: Tensor) -> Tensor:
        hidden = self.norm(self.conv(self.stem(images).relu())).relu_()
        hidden = self.block(hidden + self.block(hidden))
        return self.layer_norm(self.linear(hidden.mean((2, 3)))).relu()

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        features = self.features(images)
        return {task: head(features) for task, head in self.heads.items()}


LOSSES = {task: (lambda output, task=task: output[task].square().sum()) for task in TASKS}


def small_net(**options) -> tuple[SmallNet, Tensor]:
    torch.manual_seed(0)
    return SmallNet(**options).double(), torch.randn(8, 3, 6, 6, dtype=torch.float64)


def losses_of(model: SmallNet, images: Tensor) -> dict[str, Tensor]:
    output = model(images)
    return {task: LOSSES[task](output) for task in TASKS}


def gradients(model: nn.Module) -> dict[str, Tensor]:
    """Take the accumulated gradients away."""
    found = {}
    for name, parameter in model.named_parameters():
        found[name] = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        parameter.grad = None
    return found


def furthest(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> float:
    """Largest relative difference of any parameter."""
    return max(relative_errors(found, wanted).values())


def random_mask(tasks: int, seed: int, open_share: float = 0.5) -> GradientMask:
    generator = np.random.default_rng(seed)
    may_update = generator.random((tasks, tasks)) < open_share
    np.fill_diagonal(may_update, True)
    return GradientMask(tasks=[f"t{index}" for index in range(tasks)], may_update=may_update)
