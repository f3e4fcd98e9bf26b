"""The tasks of a training of one's own, in the place of a task set."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Self

from torch import Tensor, nn

from gradsplit.errors import GradSplitError, TaskSetError
from gradsplit.studies.recommendation.own_training.own_training import WEIGHTS, OwnTraining
from gradsplit.studies.recommendation.own_training.told import told, untold
from gradsplit.training.taskset import Predict, TaskSet
from relations.tasks import Task, check_unique, names

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.configuration import Configuration


class OwnTasks(TaskSet):
    """Tasks whose networks something else builds, trains and scores; nothing of that is seen here.

    Args:
        tasks: The tasks.
        training: What trains them.

    Raises:
        TaskError: Two have the same name.
    """

    # So that masks are offered: which modules they split is the training's to know.
    split_modules = ("its own",)

    def __init__(self, tasks: Sequence[Task], training: OwnTraining) -> None:
        check_unique(names(tasks))
        self.tasks = tuple(tasks)
        self.training = training
        self.name = f"the {training.WHAT}"

    def left_out(self) -> dict[str, str]:
        """What the training cannot be told of, whatever is found -> why."""
        if WEIGHTS in self.training.takes:
            return {}
        return {"tuned-weights": self.training.lacks(WEIGHTS)}

    def check(self, configuration: "Configuration") -> None:
        """Refuse what the training cannot be told of.

        Raises:
            GradSplitError: Why.
        """
        if configuration.steps != 1 or configuration.width != 1:
            raise GradSplitError(untold(self.training))
        told(configuration.method, self.task_names, self.training)

    def with_width(self, factor: float) -> Self:  # noqa: ARG002 - there is none
        """See `TaskSet.with_width`.

        Raises:
            TaskSetError: Always.
        """
        raise TaskSetError(untold(self.training))

    def trunk(self) -> nn.Module:
        """See `TaskSet.trunk`."""
        _unseen()

    def head(self, task: str) -> nn.Module:  # noqa: ARG002
        """See `TaskSet.head`."""
        _unseen()

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:  # noqa: ARG002
        """See `TaskSet.batches`."""
        _unseen()

    def loss(self, task: str, output: Any, target: Any) -> Tensor:  # noqa: ARG002
        """See `TaskSet.loss`."""
        _unseen()

    def score(self, task: str, predict: Predict) -> float:  # noqa: ARG002
        """See `TaskSet.score`."""
        _unseen()


def _unseen() -> NoReturn:
    raise GradSplitError("A training of your own makes its networks itself; they are not seen.")
