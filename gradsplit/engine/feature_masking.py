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

from gradsplit.engine.autograd_graph import AutogradGraph
from gradsplit.engine.layer_nodes import ON_THE_WAY, find_channels
from gradsplit.engine.selection import Selection, SplitParameter
from gradsplit.errors import NotExactError


class FeatureMasks:
    """The split layers in a graph, and the masking of their outputs' cotangents.

    Args:
        graph: The graph of the step.
        entries: The split parameters by their tensor's id.

    Raises:
        NotExactError: A split parameter is used by a layer whose output channels are not known.
    """

    def __init__(self, graph: AutogradGraph, entries: Mapping[int, SplitParameter]) -> None:
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
        channels = find_channels(node, entry.owner, transposed)
        if channels is None:
            raise NotExactError(
                f"mode='feature' does not know the output channels of {node.name()}, which uses "
                f"`{entry.name}`. Use mode='param', leave this layer out of the split modules, or "
                "name its node with gradsplit.register_node."
            )
        known = self._layers.setdefault(node, channels)
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


def _layers(leaf: Node, users: Mapping[Node, Sequence[Node]]) -> Iterator[tuple[Node, bool]]:
    """The layers that use a parameter, through casts and transpositions."""
    stack = [(user, False) for user in users.get(leaf, ())]
    while stack:
        node, transposed = stack.pop()
        if node.name() in ON_THE_WAY:
            turned = transposed ^ ON_THE_WAY[node.name()]
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
