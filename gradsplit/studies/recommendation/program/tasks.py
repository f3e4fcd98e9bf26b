"""The tasks of a program of one's own, in the place of a task set."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Self

from torch import Tensor, nn

from gradsplit.errors import GradSplitError, TaskSetError
from gradsplit.studies.recommendation.program.told import UNTOLD, WEIGHTS, told
from gradsplit.training.taskset import Predict, TaskSet
from relations.tasks import Task

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.configuration import Configuration


class ProgramTasks(TaskSet):
    """Tasks whose networks a program builds, trains and scores; nothing of that is seen here.

    Args:
        tasks: The tasks.
        placeholders: Those of `{weights}` and `{mask}` that the program's command has.
    """

    name = "the program"
    # So that masks are offered: which modules they split is the program's to know.
    split_modules = ("the program's own",)

    def __init__(self, tasks: Sequence[Task], placeholders: Sequence[str]) -> None:
        self.tasks = tuple(tasks)
        self.placeholders = tuple(placeholders)

    def left_out(self) -> dict[str, str]:
        """What the program cannot be told of, whatever is found -> why."""
        if WEIGHTS in self.placeholders:
            return {}
        return {"tuned-weights": f"the command has no {{{WEIGHTS}}}"}

    def check(self, configuration: "Configuration") -> None:
        """Refuse what the program cannot be told of.

        Raises:
            GradSplitError: Why.
        """
        if configuration.steps != 1 or configuration.width != 1:
            raise GradSplitError(UNTOLD)
        told(configuration.method, self.task_names, self.placeholders)

    def with_width(self, factor: float) -> Self:  # noqa: ARG002 - there is none
        """See `TaskSet.with_width`.

        Raises:
            TaskSetError: Always.
        """
        raise TaskSetError(UNTOLD)

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
    raise GradSplitError("A program of your own trains its networks itself; they are not seen.")
