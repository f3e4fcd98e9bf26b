"""Which nodes of a graph are outputs of the layers that hold the split parameters.

Needed for mode="feature" alone: a module's output is known for certain where it is computed, in the
forward pass. A hook leaves a mark on its node; the hook changes nothing and holds nothing.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.nn.utils.parametrize import ParametrizationList

_MARK = "gradsplit.layer_output"
_RESHAPING = frozenset(
    ["ViewBackward0", "UnsafeViewBackward0", "ReshapeAliasBackward0", "SqueezeBackward1"]
)
_BIAS_ADDED = "AddBackward0"


def mark_outputs(model: nn.Module, parameters: Iterable[Tensor]) -> None:
    """Have every module that holds one of these parameters mark its outputs."""
    for module in _holders(model, parameters):
        if _mark not in module._forward_hooks.values():
            module.register_forward_hook(_mark)


def stop_marking(model: nn.Module, parameters: Iterable[Tensor]) -> None:
    """Undo `mark_outputs`."""
    for module in _holders(model, parameters):
        for key in [key for key, hook in module._forward_hooks.items() if hook is _mark]:
            del module._forward_hooks[key]


def marked_outputs(nodes: Iterable[Node]) -> set[Node]:
    """The marked nodes, and those that a marked one only reshapes or adds a bias to."""
    outputs = set()
    for marked in nodes:
        node: Node | None = marked if _MARK in metadata(marked) else None
        while node is not None:
            outputs.add(node)
            node = _before_reshaping(node)
    return outputs


def metadata(node: Node) -> dict[str, Any]:
    """What was noted at a node; it lives as long as the node."""
    return node.metadata  # type: ignore[return-value]


def _before_reshaping(node: Node) -> Node | None:
    (first, _), *others = node.next_functions or ((None, 0),)
    if node.name() in _RESHAPING:
        return first
    if node.name() == _BIAS_ADDED and others[0][0] is not None:
        return first if hasattr(others[0][0], "variable") else None
    return None


def _holders(model: nn.Module, parameters: Iterable[Tensor]) -> list[nn.Module]:
    """The modules whose own parameters these are; what computes a weight is no layer."""
    wanted = {id(parameter) for parameter in parameters}
    return [
        module
        for module in model.modules()
        if not isinstance(module, ParametrizationList)
        and any(id(parameter) in wanted for parameter in module._parameters.values())
    ]


def _mark(module: nn.Module, inputs: Any, output: Any) -> None:  # noqa: ARG001
    if torch.compiler.is_compiling() or not isinstance(output, Tensor):
        return
    if output.grad_fn is not None:
        metadata(output.grad_fn)[_MARK] = True
