"""GradSplit: each loss updates only the filters that the mask allows it to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from gradsplit.errors import MaskMismatchError, all_problems
from gradsplit.methods.method import Backward, Losses, Method
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
            MaskMismatchError: The mask lacks tasks of the run, or there is nothing to split.
        """
        # Imported here: the engine is not needed to train without a mask.
        from gradsplit.split import GradSplit

        mask = select_mask(self.mask, network.tasks)
        split = GradSplit(network.trunk, mask, modules=list(self._split_modules(taskset)))

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

    def _split_modules(self, taskset: TaskSet) -> tuple[str, ...]:
        modules = taskset.split_modules if self.modules is None else self.modules
        if not modules:
            raise MaskMismatchError(
                f"The task set `{taskset.name}` names no split modules, so the mask has nothing to "
                "act on. Give `modules=[...]`, names as in `trunk.named_modules()`."
            )
        return tuple(modules)


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
