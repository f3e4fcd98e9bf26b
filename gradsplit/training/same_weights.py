"""Whether networks of different seeds begin with different weights: else seeds are no repeats."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from gradsplit.errors import SeedNote
from gradsplit.training.seeding import seeded
from gradsplit.training.taskset import TaskSet

_SEEDS = (0, 1)
_HOW = (
    "Let layers draw them from torch's global generator, which is set to the run's seed before, "
    "and set no seed of your own there."
)


@dataclass(frozen=True)
class SameWeights:
    """What begins with the same weights whatever the seed; of trained parameters that are drawn.

    Constant parameters, such as biases of zero, and frozen ones do not count.

    Attributes:
        trunk: Whether the trunk does.
        heads: The tasks whose head does.
        others: Whether a head begins otherwise.
    """

    trunk: bool
    heads: tuple[str, ...]
    others: bool

    NARROW: ClassVar[str] = "seeds would not be repeats, and intervals falsely narrow"

    @property
    def everything(self) -> bool:
        """Whether the whole network does: no pretrained trunk does that, as its heads are drawn."""
        return self.trunk and bool(self.heads) and not self.others

    @property
    def text(self) -> str:
        """In a sentence or two; "" where all is well."""
        if self.everything:
            same = "`trunk()` and `head()` give the same weights for every seed"
            return f"{same}: {self.NARROW}. {_HOW}"
        if self.trunk:
            return (
                "`trunk()` gives the same weights for every seed. That is right for pretrained "
                f"weights; of others {self.NARROW}. {_HOW}"
            )
        if self.heads:
            named = ", ".join(f"`head({task!r})`" for task in self.heads)
            return f"{named}: the same weights for every seed, so {self.NARROW}. {_HOW}"
        return ""


def same_weights(taskset: TaskSet) -> SameWeights:
    """Build the network as two seeds begin with it, and compare.

    Raises:
        Exception: What the task set raises.

    Cost: two networks.
    """
    sets = [taskset.for_seed(seed) for seed in _SEEDS]
    trunk = _same(
        [_built(one.trunk, seed, "trunk") for one, seed in zip(sets, _SEEDS, strict=True)]
    )
    heads = {
        task: _same(
            [_built(one.head, seed, "head", task) for one, seed in zip(sets, _SEEDS, strict=True)]
        )
        for task in taskset.task_names
    }
    return SameWeights(
        trunk is True,
        tuple(task for task, same in heads.items() if same),
        any(same is False for same in heads.values()),
    )


_looked: set[type] = set()


def say_same_weights(taskset: TaskSet) -> None:
    """Warn before runs are trained whose seeds all begin alike; once for each class and process.

    Warns:
        SeedNote: The whole network begins with the same weights. That of a pretrained trunk is as
            it should be, and only `gradsplit check` says it.
    """
    if type(taskset) in _looked:
        return
    _looked.add(type(taskset))
    try:
        found = same_weights(taskset)
    except (Exception, SystemExit):  # the user's own: its runs will tell
        return
    if found.everything:
        warnings.warn(f"Task set `{taskset.name}`: {found.text}", SeedNote, stacklevel=3)


def _built(build: Callable[..., nn.Module], seed: int, *purpose: str) -> list[Tensor]:
    """The drawn parameters of a module as a run of a seed builds it."""
    with seeded(seed, *purpose):
        module = build(*purpose[1:])
    return [
        one.detach()
        for one in module.parameters()
        if one.requires_grad
        and not is_lazy(one)
        and one.numel() > 1
        and (one != one.flatten()[0]).any()
    ]


def _same(networks: list[list[Tensor]]) -> bool | None:
    """Whether all are the same; None where nothing is drawn."""
    first, second = networks
    if not first and not second:
        return None
    return len(first) == len(second) and all(
        one.shape == other.shape and torch.equal(one, other)
        for one, other in zip(first, second, strict=True)
    )
