"""A case of the exactness suite: a network, a batch, what is split, and one loss a task."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from relations.mask import GradientMask

DEVICE = os.environ.get("GRADSPLIT_TEST_DEVICE", "cpu")
"""Where the suite runs."""


@dataclass(frozen=True)
class Case:
    """Builds a network and a batch in float64.

    Attributes:
        build: The network; called with a fixed seed.
        batch: The batch; every tensor has its samples in the first dimension.
        modules: What is split.
        tasks: Number of tasks.
        mixed: Whether mixed batches are exact here.
        options: Options of `GradSplit`.
    """

    build: Callable[[], nn.Module]
    batch: Callable[[], Any]
    modules: tuple[str, ...]
    tasks: int = 3
    mixed: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    def make(self, dtype: torch.dtype = torch.float64) -> tuple[nn.Module, Any]:
        """The network and its batch."""
        torch.manual_seed(0)
        model = self.build().to(dtype)
        with torch.no_grad():
            for parameter in model.parameters():
                # Away from the zeros and ones of initialisation, which hide mistakes.
                parameter += 0.1 * torch.randn_like(parameter)
        batch = self.batch()
        cast = {key: _cast(value, dtype).to(DEVICE) for key, value in _items(batch)}
        model = model.to(DEVICE)
        return model, cast if isinstance(batch, dict) else tuple(cast.values())


def _items(batch: Any) -> list[tuple[Any, Tensor]]:
    if isinstance(batch, dict):
        return list(batch.items())
    return list(enumerate(batch if isinstance(batch, tuple) else (batch,)))


def _cast(value: Tensor, dtype: torch.dtype) -> Tensor:
    return value.to(dtype) if value.is_floating_point() else value


def losses(tasks: int) -> dict[str, Callable[[Any], Tensor]]:
    """A different smooth loss a task, of everything the network gives."""

    def loss_of(index: int) -> Callable[[Any], Tensor]:
        def loss(output: Any) -> Tensor:
            leaves = [leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor)]
            leaves = [leaf for leaf in leaves if leaf.is_floating_point() and leaf.requires_grad]
            return torch.stack([(leaf * (1 + index)).sin().sum() for leaf in leaves]).sum()

        return loss

    return {f"t{index}": loss_of(index) for index in range(tasks)}


def masks(tasks: int) -> dict[str, GradientMask]:
    """Masks of every kind: none may, all may, rows alike, and at random."""
    names = [f"t{index}" for index in range(tasks)]
    generator = np.random.default_rng(tasks)
    drawn = generator.random((tasks, tasks)) < 0.5
    paper = np.ones((tasks, tasks), dtype=bool)
    paper[: tasks // 2] = False
    for may_update in (drawn, paper):
        np.fill_diagonal(may_update, True)
    return {
        "identity": GradientMask.identity(names),
        "random": GradientMask(tasks=names, may_update=drawn),
        "paper-like": GradientMask(tasks=names, may_update=paper),
    }


def task_ids(samples: int, tasks: int, *, mixed_up: bool = False) -> Tensor:
    """A task for each sample, neighbours or mixed up; every task if there are enough samples."""
    ids = torch.arange(samples) % tasks
    return ids if mixed_up else ids.sort().values
