"""Further passes of a batch through the tasks' own parts, with what tasks share computed once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from gradsplit.training.methods.own_parts.per_task import TaskPart, TaskPartsNetwork


class SharedOutputs:
    """Keeps what a pass computes before the first of the tasks' own parts.

    It listens to every pass that is made with gradients, and keeps the outputs of the largest
    modules without a task's own part in them. In a further pass these modules give out what was
    kept; what the trunk computes between them, and all from the first own part on, is computed
    again. Where something was changed in place since, the whole trunk is.

    Args:
        network: What is passed through.

    Example:
        >>> import copy
        >>> from gradsplit.training.methods.own_parts.per_task import PerTaskNetwork
        >>> from gradsplit.training.network import MultiTaskNetwork
        >>> trunk = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 3))
        >>> heads = {task: nn.Identity() for task in ("pose", "reid")}
        >>> network = PerTaskNetwork(MultiTaskNetwork(trunk, heads), ["1"], copy.deepcopy)
        >>> shared, inputs = SharedOutputs(network), torch.ones(1, 2)
        >>> with shared.listening():
        ...     pose = network(inputs, "pose")
        ...     reid = shared.again(inputs, "reid")
        >>> torch.equal(pose, reid)  # all copies are equal at first
        True
    """

    def __init__(self, network: TaskPartsNetwork) -> None:
        self._network = network
        self._modules = list(dict.fromkeys(_shared(network.trunk)))
        self.forget()
        self._replaying = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Inside, passes are listened to."""
        trunk = self._network.trunk
        own = [one for one in trunk.modules() if isinstance(one, TaskPart)]
        with ExitStack() as hooks:
            hooks.callback(self.forget)
            hooks.enter_context(_hooked(trunk.register_forward_pre_hook(self._begin)))
            for module in own:
                hooks.enter_context(_hooked(module.register_forward_pre_hook(self._end)))
            for module in self._modules:
                hooks.enter_context(_hooked(module.register_forward_hook(self._keep)))
            yield

    def again(self, inputs: Tensor, task: str) -> Any:
        """What the trunk makes of the inputs of the last pass, with a task's own parts."""
        kept = self._kept if inputs is self._inputs and self._unchanged() else []
        outputs: dict[nn.Module, list[Any]] = {}
        for module, output in kept:
            outputs.setdefault(module, []).append(output)
        self._replaying = True
        try:
            with ExitStack() as replaced:
                for module, of_module in outputs.items():
                    replaced.enter_context(_giving_out(module, of_module))
                return self._network.features(inputs, task)
        finally:
            self._replaying = False

    def forget(self) -> None:
        """Let go of what is kept."""
        self._inputs: Any = None
        self._kept: list[tuple[nn.Module, Any]] = []
        self._versions: dict[int, tuple[Tensor, int]] = {}
        self._open = False

    def _begin(self, _: nn.Module, args: tuple[Any, ...]) -> None:
        if not self._replaying:
            self.forget()
            self._inputs, self._open = args[0], torch.is_grad_enabled()

    def _end(self, *_: Any) -> None:
        self._open = False

    def _keep(self, module: nn.Module, _: Any, output: Any) -> None:
        if self._open and not self._replaying:
            self._kept.append((module, output))
            for tensor in tree_leaves(output):
                if isinstance(tensor, Tensor):
                    # A later module may have changed it in place and given it out as its own.
                    self._versions[id(tensor)] = tensor, tensor._version

    def _unchanged(self) -> bool:
        return all(tensor._version == version for tensor, version in self._versions.values())


def _shared(module: nn.Module) -> Iterator[nn.Module]:
    """The largest modules below one that hold no task's own part."""
    for child in module.children():
        if isinstance(child, TaskPart):
            continue
        if any(isinstance(part, TaskPart) for part in child.modules()):
            yield from _shared(child)
        else:
            yield child


@contextmanager
def _hooked(handle: torch.utils.hooks.RemovableHandle) -> Iterator[None]:
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def _giving_out(module: nn.Module, outputs: list[Any]) -> Iterator[None]:
    """Inside, a module's first calls give out what it gave before."""
    before = module.__dict__.get("forward")
    module.forward = partial(_next, iter(outputs), module.forward)
    try:
        yield
    finally:
        if before is None:
            del module.forward
        else:
            module.forward = before


def _next(kept: Iterator[Any], forward: Any, *args: Any, **kwargs: Any) -> Any:
    for output in kept:
        return output
    return forward(*args, **kwargs)
