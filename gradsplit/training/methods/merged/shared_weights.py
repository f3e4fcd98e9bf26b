"""The trunk's parameters as tables of connections, and the fusion of what branches made of them."""

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

Kind = Literal["connections", "scale", "shift", "bias"]


@dataclass(frozen=True)
class SharedWeight:
    """A parameter of the trunk, as fusing and routing see it.

    Attributes:
        name: In the trunk.
        parameter: Itself.
        kind: "connections" [O, I, ...], from each of I inputs to each of O outputs; a linear layer
            is one with kernels of one number, and any other parameter of two or more dimensions is
            taken alike. Of the rest [O], "scale" and "shift" are those of a norm, "bias" is that of
            connections; what is none of these is a shift.
        routed: It is the weight of a convolution or of a linear layer.
    """

    name: str
    parameter: nn.Parameter
    kind: Kind
    routed: bool

    @property
    def table(self) -> tuple[int, ...]:
        """The shape of its table of connections: [O, I], or [O] of what has one dimension."""
        return tuple(self.parameter.shape[:2])


def shared_weights(trunk: nn.Module) -> list[SharedWeight]:
    """The parameters of a trunk that are trained, each once.

    Example:
        >>> trunk = nn.Sequential(nn.Conv2d(3, 4, 1), nn.GroupNorm(2, 4))
        >>> [(one.name, one.kind, one.table) for one in shared_weights(trunk)][:2]
        [('0.weight', 'connections', (4, 3)), ('0.bias', 'bias', (4,))]
        >>> [one.kind for one in shared_weights(trunk)][2:]
        ['scale', 'shift']
    """
    return [
        SharedWeight(name, parameter, _kind(trunk, name, parameter), _is_routed(trunk, name))
        for name, parameter in trunk.named_parameters()
        if parameter.requires_grad
    ]


def fuse(start: Tensor, changes: Tensor, weights: Tensor, least: float) -> Tensor:
    """A parameter after branches have moved it, each connection by a weighted mean of their moves.

    Args:
        start: Where all branches started [O, I, ...].
        changes: What each has added [T, O, I, ...].
        weights: Of each branch, for each connection [T, O, I], 0 or more.
        least: Added to the sum of the weights.

    Example:
        >>> import torch
        >>> moves = torch.tensor([[1.0, 1.0], [3.0, -1.0]])
        >>> fuse(torch.zeros(2), moves, torch.tensor([[0.75, 0.25], [0.5, 0.5]]), 1e-20)
        tensor([ 1.8000, -0.3333])
    """
    weights = weights.reshape(weights.shape + (1,) * (changes.ndim - weights.ndim))
    return start + (weights * changes).sum(0) / (weights.sum(0) + least)


def _kind(trunk: nn.Module, name: str, parameter: nn.Parameter) -> Kind:
    if parameter.ndim > 1:
        return "connections"
    module, _, last = name.rpartition(".")
    if not last.endswith("bias"):
        return "scale" if last.endswith("weight") and parameter.ndim else "shift"
    weight = getattr(trunk.get_submodule(module), f"{last.removesuffix('bias')}weight", None)
    return "shift" if isinstance(weight, Tensor) and weight.ndim == 1 else "bias"


def _is_routed(trunk: nn.Module, name: str) -> bool:
    module, _, last = name.rpartition(".")
    kinds = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)
    return last == "weight" and isinstance(trunk.get_submodule(module), kinds)
