"""A small network with every layer family of the first kind, and masks."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from gradsplit.engine.owners import Owners
from gradsplit.engine.reference import reference_gradients, relative_errors
from gradsplit.engine.split import GradSplit
from relations.mask import GradientMask

TASKS = ("attribute", "reid", "pose", "parsing")
# Row = source, column = group: the mask of the method's paper.
PAPER = GradientMask(
    tasks=list(TASKS),
    may_update=np.array([[1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]], dtype=bool),
)
SPLIT = ["conv", "norm", "block", "linear", "layer_norm"]
IDS = [0, 0, 1, 2, 2, 3, 3, 3]

TWO = GradientMask.identity(["a", "b"])
TWO_IDS = [0, 0, 1, 1]


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


def mixed_losses(output: dict[str, Tensor]) -> dict[str, Tensor]:
    """The losses of a mixed batch: each task's of its own samples."""
    return {
        task: LOSSES[task]({task: output[task][torch.tensor(IDS) == index]})
        for index, task in enumerate(TASKS)
    }


def reference(split: GradSplit, model: nn.Module, losses: dict[str, Tensor]) -> dict[str, Tensor]:
    """The masked gradients of all parameters by one backward pass a task."""
    return reference_gradients(split, losses, dict(model.named_parameters()))


def sequential_split(*layers: nn.Module, modules=("0",), **options) -> tuple[nn.Module, GradSplit]:
    """Layers in a row, split between two tasks."""
    model = nn.Sequential(*layers).double()
    return model, GradSplit(model, TWO, modules, **options)


def four(*shape: int) -> Tensor:
    """A batch of four samples."""
    return torch.randn(4, *shape, dtype=torch.float64)


def masked_outputs(
    model: nn.Module,
    mask: GradientMask,
    dims: dict[str, int],
    losses: Callable[[], dict[str, Tensor]],
) -> dict[str, Tensor]:
    """Gradients of mode="feature" by hooks on the modules' outputs, one backward pass a task.

    Args:
        model: The network.
        mask: The mask.
        dims: The split modules, and the dimension of the channels in the output of each.
        losses: A forward pass.
    """
    owners = Owners(mask.tasks)
    row: list[np.ndarray] = []

    def hook(dim: int):
        def mask_output(module, inputs, output):
            shape = [1] * output.ndim
            shape[dim] = -1
            owner = owners.of(output.shape[dim])
            output.register_hook(
                lambda g: torch.where(torch.from_numpy(row[0][owner]).view(shape), g, 0)
            )

        return mask_output

    handles = [
        model.get_submodule(name).register_forward_hook(hook(dim)) for name, dim in dims.items()
    ]
    by_task = losses()
    trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
    totals = {name: torch.zeros_like(value) for name, value in trained.items()}
    for task, loss in by_task.items():
        row[:] = [mask.may_update[list(mask.tasks).index(task)]]
        parameters = list(trained.values())
        of_task = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
        for name, value in zip(totals, of_task, strict=True):
            totals[name] += 0 if value is None else value
    for handle in handles:
        handle.remove()
    return totals
