"""Methods that make one gradient of the trunk from the tasks' gradients."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from gradsplit.training.loop import Around, Training
from gradsplit.training.methods.on_top import OnTop
from gradsplit.training.methods.task_gradients import give_row, take_row
from gradsplit.training.step import Backward, Losses

Combine = Callable[[Tensor], Tensor]
"""The tasks' gradients of the trunk [T, P], in the order of the run's tasks -> one gradient [P]."""


@dataclass(frozen=True)
class Combined(OnTop):
    """Each task's gradient of the trunk is one row of a matrix, of which one gradient is made.

    Only the trunk is combined, all of it; the heads keep their own gradients.
    Cost: T gradients of the trunk in memory.
    """

    @abstractmethod
    def combine(self, run: Training) -> Combine:
        """What makes one gradient of the tasks', step after step of a run."""

    @contextmanager
    def around(self, run: Training) -> Iterator[Around]:
        """See `OnTop.around`."""
        trained = run.trunk_parameters
        combine = self.combine(run)

        def act(backward: Backward, losses: Losses) -> None:
            rows = {}
            for task, loss in losses:
                backward([(task, loss)])
                rows[task] = take_row(trained)
            self.check_all(run, rows)
            give_row(trained, combine(torch.stack(list(rows.values()))))

        yield act


@dataclass(frozen=True)
class GramWeights(Combined):
    """The trunk's gradient is a weighted sum of the tasks', weighted by their Gram matrix.

    Example:
        >>> @dataclass(frozen=True)
        ... class Shorter(GramWeights):
        ...     "Every gradient at length 1."
        ...     name = "shorter"
        ...     def weigh(self, run):
        ...         return lambda gram: gram.diagonal().rsqrt()
        >>> rows = torch.tensor([[3.0, 4.0], [0.0, 2.0]])
        >>> Shorter().combine(None)(rows)
        tensor([0.6000, 1.8000])
    """

    @abstractmethod
    def weigh(self, run: Training) -> Callable[[Tensor], Tensor]:
        """What makes weights [T] of the Gram matrix [T, T], step after step of a run."""

    def combine(self, run: Training) -> Combine:
        """See `Combined.combine`."""
        weigh = self.weigh(run)
        return lambda rows: weigh(rows @ rows.T) @ rows
