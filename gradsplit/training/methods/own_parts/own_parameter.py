"""A parameter for each task in the place of one."""

from collections.abc import Sequence

from torch import Tensor, nn

from gradsplit.training.methods.own_parts.per_task import TaskPart
from gradsplit.training.network import head_key


class OwnParameter(TaskPart):
    """A parameter of the current task's own in the place of a shared one.

    Args:
        shared: Its values at first.
        tasks: The tasks.
    """

    def __init__(self, shared: Tensor, tasks: Sequence[str]) -> None:
        super().__init__(tasks)
        self.by_task = nn.ParameterDict({head_key(task): shared.detach().clone() for task in tasks})

    def forward(self, shared: Tensor) -> Tensor:  # noqa: ARG002 - its place is taken
        """The current task's."""
        return self.by_task[head_key(self.task)]
