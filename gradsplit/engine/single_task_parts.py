"""Split modules that one task alone uses: their filters of other tasks would never learn."""

import warnings
from collections.abc import Mapping, Sequence

from torch import Tensor

from gradsplit.engine.autograd_graph import AutogradGraph
from gradsplit.engine.selection import SplitParameter
from gradsplit.errors import SplitNote, first_names


class SingleTaskParts:
    """Looks once, at the first losses of several tasks, which of them reach the split parameters.

    A module that only one task computes with, such as its head, is nothing that tasks share. What
    other tasks own of it gets no gradient but from a loss that the mask may forbid, so that a part
    of a head would stay as it was initialised, and nothing would say so.

    Args:
        entries: The split parameters.
    """

    def __init__(self, entries: Sequence[SplitParameter]) -> None:
        self._entries, self._seen = entries, False

    def look(self, losses: Mapping[str, Tensor]) -> None:
        """Tell of parameters that the loss of one task alone reaches.

        Args:
            losses: A loss a task; with fewer than two nothing can be said yet.

        Cost: once, a walk through the graph of the losses, in milliseconds.

        Warns:
            SplitNote: There are some.
        """
        if self._seen or len(losses) < 2:
            return
        self._seen = True
        entries = {id(entry.parameter): entry for entry in self._entries}
        graph = AutogradGraph(
            [[loss] for loss in losses.values()], (e.parameter for e in self._entries)
        )
        reached = {graph.leaves[leaf]: graph.rows[leaf] for leaf in graph.split_leaves}
        alone: dict[str, list[str]] = {}
        for parameter, bits in reached.items():
            if bits & (bits - 1) == 0:
                task = tuple(losses)[bits.bit_length() - 1]
                alone.setdefault(task, []).append(entries[id(parameter)].name)
        for task, names in alone.items():
            named = first_names(sorted(names), quoted=True)
            warnings.warn(
                f"Of these losses that of `{task}` alone reaches {named}. Tasks share "
                "nothing there, and channels that the mask gives to others alone never learn. "
                "Split modules of the trunk that all tasks compute with, not a head.",
                SplitNote,
                stacklevel=5,
            )
