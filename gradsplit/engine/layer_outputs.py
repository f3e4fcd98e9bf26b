"""Which nodes of a graph are outputs of the layers that hold the split parameters.

Needed for mode="feature" alone: a module's output is known for certain where it is computed, in
the forward pass. A hook leaves a mark on its node; another notes the memory of what the model is
given, to tell it from constants that are made inside. Hooks change nothing and keep nothing alive.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn.utils.parametrize import ParametrizationList
from torch.utils._pytree import tree_leaves

_MARK = "gradsplit.layer_output"
_RESHAPING = frozenset(
    ["ViewBackward0", "UnsafeViewBackward0", "ReshapeAliasBackward0", "SqueezeBackward1"]
)
_BIAS_ADDED = "AddBackward0"

# By model, the memory that it was given and that is still in use: where it begins, and its owner.
_GIVEN: WeakKeyDictionary[nn.Module, list[tuple[int, StorageWeakRef]]] = WeakKeyDictionary()


def mark_outputs(model: nn.Module, parameters: Iterable[Tensor]) -> None:
    """Have every module that holds one of these parameters mark its outputs.

    And take note of what the model is given.
    """
    if _note_given not in model._forward_pre_hooks.values():
        model.register_forward_pre_hook(_note_given, with_kwargs=True)
    for module in _holders(model, parameters):
        if _mark not in module._forward_hooks.values():
            module.register_forward_hook(_mark)


def stop_marking(model: nn.Module, parameters: Iterable[Tensor]) -> None:
    """Undo `mark_outputs`."""
    for module in _holders(model, parameters):
        for key in [key for key, hook in module._forward_hooks.items() if hook is _mark]:
            del module._forward_hooks[key]
    for key in [key for key, hook in model._forward_pre_hooks.items() if hook is _note_given]:
        del model._forward_pre_hooks[key]
        model._forward_pre_hooks_with_kwargs.pop(key, None)
    _GIVEN.pop(model, None)


def given_to(model: nn.Module) -> set[int]:
    """Where the memory begins of the tensors that a model was called with, as far as in use."""
    return {start for start, owner in _GIVEN.get(model, ()) if not owner.expired()}


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


def _note_given(module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    if torch.compiler.is_compiling():
        return
    known = [(start, owner) for start, owner in _GIVEN.get(module, ()) if not owner.expired()]
    for value in tree_leaves((args, dict(kwargs))):
        if isinstance(value, Tensor) and value.layout is torch.strided:
            storage = value.untyped_storage()
            known.append((storage.data_ptr(), StorageWeakRef(storage)))
    _GIVEN[module] = known
