"""Training on several processes, and by the reference in one process on the joint batch.

Process r takes every second sample, from the r-th; losses are means, so the average over processes
of a gradient is the gradient on the joint batch.
"""

from collections.abc import Callable
from functools import cache

import torch
import torch.distributed as dist
from torch import Tensor, nn

from gradsplit.engine.split import GradSplit
from tests.gradsplit.engine.split_examples import (
    PAPER,
    SPLIT,
    TASKS,
    SmallNet,
    furthest,
    reference,
)

# Each half holds two samples of every task.
IDS = torch.arange(16) // 4
REGIMES = ("task", "samples", "backward")
STEPS = 3


def net() -> SmallNet:
    torch.manual_seed(0)
    return SmallNet().double()


def images() -> Tensor:
    torch.manual_seed(1)
    return torch.randn(16, 3, 6, 6, dtype=torch.float64)


def own(tensor: Tensor) -> Tensor:
    """This process's half of a batch."""
    return tensor[dist.get_rank() :: 2]


def losses(output: dict[str, Tensor], regime: str, ids: Tensor) -> dict[str, Tensor]:
    """The mean loss of each task: of its own samples, or of all if they are shared."""
    return {
        task: output[task][... if regime == "backward" else ids == index].square().mean()
        for index, task in enumerate(TASKS)
    }


def propagate(model, split: GradSplit, regime: str, batch: Tensor, ids: Tensor, scale=1.0) -> None:
    """One step's forward and backward passes in a regime."""
    if regime == "task":
        for index, task in enumerate(TASKS):
            with split.task(task):
                (scale * model(batch[ids == index])[task].square().mean()).backward()
    elif regime == "samples":
        with split.samples(ids):
            output = model(batch)
        (scale * sum(losses(output, regime, ids).values())).backward()
    else:
        by_task = losses(model(batch), regime, ids)
        split.backward({task: scale * loss for task, loss in by_task.items()})


@cache
def trained_by_reference(regime: str) -> dict[str, Tensor]:
    """The parameters after a few steps in one process, by one backward pass a task."""
    core = net()
    split = GradSplit(core, PAPER, SPLIT)

    def gradients() -> None:
        wanted = reference(split, core, losses(core(images()), regime, IDS))
        for name, parameter in core.named_parameters():
            parameter.grad = wanted[name]

    return _steps(core, gradients)


def trained(core: nn.Module, step: Callable[[], None]) -> dict[str, Tensor]:
    """The parameters after a few steps over the processes, of any way to run one step's passes."""

    def gradients() -> None:
        step()
        average_unwrapped(core)

    return _steps(core, gradients)


def trained_alone(core: nn.Module, step: Callable[[], None]) -> dict[str, Tensor]:
    """The same where a wrapper averages all gradients."""
    return _steps(core, step)


def average_unwrapped(core: nn.Module, but: str = "nothing") -> None:
    """Average the gradients of parameters that no wrapper averages: those that are not sharded."""
    for name, parameter in core.named_parameters():
        gradient = parameter.grad
        if gradient is not None and not hasattr(gradient, "full_tensor") and but not in name:
            dist.all_reduce(gradient)
            gradient /= dist.get_world_size()


def _steps(core: nn.Module, gradients: Callable[[], None]) -> dict[str, Tensor]:
    optimizer = torch.optim.SGD(core.parameters(), 0.05, momentum=0.9)
    for _ in range(STEPS):
        optimizer.zero_grad()
        gradients()
        optimizer.step()
    return parameters(core)


def parameters(core: nn.Module) -> dict[str, Tensor]:
    return {name: whole(value.detach()) for name, value in core.named_parameters()}


def whole(tensor: Tensor) -> Tensor:
    """A tensor in one piece, in every process."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor.clone()  # type: ignore[operator]


def assert_as_by_reference(found: dict[str, Tensor], regime: str) -> None:
    worst = furthest(found, trained_by_reference(regime))
    assert worst < 1e-12, worst


def propagate_other_tasks(model: nn.Module, split: GradSplit) -> None:
    """A mixed batch whose first half, of two tasks, is one process's and the second the other's."""
    half = slice(8 * dist.get_rank(), 8 * dist.get_rank() + 8)
    batch, ids = images()[half], IDS[half]
    with split.samples(ids):
        output = model(batch)
    # Twice the mean over four samples with two numbers each: the processes are averaged.
    kept = [output[t][ids == i].square().sum() / 4 for i, t in enumerate(TASKS)]
    torch.stack(kept).sum().backward()
