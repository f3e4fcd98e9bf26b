"""GradSplit: each loss updates only the filters that the mask allows it to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from gradsplit.errors import MaskMismatchError, all_problems
from gradsplit.methods.method import Backward, Losses, Method
from gradsplit.methods.modules import split_modules
from gradsplit.network import MultiTaskNetwork
from gradsplit.taskset import TaskSet

if TYPE_CHECKING:
    from relations.mask import GradientMask


@dataclass(frozen=True)
class MaskedTraining(Method):
    """GradSplit on the trunk's split modules.

    Source: "Split to Learn: Gradient Split for Multi-Task Human Image Analysis", WACV 2023.

    Attributes:
        mask: The gradient mask. It may know more tasks than a run has; the filters are then divided
            among the run's tasks alone.
        modules: Names of the trunk's modules to divide; the task set's own where None.
    """

    mask: "GradientMask"
    modules: tuple[str, ...] | None = None
    name: ClassVar[str] = "gradsplit"

    @contextmanager
    def training(
        self,
        network: MultiTaskNetwork,
        taskset: TaskSet,
        seed: int,  # noqa: ARG002 - draws nothing
    ) -> Iterator[Backward]:
        """See `Method.training`.

        Raises:
            MaskMismatchError: The mask lacks tasks of the run.
            ModuleNameError: There is nothing to split.
        """
        # Imported here: the engine is not needed to train without a mask.
        from gradsplit.split import GradSplit

        mask = select_mask(self.mask, network.tasks)
        split = GradSplit(network.trunk, mask, modules=split_modules(taskset, self.modules))

        def backward(losses: Losses) -> None:
            for task, loss in losses:
                with split.task(task):
                    loss.backward()

        try:
            yield backward
        finally:
            split.remove()

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`."""
        return {
            "method": self.name,
            "mask": {
                "tasks": list(self.mask.tasks),
                "may_update": [[bool(cell) for cell in row] for row in self.mask.may_update],
            },
            "modules": None if self.modules is None else list(self.modules),
        }


def select_mask(mask: "GradientMask", tasks: tuple[str, ...]) -> "GradientMask":
    """The mask of a run's tasks, in the run's order.

    Raises:
        MaskMismatchError: The mask does not know all of the tasks.
    """
    missing = [task for task in tasks if task not in mask.tasks]
    if missing:
        raise MaskMismatchError(
            all_problems(
                f"The mask knows the tasks {', '.join(mask.tasks)}",
                [f"`{task}` of this run is not one of them." for task in missing],
            )
        )
    return mask.select(tasks)
