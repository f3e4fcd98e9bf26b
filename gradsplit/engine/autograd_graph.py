"""The autograd graph of one step: what lies above the split parameters, and where to cut it.

A *cotangent* is the gradient of a loss by a node's output, as it arrives there on its way back.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.graph import GradientEdge, Node, get_gradient_edge

from gradsplit.engine.task_order import check_losses
from gradsplit.errors import GradSplitError, all_problems

Key = tuple[Node, int]
"""One input of a node: where cotangents arrive."""

LossesByRow = list[tuple[NDArray[np.bool_], list[Tensor]]]
"""The distinct rows of the mask, each of shape [T], with the losses of each."""


class AutogradGraph:
    """Nodes reachable from the losses, which of them lead to split parameters, and the cut.

    The *zone* is every node from which a split parameter can be reached. A *cut* edge leads out of
    the zone: to a node below it, or to a parameter that is not split, such as a head's.

    Args:
        losses: The losses by row of the mask: one sequence of scalars a distinct row.
        split: The split parameters.
    """

    def __init__(self, losses: Sequence[Sequence[Tensor]], split: Iterable[Tensor]) -> None:
        self.losses = losses
        self.roots = [[get_gradient_edge(loss) for loss in row] for row in losses]
        self.children: dict[Node, tuple[tuple[Node | None, int], ...]] = {}
        self.order: list[Node] = []
        self._walk([edge.node for row in self.roots for edge in row])
        wanted = {id(parameter) for parameter in split}
        self.leaves = {
            node: node.variable  # type: ignore[attr-defined]
            for node, children in self.children.items()
            if not children and hasattr(node, "variable")
        }
        self.split_leaves = {n for n, variable in self.leaves.items() if id(variable) in wanted}
        self.zone = self._leading_to(self.split_leaves)
        self.rows = self._rows()
        self.cut = self._cut()

    def separate(self) -> bool:
        """Whether no two rows share anything but parameters: one graph a row."""
        return all(
            rows & (rows - 1) == 0 for node, rows in self.rows.items() if node not in self.leaves
        )

    def parents(self) -> Counter[Node]:
        """How many edges of the graph lead to each node."""
        return Counter(
            child
            for children in self.children.values()
            for child, _ in children
            if child is not None
        )

    def executed(
        self, requested: Iterable[Key], also: Collection[Node] = ()
    ) -> tuple[set[Node], list[Node]]:
        """Nodes the engine will run when the gradients of these edges are asked for.

        Args:
            requested: The edges.
            also: Nodes whose cotangent is wanted too, whether they are run or not.

        Returns:
            The nodes that are run, and those of `also` that are not and must be asked for.
        """
        run: set[Node] = set()
        idle: list[Node] = []
        # The engine goes by nodes: what leads to any output of an asked one is run, though it ends
        # there.
        asked = {node for node, _ in requested}
        for node in self.order:
            if any(child in asked or child in run for child, _ in self.children[node]):
                run.add(node)
            elif node in also:
                idle.append(node)
                asked.add(node)
        return run, idle

    def _walk(self, roots: Sequence[Node]) -> None:
        """Fill `children`, and `order` with every node after all its children."""
        stack: list[tuple[Node, bool]] = [(root, False) for root in roots]
        while stack:
            node, done = stack.pop()
            if done:
                self.order.append(node)
            elif node not in self.children:
                self.children[node] = node.next_functions
                stack.append((node, True))
                stack += [
                    (child, False)
                    for child, _ in self.children[node]
                    if child is not None and child not in self.children
                ]

    def _leading_to(self, leaves: set[Node]) -> set[Node]:
        zone = set(leaves)
        for node in self.order:
            if any(child in zone for child, _ in self.children[node]):
                zone.add(node)
        return zone

    def _rows(self) -> dict[Node, int]:
        """Which rows reach a node, one bit a row."""
        rows = dict.fromkeys(self.order, 0)
        for index, row in enumerate(self.roots):
            for edge in row:
                rows[edge.node] |= 1 << index
        for node in reversed(self.order):
            bits = rows[node]
            for child, _ in self.children[node]:
                if child is not None:
                    rows[child] |= bits
        return rows

    def _cut(self) -> list[Key]:
        """Edges out of the zone, each once, in a fixed order."""
        cut: dict[Key, None] = {}
        for node in self.order:
            if node in self.zone:
                for child in self.children[node]:
                    if child[0] is not None and child[0] not in self.zone:
                        cut[child[0], child[1]] = None
        return list(cut)


def edges(keys: Iterable[Key]) -> list[GradientEdge]:
    """As the autograd engine takes them."""
    return [GradientEdge(*key) for key in keys]


def losses_by_row(
    losses: Mapping[str, Tensor],
    rows: Mapping[str, NDArray[np.bool_]],
    shared: Tensor | None = None,
) -> LossesByRow:
    """The distinct rows of the mask with the losses of each.

    Args:
        losses: A scalar loss a task.
        rows: The row of each task.
        shared: A loss of no task: its row is all ones.

    Raises:
        MaskMismatchError: They do not say their tasks, or the mask has no such task.
        GradSplitError: Losses that cannot be differentiated, or none; all problems at once.
    """
    check_losses(losses, tuple(rows))
    named = list(losses.items())
    with_rows = [(rows[name], loss) for name, loss in named]
    if shared is not None:
        named.append(("shared", shared))
        with_rows.append((np.ones(len(rows), dtype=bool), shared))
    problems = _loss_problems(named) or ([] if named else ["No losses were given."])
    if problems:
        raise GradSplitError(all_problems("The losses cannot be used", problems))
    by_row: dict[bytes, list[Tensor]] = {}
    for row, loss in with_rows:
        by_row.setdefault(row.tobytes(), []).append(loss)
    return [(np.frombuffer(key, dtype=bool), of_row) for key, of_row in by_row.items()]


def _loss_problems(losses: Iterable[tuple[str, Tensor]]) -> list[str]:
    """What keeps losses from being differentiated."""
    problems = []
    for name, loss in losses:
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            shape = tuple(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
            problems.append(f"The loss of `{name}` must be a tensor with one element, got {shape}.")
        elif not loss.requires_grad:
            problems.append(
                f"The loss of `{name}` depends on no trainable parameter: it was computed without "
                "gradients or from detached values."
            )
        elif torch.is_complex(loss):
            problems.append(f"The loss of `{name}` must be real.")
    return problems
