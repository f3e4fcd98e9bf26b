"""What arrives at the cut, before a user's hooks on the tensors there have changed it.

The engine hands out the gradient of an edge after the hooks of its tensor. These run once more in
the pass below the cut, on the sum of all rows, as they do in plain training; so the rows' parts are
taken from the nodes above, where nothing has changed them yet.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from torch import Tensor

from gradsplit.engine.autograd_graph import AutogradGraph, Key


class CutListeners:
    """Listens to the nodes above the cut.

    Args:
        graph: The graph of the step.
        cut: The edges at the cut; those of parameters are left out, their hooks are taken off.
    """

    def __init__(self, graph: AutogradGraph, cut: Iterable[Key]) -> None:
        keys = {key for key in cut if key[0] not in graph.leaves}
        self._above = [
            (node, at_cut)
            for node in graph.zone
            if (
                at_cut := [
                    (at, edge) for at, edge in enumerate(graph.children[node]) if edge in keys
                ]
            )
        ]
        self._arrived: dict[Key, list[Tensor]] = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Inside, a pass of one row runs."""
        self._arrived = {}
        handles = []
        for node, at_cut in self._above:

            def listen(sent, _, at_cut=at_cut):
                for at, edge in at_cut:
                    if sent[at] is not None:
                        self._arrived.setdefault(edge, []).append(sent[at])

            handles.append(node.register_hook(listen))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def before_hooks(self, key: Key, gradient: Tensor) -> Tensor:
        """A row's gradient at the cut without the effect of hooks.

        Args:
            key: The edge.
            gradient: What the engine gave. The sum here has its order, and so its last bit.
        """
        parts = self._arrived.pop(key, [])
        if not parts or gradient.is_sparse or any(part.is_sparse for part in parts):
            return gradient
        parts = [part.sum_to_size(gradient.shape).to(gradient.dtype) for part in parts]
        return sum(parts[1:], start=parts[0])
