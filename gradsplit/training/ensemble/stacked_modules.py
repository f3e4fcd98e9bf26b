"""Parameters of many modules of one kind along a new first axis."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError

State = dict[str, Tensor]


@dataclass
class StackedModules:
    """Modules of one kind with stacked parameters and buffers, members along the first axis.

    Attributes:
        module: One of them, for its form.
        parameters: Name -> [M, ...].
        buffers: Name -> [M, ...].
    """

    module: nn.Module
    parameters: State
    buffers: State

    @classmethod
    def of(cls, modules: Sequence[nn.Module]) -> "StackedModules":
        """Copies of the modules' parameters and buffers, stacked; the first gives the form."""
        parameters = _stacked([dict(module.named_parameters()) for module in modules])
        for name, value in modules[0].named_parameters():
            parameters[name].requires_grad_(value.requires_grad)
        buffers = _stacked([dict(module.named_buffers()) for module in modules])
        return cls(modules[0].train(), parameters, buffers)

    def state(self) -> State:
        """Parameters and buffers by name, [M, ...] each."""
        return {**self.parameters, **self.buffers}

    def write_to(self, modules: Sequence[nn.Module]) -> None:
        """Copy each member's slice into its module."""
        with torch.no_grad():
            for member, module in enumerate(modules):
                own = {**dict(module.named_parameters()), **dict(module.named_buffers())}
                for name, value in own.items():
                    value.copy_(self.state()[name][member])


def _stacked(states: Sequence[State]) -> State:
    """Tensors of the same name along a new first axis."""
    try:
        # vmap knows no other memory format; `contiguous()` would leave 1x1 kernels as they are.
        plain = torch.contiguous_format
        return {
            name: torch.stack([one[name].detach() for one in states]).clone(memory_format=plain)
            for name in states[0]
        }
    except (KeyError, RuntimeError) as wrong:
        raise GradSplitError(
            f"Networks of all seeds must have parameters of the same names and shapes: {wrong}"
        ) from wrong
