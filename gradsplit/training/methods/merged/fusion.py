"""What a fusion of branches learns: how much each branch counts in each connection of the trunk."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from gradsplit.training.methods.merged.shared_weights import fuse, shared_weights


class Fusion(ABC):
    """The state of one run.

    Args:
        trunk: What the tasks share.
        tasks: The run's tasks, one branch each.

    Attributes:
        shared: The trunk's parameters.
        learned: What the pass that fuses learns, a table a branch for each of `shared`.
        least: See `fuse`.
        routing: The tasks' branches look for routes now.
    """

    learned: list[nn.Parameter]
    least: float
    routing = False

    def __init__(self, trunk: nn.Module, tasks: Sequence[str]) -> None:
        self.shared, self.tasks = shared_weights(trunk), tuple(tasks)

    @abstractmethod
    def weights(self) -> list[Tensor]:
        """How much each branch counts [T, O, I] or [T, O], for each of `shared`."""

    def fused(self, changes: Sequence[Tensor]) -> dict[str, Tensor]:
        """The trunk's parameters with the branches' changes [T, ...] added, by name."""
        return {
            one.name: fuse(one.parameter, moved, weight, self.least)
            for one, moved, weight in zip(self.shared, changes, self.weights(), strict=True)
        }

    def seen(self, task: str) -> Mapping[str, Tensor]:  # noqa: ARG002 - for those with routes
        """What the branch of a task runs the trunk with instead of its parameters, by name."""
        return {}

    def branch_ended(self) -> None:  # noqa: B027 - nothing to do unless statistics are merged
        """A branch has been trained; the trunk is as it left it."""

    def all_branches_ended(self) -> None:  # noqa: B027
        """The trunk is about to be fused."""

    def tables(self, value: float) -> list[nn.Parameter]:
        """A table of connections for each branch and each of `shared`, filled with one number."""
        return [
            nn.Parameter(one.parameter.detach().new_full((len(self.tasks), *one.table), value))
            for one in self.shared
        ]


class Average:
    """Keeps tables at an average of what they were and what they became.

    Args:
        tables: What is averaged.
        kept: How much of what they were is kept.
    """

    def __init__(self, tables: Sequence[Tensor], kept: float) -> None:
        self._tables, self._kept = tables, kept
        self._before = [one.detach().clone() for one in tables]

    @torch.no_grad()
    def take(self) -> None:
        """Average what the tables are now with what they were."""
        for table, before in zip(self._tables, self._before, strict=True):
            table.lerp_(before, self._kept)
