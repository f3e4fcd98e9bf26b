"""The network of a run: one trunk and one head a task."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from gradsplit.training.seeding import seeded
from gradsplit.training.taskset import TaskSet


class MultiTaskNetwork(nn.Module):
    """One trunk and one head a task: `network(inputs, task)` is `head(trunk(inputs))`.

    Args:
        trunk: What all tasks share.
        heads: One module a task, in the order of the tasks.

    Attributes:
        trunk: The trunk.
        heads: The heads; `head_key(task)` is a task's key, its name unless torch forbids that name.

    Example:
        >>> import torch
        >>> network = MultiTaskNetwork(nn.Linear(2, 3), {"pose": nn.Linear(3, 4)})
        >>> network(torch.zeros(5, 2), "pose").shape
        torch.Size([5, 4])
    """

    def __init__(self, trunk: nn.Module, heads: dict[str, nn.Module]) -> None:
        super().__init__()
        self.trunk = trunk
        self.heads = nn.ModuleDict({head_key(task): head for task, head in heads.items()})
        self._keys = {task: head_key(task) for task in heads}

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that have a head, in order."""
        return tuple(self._keys)

    def head(self, task: str) -> nn.Module:
        """The head of a task."""
        return self.heads[self._keys[task]]

    def for_use(self, task: str) -> "MultiTaskNetwork":  # noqa: ARG002 - for who overrides it
        """What answers a task after training: itself, or a simpler network of the same answers."""
        return self

    def forward(self, inputs: Tensor, task: str) -> Any:
        """The output of a task's head for a batch of inputs [N, ...]."""
        return self.heads[self._keys[task]](self.trunk(inputs))


def head_key(task: str) -> str:
    """The name of a task's head in a state dict: the task's name where torch allows it.

    Dots, and names that a module container uses itself, are escaped, so that different tasks never
    share a key.

    Example:
        >>> head_key("pose"), head_key("left.arm"), head_key("keys")
        ('pose', 'left%2Earm', '%keys')
    """
    key = task.replace("%", "%25").replace(".", "%2E")
    return f"%{key}" if hasattr(nn.ModuleDict(), key) else key


def build_network(taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
    """The initial network of a run, the same trunk and heads for all runs of a seed.

    Args:
        taskset: Builds trunk and heads.
        tasks: The run's tasks.
        seed: The run's seed.
    """
    with seeded(seed, "trunk"):
        trunk = taskset.trunk()
    heads: dict[str, nn.Module] = {}
    for task in tasks:
        with seeded(seed, "head", task):
            heads[task] = taskset.head(task)
    return MultiTaskNetwork(trunk, heads)
