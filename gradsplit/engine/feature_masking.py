"""The other reading of the method: the cotangent itself is masked, not only parameter gradients.

A loss then neither trains the groups it may not update nor reaches earlier layers through them. It
is a different algorithm, offered for comparison.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd.graph import Node

from gradsplit.engine.autograd_graph import AutogradGraph
from gradsplit.engine.data_sources import UNKNOWN, DataSources
from gradsplit.engine.layer_nodes import ON_THE_WAY, find_channels, find_nodes
from gradsplit.engine.layer_outputs import marked_outputs
from gradsplit.engine.selection import Selection, SplitParameter
from gradsplit.errors import NotExactError


class FeatureMasks:
    """The split layers in a graph, and the masking of their outputs' cotangents.

    Args:
        graph: The graph of the step.
        entries: The split parameters by their tensor's id.
        model: The network.

    Raises:
        NotExactError: A split parameter is used by a layer whose output channels are not known, or
            by what may be no layer.
    """

    def __init__(
        self, graph: AutogradGraph, entries: Mapping[int, SplitParameter], model: nn.Module
    ) -> None:
        self._graph, self._model = graph, model
        users: dict[Node, list[tuple[Node, int]]] = {}
        for node in graph.zone:
            for slot, (child, _) in enumerate(graph.children[node]):
                if child is not None:
                    users.setdefault(child, []).append((node, slot))
        self._layers: dict[Node, tuple[NDArray[np.int64], int]] = {}
        outputs = marked_outputs(graph.zone)
        for leaf in graph.split_leaves:
            entry = entries[id(graph.leaves[leaf])]
            for use in _uses(leaf, users):
                self._take(use, entry)
                if use.node not in outputs:
                    _refuse_computed_weight(use, entry.name, self._sources)

    @cached_property
    def _sources(self) -> DataSources:
        return DataSources(self._graph, self._model)

    def _take(self, use: "_Use", entry: SplitParameter) -> None:
        channels = find_channels(use.node, entry.owner, use.transposed)
        slots = {slot for layer in find_nodes(use.node) for slot in layer.slots}
        if channels is None or (slots and use.slot not in slots):
            raise NotExactError(_unknown(use, entry.name, self._sources))
        known = self._layers.setdefault(use.node, channels)
        if not np.array_equal(known[0], channels[0]):
            raise NotExactError(
                f"`{entry.name}` has different owners than the rest of its layer: mode='feature' "
                "needs one owner a channel. Use mode='param', or give both the same in your rule."
            )

    @contextmanager
    def of_row(self, row: NDArray[np.bool_]) -> Iterator[None]:
        """Inside, cotangents lose the channels that this row may not update."""
        handles = [
            node.register_prehook(_masker(row[owner], dim))
            for node, (owner, dim) in self._layers.items()
            if not row[owner].all()
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


class _Use(NamedTuple):
    """A node that uses a split parameter, by which of its inputs, and whether it comes transposed.

    Example:
        `x @ weight.t()` is (MmBackward0, 1, True).
    """

    node: Node
    slot: int
    transposed: bool


def _uses(leaf: Node, users: Mapping[Node, Sequence[tuple[Node, int]]]) -> Iterator[_Use]:
    """What uses a parameter, through casts and transpositions."""
    stack = [_Use(node, slot, False) for node, slot in users.get(leaf, ())]
    while stack:
        use = stack.pop()
        if use.node.name() in ON_THE_WAY:
            turned = use.transposed ^ ON_THE_WAY[use.node.name()]
            stack += [_Use(node, slot, turned) for node, slot in users.get(use.node, ())]
        else:
            yield use


def _unknown(use: _Use, name: str, sources: DataSources) -> str:
    message = (
        f"mode='feature' does not know the output channels of {use.node.name()}, which uses "
        f"`{name}`. Use mode='param', or leave this layer out of the split modules"
    )
    if not sources.of_layer(use.node, [use.slot]):
        return f"{message}: here the parameter is computed with before it meets the layer's input."
    return (
        f"{message}; or, if the result is the layer's output and no computed weight, name its node "
        "with gradsplit.register_node."
    )


def _refuse_computed_weight(use: _Use, name: str, sources: DataSources) -> None:
    """Refuse a result that is not certain to be the output of a layer.

    Args:
        use: The use of the parameter, outside of the call of a module that holds it.
        name: The split parameter.
        sources: Where data enters the graph.
    """
    inputs = use.node.next_functions
    slots = {slot for layer in find_nodes(use.node) for slot in layer.slots} | {use.slot}
    own = sources.of_layer(use.node, slots if use.node.name() != "EmbeddingBackward0" else ())
    computed = sources.of_parameters(use.node, [at for at in slots if at < len(inputs)])
    certain = own - {UNKNOWN} and not computed and not sources.made_inside(use.node, slots, own)
    if certain and not sources.meets_other(use.node, own):
        return
    meets = "only parameters, buffers and numbers" if not own else "what may be a constant"
    raise NotExactError(
        f"`{name}` meets {meets} in {use.node.name()}: mode='feature' masks the output of a "
        "layer, and this may be a weight that is computed first. Use mode='param', leave this "
        "layer out of the split modules, or call the module that holds the parameter: its output "
        "is known. If it is the layer's input, `input.requires_grad_()` may show it."
    )


def _masker(allowed: NDArray[np.bool_], dim: int):
    def mask(gradients: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
        first, *rest = gradients
        if first is None:
            return gradients
        shape = [1] * first.ndim
        shape[dim] = len(allowed)
        return (Selection.of(allowed.reshape(shape)).apply(first), *rest)

    return mask
