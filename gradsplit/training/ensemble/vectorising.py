"""What many runs at once need of networks and losses, and the runs' initial networks."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.memory import out_of_memory
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.taskset import TaskSet

Runs = Sequence[tuple[Sequence[str], int]]
"""(tasks, seed) of each run."""


def initial_networks(
    sets: Mapping[int, TaskSet], runs: Runs, place: torch.device
) -> list[MultiTaskNetwork]:
    """The initial network of each run; those of one seed are copies, drawn once."""
    drawn = {
        seed: build_network(taskset, taskset.task_names, seed).to(place)
        for seed, taskset in sets.items()
    }
    return [
        MultiTaskNetwork(
            copy.deepcopy(drawn[seed].trunk),
            {task: copy.deepcopy(drawn[seed].head(task)) for task in tasks},
        )
        for tasks, seed in runs
    ]


def vectorised(losses: Callable[..., Tensor], *arguments: Any) -> Tensor:
    """Every member's loss [m].

    Raises:
        GradSplitError: The networks or losses cannot be vectorised.
    """
    try:
        return losses(*arguments)
    except RuntimeError as wrong:
        if out_of_memory(wrong):
            raise
        raise GradSplitError(
            "This task set's networks or losses cannot be computed for many runs at once: "
            f"{str(wrong).splitlines()[0]} Train its runs one by one (executor in-process or "
            "processes), or write them with tensor operations only."
        ) from wrong


def check_vectorisable(module: nn.Module) -> None:
    """Refuse layers that would make members differ from runs of their own."""
    kind = type(module).__name__
    if isinstance(module, nn.modules.batchnorm._NormBase) and module.track_running_stats:
        raise GradSplitError(
            f"The network has a {kind}, whose running statistics cannot be trained for many runs "
            "at once. Use GroupNorm, or train the runs one by one."
        )
    if isinstance(module, nn.modules.dropout._DropoutNd) and module.p > 0:
        raise GradSplitError(
            f"The network has a {kind}, which would draw other numbers than a run of its own. "
            "Take it out, or train the runs one by one."
        )
