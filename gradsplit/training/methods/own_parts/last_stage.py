"""Task-specific last stage: the split modules once a task."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from gradsplit.training.methods.modules import split_modules
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.own_parts.per_task import PerTaskNetwork
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.taskset import TaskSet


@register_method(
    "last-stage",
    "a last stage for each task",
    group="own parts for each task",
    cost=Cost(parameters="one network, T last stages"),
)
@dataclass(frozen=True)
class LastStage(PlainSum):
    """Every task has its own copy of the modules that GradSplit would divide.

    The copies start from the same weights. No loss updates another task's copy, at the price of T
    last stages in parameters and time.
    Source: "Task-specific L4" of "Split to Learn: Gradient Split for Multi-Task Human Image
    Analysis", WACV 2023.
    Cost: a step is multi-head's; T last stages in memory and in use.

    Attributes:
        modules: Names of the trunk's modules; the task set's own where None.
    """

    modules: tuple[str, ...] | None = None
    name: ClassVar[str] = "last-stage"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`.

        Raises:
            ModuleNameError: There is nothing to copy.
        """
        shared = build_network(taskset, tasks, seed)
        return PerTaskNetwork(shared, split_modules(taskset, self.modules), copy.deepcopy)
