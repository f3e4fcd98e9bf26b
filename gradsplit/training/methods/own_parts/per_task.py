"""Networks with parts of the trunk for each task alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from gradsplit.errors import ModuleNameError
from gradsplit.training.network import MultiTaskNetwork, head_key


class TaskPart(nn.Module):
    """A part of a trunk that does something else for each task; which task is set from outside.

    Args:
        tasks: The tasks, one or more.

    Attributes:
        task: The current task; the first at the beginning.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__()
        self.task = tasks[0]


class PerTask(TaskPart):
    """One module a task in the place of one module.

    Code that looks at the module (torch's own transformer asks a norm for its `eps`) is shown the
    current task's.

    Args:
        modules: Task -> module.

    Example:
        >>> PerTask({"pose": nn.LayerNorm(3), "reid": nn.LayerNorm(3)}).eps
        1e-05
    """

    def __init__(self, modules: Mapping[str, nn.Module]) -> None:
        super().__init__(list(modules))
        self.by_task = nn.ModuleDict({head_key(task): one for task, one in modules.items()})

    def forward(self, *inputs: Any) -> Any:
        """What the current task's module makes of the inputs."""
        return self.by_task[head_key(self.task)](*inputs)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            # While it is made or copied, there are no modules yet; how it is copied is its own.
            modules = self.__dict__.get("_modules", {})
            if "by_task" not in modules or name.startswith("__"):
                raise
            return getattr(modules["by_task"][head_key(self.task)], name)


class TaskPartsNetwork(MultiTaskNetwork):
    """A trunk and heads, with parts in the trunk that each task has for itself.

    Such a trunk has to be run once a task, from the first of these parts on.

    Args:
        network: The trunk, with its `TaskPart`s in it, and heads.
        places: Names of the trunk's modules that do something else for each task.

    Attributes:
        task_specific: The same names.
    """

    def __init__(self, network: MultiTaskNetwork, places: Sequence[str]) -> None:
        super().__init__(network.trunk, {task: network.head(task) for task in network.tasks})
        self.task_specific = tuple(places)
        self._parts = [part for part in self.trunk.modules() if isinstance(part, TaskPart)]

    def features(self, inputs: Tensor, task: str) -> Any:
        """What the trunk with a task's own parts makes of a batch of inputs [N, ...]."""
        for part in self._parts:
            part.task = task
        return self.trunk(inputs)

    def forward(self, inputs: Tensor, task: str) -> Any:
        """The output of a task's head for a batch of inputs [N, ...]."""
        return self.head(task)(self.features(inputs, task))


class PerTaskNetwork(TaskPartsNetwork):
    """A trunk and heads, with a module for each task in some places of the trunk.

    Args:
        network: What to change; its trunk is changed in place.
        places: Names of the trunk's modules to have once a task.
        make: The module of one task, from the one that is there.

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
        for place in places:
            original = module_named(network.trunk, place)
            part = PerTask({task: make(original) for task in network.tasks})
            network.trunk.set_submodule(place, part)
        super().__init__(network, places)


def module_named(trunk: nn.Module, name: str) -> nn.Module:
    """A trunk's module.

    Raises:
        ModuleNameError: There is none of that name.
    """
    try:
        return trunk.get_submodule(name)
    except AttributeError:
        children = ", ".join(child for child, _ in trunk.named_children())
        raise ModuleNameError(
            f"The trunk has no module `{name}`. Its children are {children}."
        ) from None
