"""Networks with parts of the trunk for each task alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from gradsplit.errors import ModuleNameError
from gradsplit.training.network import MultiTaskNetwork, head_key


class PerTask(nn.Module):
    """One module a task in the place of one module; which of them acts is set from outside.

    Args:
        modules: Task -> module.
    """

    def __init__(self, modules: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.by_task = nn.ModuleDict({head_key(task): one for task, one in modules.items()})
        self.task = next(iter(modules))

    def forward(self, *inputs: Any) -> Any:
        """What the current task's module makes of the inputs."""
        return self.by_task[head_key(self.task)](*inputs)


class PerTaskNetwork(MultiTaskNetwork):
    """A trunk and heads, with a module for each task in some places of the trunk.

    Such a trunk has to be run once a task, from the first of these places on.

    Args:
        network: What to change; its trunk is changed in place.
        places: Names of the trunk's modules to have once a task.
        make: The module of one task, from the one that is there.

    Attributes:
        task_specific: Names of the trunk's modules that each task has for itself.

    Raises:
        ModuleNameError: The trunk has no module of such a name.

    Example:
        >>> import copy
        >>> import torch
        >>> shared = MultiTaskNetwork(nn.Sequential(nn.Linear(2, 3)), {"pose": nn.Identity()})
        >>> PerTaskNetwork(shared, ["0"], copy.deepcopy)(torch.zeros(1, 2), "pose").shape
        torch.Size([1, 3])
    """

    def __init__(
        self,
        network: MultiTaskNetwork,
        places: Sequence[str],
        make: Callable[[nn.Module], nn.Module],
    ) -> None:
        super().__init__(network.trunk, {task: network.head(task) for task in network.tasks})
        self.task_specific = tuple(places)
        self._parts: list[PerTask] = []
        for place in places:
            original = _module(network.trunk, place)
            part = PerTask({task: make(original) for task in self.tasks})
            network.trunk.set_submodule(place, part)
            self._parts.append(part)

    def forward(self, inputs: Tensor, task: str) -> Any:
        """The output of a task's head for a batch of inputs [N, ...]."""
        for part in self._parts:
            part.task = task
        return super().forward(inputs, task)


def _module(trunk: nn.Module, name: str) -> nn.Module:
    try:
        return trunk.get_submodule(name)
    except AttributeError:
        children = ", ".join(child for child, _ in trunk.named_children())
        raise ModuleNameError(
            f"The trunk has no module `{name}`. Its children are {children}."
        ) from None
