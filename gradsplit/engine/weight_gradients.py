"""Weight gradients of convolutions and linear layers, once for all rows of the mask.

A weight gradient is linear in the cotangent of the layer's output, and a filter takes part in its
own output channel only. So the masked gradient, a sum over rows, is the weight gradient of one
cotangent: the sum over rows of each row's cotangent with the blocked channels left out.
"""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.graph import Node

from gradsplit.engine.autograd_graph import Graph
from gradsplit.engine.selection import Selection, SplitParameter

_CASTS = ("ToCopyBackward0", "TBackward0")


class OnceNode:
    """One layer's node in the graph and the parameters whose gradient it alone makes.

    Args:
        node: The node.
        owner: Owner of each output channel, shape [C]; None if the layer is not split.
        dim: The dimension of the channels in the layer's output.
    """

    def __init__(self, node: Node, owner: NDArray[np.int64] | None, dim: int) -> None:
        self.node = node
        self.slots: dict[int, tuple[Node, bool]] = {}
        self.cotangent: Tensor | None = None
        self._owner = owner
        self._dim = dim
        self._selections: dict[bytes, Selection] = {}

    def fits(self, owner: NDArray[np.int64] | None) -> bool:
        """Whether a parameter with these owners can be treated along with the others."""
        if owner is None or self._owner is None:
            return owner is None and self._owner is None
        return np.array_equal(owner, self._owner)

    def add(self, gradient: Tensor, may_update: NDArray[np.bool_]) -> None:
        """Add one row's cotangent, without the channels that row may not update."""
        selection = self._selection(may_update, gradient.ndim)
        if self.cotangent is None:
            kept = selection.apply(gradient)
            self.cotangent = kept.clone() if kept is gradient else kept
        else:
            selection.add_to(self.cotangent, gradient)

    def gradients(self) -> dict[Node, Tensor]:
        """The gradient of each parameter, by its leaf node; the cotangent is dropped."""
        cotangent, self.cotangent = self.cotangent, None
        if cotangent is None:
            return {}
        if self.node.name() == "ConvolutionBackward0":
            return self._convolution(cotangent)
        return self._matmul(cotangent)

    def _selection(self, may_update: NDArray[np.bool_], ndim: int) -> Selection:
        key = may_update.tobytes()
        if key not in self._selections:
            shape = [1] * ndim
            allowed = np.ones(1, dtype=bool) if self._owner is None else may_update[self._owner]
            shape[self._dim] = len(allowed)
            self._selections[key] = Selection.of(allowed.reshape(shape))
        return self._selections[key]

    def _convolution(self, cotangent: Tensor) -> dict[Node, Tensor]:
        node, found = self.node, {}
        if 1 in self.slots:
            found[self.slots[1][0]] = torch.ops.aten.convolution_backward(
                cotangent, node._saved_input, node._saved_weight, None,  # type: ignore[attr-defined]
                node._saved_stride, node._saved_padding, node._saved_dilation,  # type: ignore[attr-defined]
                node._saved_transposed, node._saved_output_padding,  # type: ignore[attr-defined]
                node._saved_groups, (False, True, False),  # type: ignore[attr-defined]
            )[1]  # fmt: skip
        if 2 in self.slots:
            found[self.slots[2][0]] = cotangent.sum([d for d in range(cotangent.ndim) if d != 1])
        return found

    def _matmul(self, cotangent: Tensor) -> dict[Node, Tensor]:
        node, found = self.node, {}
        addmm = node.name() == "AddmmBackward0"
        weight = 2 if addmm else 1
        if weight in self.slots:
            leaf, transposed = self.slots[weight]
            inputs = node._saved_mat1 if addmm else node._saved_self  # type: ignore[attr-defined]
            found[leaf] = cotangent.t() @ inputs if transposed else inputs.t() @ cotangent
        if addmm and 0 in self.slots:
            found[self.slots[0][0]] = cotangent.sum(0)
        return found


def once_nodes(graph: Graph, entries: Mapping[int, SplitParameter]) -> list[OnceNode]:
    """Layers whose parameters get their gradient from them alone, and are reached by several rows.

    Args:
        graph: The graph of the step.
        entries: The split parameters by their tensor's id; others are treated as open to all.
    """
    parents = graph.parents()
    found = []
    for node in graph.order:
        rows = graph.rows[node]
        if node not in graph.zone or rows & (rows - 1) == 0:
            continue
        once = _once(node, graph, entries, parents)
        if once is not None and once.slots and not _recomputed(node):
            found.append(once)
    return found


def _recomputed(node: Node) -> bool:
    """Whether the layer's input is not simply there (checkpointing, offloading).

    What is recomputed may be asked for once in a pass, and the node itself asks for it. There is no
    way to ask whether hooks are set but to set some: that is refused when there are.
    """
    saved = next(
        getattr(node, name)
        for name in ("_raw_saved_input", "_raw_saved_mat1", "_raw_saved_self")
        if hasattr(node, name)
    )
    try:
        saved.register_hooks(_same, _same)
    except RuntimeError:
        return True
    return False


def _same(value: Tensor) -> Tensor:
    return value


def _once(
    node: Node,
    graph: Graph,
    entries: Mapping[int, SplitParameter],
    parents: Mapping[Node, int],
) -> OnceNode | None:
    kind = node.name()
    if kind == "ConvolutionBackward0":
        order, dim = (1, 2), 1
    elif kind == "AddmmBackward0" and node._saved_alpha == node._saved_beta == 1:  # type: ignore[attr-defined]
        order, dim = (2, 0), 1
    elif kind == "MmBackward0":
        order, dim = (1,), 1
    else:
        return None
    once: OnceNode | None = None
    for slot in order:
        chain = _chain(graph.children[node][slot][0], graph, parents)
        if chain is None:
            continue
        leaf, transposed = chain
        if transposed and (kind == "ConvolutionBackward0" or slot == 0):
            continue
        entry = entries.get(id(graph.leaves[leaf]))
        fits, owner = output_owner(node, entry, transposed)
        if not fits:
            continue
        once = once or OnceNode(node, owner, dim)
        if once.fits(owner):
            once.slots[slot] = chain
    return once


def _chain(
    node: Node | None, graph: Graph, parents: Mapping[Node, int]
) -> tuple[Node, bool] | None:
    """The leaf that alone feeds an input, through casts and a transposition, or None."""
    transposed = False
    while node is not None and parents[node] == 1:
        if node in graph.leaves:
            real = not torch.is_complex(graph.leaves[node])
            return (node, transposed) if real else None
        if node.name() not in _CASTS:
            return None
        transposed ^= node.name() == "TBackward0"
        node = graph.children[node][0][0]
    return None


def output_owner(
    node: Node, entry: SplitParameter | None, transposed: bool
) -> tuple[bool, NDArray[np.int64] | None]:
    """Whether a parameter's owners lie along the output channels, and which they are."""
    if entry is None:
        return True, None
    owner = entry.owner
    if owner.ndim == 1:
        return True, owner
    if node.name() == "ConvolutionBackward0":
        if node._saved_transposed:  # type: ignore[attr-defined]
            per_group = owner.shape[0] // node._saved_groups or 1  # type: ignore[attr-defined]
            return True, owner[::per_group].ravel()
        return owner.size == owner.shape[0], owner.ravel()
    if node.name() == "EmbeddingBackward0":
        return owner.size == owner.shape[1], owner.ravel()
    channels = 0 if transposed else 1
    return owner.size == owner.shape[channels], owner.ravel()
