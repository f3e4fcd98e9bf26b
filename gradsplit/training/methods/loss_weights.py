"""Other loss weights: the control without which a gain is not splitting's."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError, all_problems
from gradsplit.training.methods.method import Backward, Losses, Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.taskset import Recipe, TaskSet


@dataclass(frozen=True)
class LossWeights(Method):
    """A method with a factor on some tasks' losses.

    A loud loss looks like a harmful task: what its mask gains, a smaller weight may gain as well.
    `gradsplit.studies.comparison.weight_search` searches the factors.

    Attributes:
        factors: Task -> factor above 0 on the loss as the recipe weights it; 1 for the others.
        of: The method whose losses they are; multi-head when not given.

    Raises:
        GradSplitError: A factor is not above 0.

    Example:
        >>> LossWeights({"reid": 0.3}).settings()
        {'method': 'weights', 'factors': {'reid': 0.3}}
    """

    factors: Mapping[str, float] = field(default_factory=dict)
    of: Method = field(default_factory=MultiHead)
    name: ClassVar[str] = "weights"

    def __post_init__(self) -> None:
        problems = [
            f"the factor of `{task}` must be above 0, got {factor}."
            for task, factor in self.factors.items()
            if not factor > 0
        ]
        if problems:
            raise GradSplitError(all_problems("These loss weights cannot be used", problems))

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`: that of the method."""
        return self.of.network(taskset, tasks, seed)

    def optimizer(self, recipe: Recipe, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """See `Method.optimizer`: that of the method."""
        return self.of.optimizer(recipe, parameters)

    @contextmanager
    def training(
        self, network: MultiTaskNetwork, taskset: TaskSet, seed: int
    ) -> Iterator[Backward]:
        """See `Method.training`.

        Raises:
            GradSplitError: A factor is given for something that is no task.
        """
        unknown = [task for task in self.factors if task not in taskset.task_names]
        if unknown:
            raise GradSplitError(
                f"Loss weights are given for {', '.join(unknown)}; the tasks are "
                f"{', '.join(taskset.task_names)}."
            )
        with self.of.training(network, taskset, seed) as backward:
            yield lambda losses: backward(self._weighted(losses))

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`."""
        own = {"method": self.name, "factors": dict(sorted(self.factors.items()))}
        return own if self.of == MultiHead() else own | {"of": self.of.settings()}

    def _weighted(self, losses: Losses) -> Losses:
        for task, loss in losses:
            yield task, loss * self.factors.get(task, 1.0)
