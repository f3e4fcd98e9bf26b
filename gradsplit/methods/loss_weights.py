"""Multi-head with other loss weights: the control without which a gain is not splitting's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from gradsplit.errors import GradSplitError, all_problems
from gradsplit.methods.method import Backward, Losses, Method
from gradsplit.network import MultiTaskNetwork
from gradsplit.taskset import TaskSet


@dataclass(frozen=True)
class LossWeights(Method):
    """Multi-head training with a factor on some tasks' losses.

    A loud loss looks like a harmful task: what its mask gains, a smaller weight may gain as well.
    `gradsplit.commands.tuning` searches the factors.

    Attributes:
        factors: Task -> factor above 0 on the loss as the recipe weights it; 1 for the others.

    Raises:
        GradSplitError: A factor is not above 0.
    """

    factors: Mapping[str, float] = field(default_factory=dict)
    name: ClassVar[str] = "weights"

    def __post_init__(self) -> None:
        problems = [
            f"the factor of `{task}` must be above 0, got {factor}."
            for task, factor in self.factors.items()
            if not factor > 0
        ]
        if problems:
            raise GradSplitError(all_problems("These loss weights cannot be used", problems))

    @contextmanager
    def training(
        self,
        network: MultiTaskNetwork,  # noqa: ARG002 - nothing to prepare
        taskset: TaskSet,
        seed: int,  # noqa: ARG002
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

        def backward(losses: Losses) -> None:
            for task, loss in losses:
                (loss * self.factors.get(task, 1.0)).backward()

        yield backward

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`."""
        return {"method": self.name, "factors": dict(sorted(self.factors.items()))}
