"""Weight gradients in one pass for all rows of the mask.

A weight gradient is linear in the gradient of the layer's output, and a filter takes part in its
own output channel only. So the masked gradient, a sum over rows, is the weight gradient of one
output gradient: the sum over rows of each row's output gradient without the blocked channels.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.graph import Node

from gradsplit.engine.autograd_graph import AutogradGraph
from gradsplit.engine.layer_nodes import ON_THE_WAY, LayerNode, find_nodes
from gradsplit.engine.selection import Selection, SplitParameter


class OnePassLayer:
    """One layer's node in the graph and the parameters whose gradient it alone makes.

    Args:
        node: The node.
        layer: What its rule says of it.
        owner: Owner of each output channel, shape [C]; None if the layer is not split.

    Attributes:
        slots: By input of the node: the leaf of a parameter, and whether it comes transposed.
    """

    def __init__(self, node: Node, layer: LayerNode, owner: NDArray[np.int64] | None) -> None:
        self.node = node
        self.slots: dict[int, tuple[Node, bool]] = {}
        self._layer = layer
        self._owner = owner
        self._sum: Tensor | None = None
        self._selections: dict[bytes, Selection] = {}

    def has_owner(self, owner: NDArray[np.int64] | None) -> bool:
        """Whether a parameter with these owners can be treated along with the others."""
        if owner is None or self._owner is None:
            return owner is None and self._owner is None
        return np.array_equal(owner, self._owner)

    def add(self, gradient: Tensor, may_update: NDArray[np.bool_]) -> None:
        """Add one row's output gradient, without the channels that row may not update."""
        selection = self._selection(may_update, gradient.ndim)
        if self._sum is None:
            kept = selection.apply(gradient)
            self._sum = kept.clone() if kept is gradient else kept
        else:
            selection.add_to(self._sum, gradient)

    def gradients(self, graph: AutogradGraph) -> Iterator[tuple[Node, Tensor]]:
        """Each parameter's leaf and gradient; the summed output gradient is dropped."""
        total, self._sum = self._sum, None
        compute = self._layer.gradient
        if total is None or compute is None:
            return
        for slot, (leaf, transposed) in self.slots.items():
            parameter = graph.leaves[leaf]
            gradient = compute(self.node, slot, total, transposed)
            if gradient.shape != parameter.shape:
                gradient = gradient.sum_to_size(parameter.shape)
            yield leaf, gradient.to(parameter.dtype)

    def _selection(self, may_update: NDArray[np.bool_], ndim: int) -> Selection:
        key = may_update.tobytes()
        if key not in self._selections:
            shape = [1] * ndim
            allowed = np.ones(1, dtype=bool) if self._owner is None else may_update[self._owner]
            shape[self._layer.dim] = len(allowed)
            self._selections[key] = Selection.of(allowed.reshape(shape))
        return self._selections[key]


def one_pass_layers(
    graph: AutogradGraph, entries: Mapping[int, SplitParameter]
) -> list[OnePassLayer]:
    """Layers whose parameters get their gradient from them alone, and are reached by several rows.

    Args:
        graph: The graph of the step.
        entries: The split parameters by their tensor's id; others are treated as open to all.
    """
    parents = graph.parents()
    layers = []
    for node in graph.order:
        rows = graph.rows[node]
        if node not in graph.zone or rows & (rows - 1) == 0:
            continue
        for known in find_nodes(node):
            if known.gradient is None:
                continue
            layer = _one_pass_layer(node, known, graph, entries, parents)
            if layer is not None and not _recomputed(node, known):
                layers.append(layer)
                break
    return layers


def _recomputed(node: Node, layer: LayerNode) -> bool:
    """Whether the layer's input is not simply there (checkpointing, offloading).

    What is recomputed may be asked for once in a pass, and the node itself asks for it. There is no
    way to ask whether hooks are set but to set some: that is refused when there are.
    """
    try:
        for name in layer.saved:
            getattr(node, f"_raw_saved_{name}").register_hooks(_same, _same)
    except RuntimeError:
        return True
    return False


def _same(value: Tensor) -> Tensor:
    return value


def _one_pass_layer(
    node: Node,
    known: LayerNode,
    graph: AutogradGraph,
    entries: Mapping[int, SplitParameter],
    parents: Mapping[Node, int],
) -> OnePassLayer | None:
    layer: OnePassLayer | None = None
    for slot in known.slots:
        source = _parameter_behind(graph.children[node][slot][0], graph, parents)
        if source is None:
            continue
        leaf, transposed = source
        if transposed and slot != known.slots[0]:
            continue
        owner, entry = None, entries.get(id(graph.leaves[leaf]))
        if entry is not None:
            owner = known.channels(node, entry.owner, transposed)
            if owner is None:
                continue
        layer = layer or OnePassLayer(node, known, owner)
        if layer.has_owner(owner):
            layer.slots[slot] = source
    return layer


def _parameter_behind(
    node: Node | None, graph: AutogradGraph, parents: Mapping[Node, int]
) -> tuple[Node, bool] | None:
    """The leaf that alone feeds an input, and whether it comes transposed, or None."""
    transposed = False
    while node is not None and parents[node] == 1:
        if node in graph.leaves:
            real = not torch.is_complex(graph.leaves[node])
            return (node, transposed) if real else None
        if node.name() not in ON_THE_WAY:
            return None
        transposed ^= ON_THE_WAY[node.name()]
        node = graph.children[node][0][0]
    return None
