"""How the losses of one step are propagated, row by row of the mask."""

from collections.abc import Sequence

import torch
from torch import nn

from gradsplit.engine.autograd_graph import AutogradGraph, LossesByRow
from gradsplit.engine.guard import Guard
from gradsplit.engine.selection import SplitParameter
from gradsplit.engine.sharding import is_flattened, is_sharded, passes_sharded
from gradsplit.engine.shared_backward import CutBackward, explained, refuse_compiled
from gradsplit.errors import NotExactError

_RESHAPING = frozenset(
    f"{name}Backward0"
    for name in ("SplitWithSizes", "View", "ReshapeAlias", "AsStrided", "T", "ToCopy", "Slice")
)


def accumulate(
    by_row: LossesByRow,
    entries: Sequence[SplitParameter],
    guard: Guard,
    model: nn.Module,
    *,
    feature: bool,
    shared: bool,
) -> None:
    """Accumulate the masked gradients of all losses of a step.

    Args:
        by_row: The distinct rows of the mask with the losses of each.
        entries: The split parameters.
        guard: Told which row is propagated, or what is masked.
        model: The network.
        feature: Whether the outputs of the split layers are masked instead of the gradients.
        shared: Whether there is a loss of no task.
    """
    again = False
    if len(by_row) > 1 or feature:
        losses = [of_row for _, of_row in by_row]
        graph = AutogradGraph(losses, [entry.parameter for entry in entries])
        sharded = is_sharded(model) or passes_sharded(graph.zone)
        separate = graph.separate()
        # With a shared loss all in one pass: wrappers count on one gradient a parameter.
        if feature or not (sharded or (separate and not shared)):
            _refuse_flattened(graph)
            rows = [row for row, _ in by_row]
            CutBackward(graph, rows, entries, feature_of=model if feature else None).accumulate(
                guard
            )
            return
        again = not separate
        if again:
            # fully_shard scatters gradients at the end of a pass through the whole of a module, so
            # each row takes the whole way; the sum of what is scattered is the same.
            refuse_compiled(graph, lambda node: graph.rows[node] & (graph.rows[node] - 1) != 0)
    for left, (row, of_row) in zip(reversed(range(len(by_row))), by_row, strict=True):
        try:
            with guard.of_row(row):
                torch.autograd.backward(of_row, retain_graph=again and left > 0)
        except RuntimeError as error:
            raise explained(error) from error


def _refuse_flattened(graph: AutogradGraph) -> None:
    """Refuse FullyShardedDataParallel above the cut: it averages when the first row has passed."""
    for node, _ in graph.cut:
        while node not in graph.leaves and node.name() in _RESHAPING:
            child = graph.children[node][0][0]
            if child is None:
                break
            node = child
        if node in graph.leaves and is_flattened(graph.leaves[node]):
            raise NotExactError(
                "FullyShardedDataParallel in or above the split modules averages gradients after "
                "the first row of the mask, before split.backward has them all. Use fully_shard, "
                "keep it below the split modules, or use split.task(...) or split.samples(...)."
            )
