"""The other reading of the method: the cotangent itself is masked, not only parameter gradients.

A loss then neither trains the groups it may not update nor reaches earlier layers through them. It
is a different algorithm, offered for comparison.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.graph import Node

from gradsplit.engine.autograd_graph import Graph
from gradsplit.engine.selection import Selection, SplitParameter
from gradsplit.engine.weight_gradients import output_owner
from gradsplit.errors import NotExactError

# Layers whose output channels are known, and the dimension they lie in.
_CHANNEL_DIMS = {
    "ConvolutionBackward0": 1,
    "NativeGroupNormBackward0": 1,
    "NativeBatchNormBackward0": 1,
    "CudnnBatchNormBackward0": 1,
    "NativeLayerNormBackward0": -1,
    "EmbeddingBackward0": -1,
    "AddmmBackward0": -1,
    "MmBackward0": -1,
}
_PASSED = ("ToCopyBackward0", "TBackward0")


class FeatureMasks:
    """The split layers in a graph, and the masking of their outputs' cotangents.

    Args:
        graph: The graph of the step.
        entries: The split parameters by their tensor's id.

    Raises:
        NotExactError: A split parameter is used by a layer whose output channels are not known.
    """

    def __init__(self, graph: Graph, entries: Mapping[int, SplitParameter]) -> None:
        users: dict[Node, list[Node]] = {}
        for node in graph.zone:
            for child, _ in graph.children[node]:
                if child is not None:
                    users.setdefault(child, []).append(node)
        self._layers: dict[Node, tuple[NDArray[np.int64], int]] = {}
        for leaf in graph.split_leaves:
            entry = entries[id(graph.leaves[leaf])]
            for node, transposed in _layers(leaf, users):
                self._take(node, entry, transposed)

    def _take(self, node: Node, entry: SplitParameter, transposed: bool) -> None:
        dim = _CHANNEL_DIMS.get(node.name())
        fits, owner = (False, None) if dim is None else output_owner(node, entry, transposed)
        before = self._layers.get(node)
        if dim is None or not fits or owner is None:
            raise NotExactError(
                f"mode='feature' does not know the output channels of {node.name()}, which uses "
                f"`{entry.name}`. Use mode='param', or leave this layer out of the split modules."
            )
        if before is not None and not np.array_equal(before[0], owner):
            raise NotExactError(f"`{entry.name}` has other owners than the rest of its layer.")
        self._layers[node] = (owner, dim)

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


def _layers(leaf: Node, users: Mapping[Node, Sequence[Node]]) -> Iterator[tuple[Node, bool]]:
    """The layers that use a parameter, through casts and transpositions."""
    stack = [(user, False) for user in users.get(leaf, ())]
    while stack:
        node, transposed = stack.pop()
        if node.name() in _PASSED:
            turned = transposed ^ (node.name() == "TBackward0")
            stack += [(user, turned) for user in users.get(node, ())]
        else:
            yield node, transposed


def _masker(allowed: NDArray[np.bool_], dim: int):
    def mask(gradients: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
        first, *rest = gradients
        if first is None:
            return gradients
        shape = [1] * first.ndim
        shape[dim] = len(allowed)
        return (Selection.of(allowed.reshape(shape)).apply(first), *rest)

    return mask
