"""GradSplit: each loss updates only the filters that the mask allows it to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import torch

from gradsplit.engine.owners import Owners
from gradsplit.errors import GradSplitError, MaskMismatchError, all_problems
from gradsplit.training.loop import Training
from gradsplit.training.methods.method import Method, TaskGradients
from gradsplit.training.methods.modules import of_mask, split_modules
from gradsplit.training.methods.registry import register_method
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.step import Backward, Losses
from gradsplit.training.taskset import TaskSet
from relations.mask import GradientMask

if TYPE_CHECKING:
    from gradsplit.engine.split import GradSplit


@register_method("gradsplit", "GradSplit with the measured mask", group="needs relations")
@dataclass(frozen=True)
class MaskedTraining(Method):
    """GradSplit on the trunk's split modules.

    Source: "Split to Learn: Gradient Split for Multi-Task Human Image Analysis", WACV 2023.
    Cost: a step is multi-head's, in which a gradient is selected filter by filter before it is
    added.

    Attributes:
        mask: The gradient mask. It may know more tasks than a run has; the filters are then divided
            among the run's tasks alone.
        modules: Names of the trunk's modules to divide; the task set's own where None, and those
            that the mask was made for where ("auto",).
        mode: "param" masks parameter gradients only, which is the method; "feature" also what flows
            back to earlier layers. See `gradsplit.GradSplit`.
        shares: (task, own share of the channels) for some or all tasks.

    Raises:
        GradSplitError: The mode does not exist, or the shares do not fit.
        ModuleNameError: The mask does not say which modules it was made for.
    """

    mask: GradientMask
    modules: tuple[str, ...] | None = None
    mode: Literal["param", "feature"] = "param"
    shares: tuple[tuple[str, float], ...] = ()
    name: ClassVar[str] = "gradsplit"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.mode not in _backward_of:
            raise GradSplitError(f"`mode` must be 'param' or 'feature', got {self.mode!r}.")
        # Read from the mask once, so that they are what the ledger knows a run by.
        object.__setattr__(self, "modules", of_mask(self.modules, self.mask))
        Owners(self.mask.tasks, shares=dict(self.shares))  # refuses shares that do not fit

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        """See `Method.training`.

        Raises:
            MaskMismatchError: The mask lacks tasks of the run.
            ModuleNameError: There is nothing to split.
        """
        # Imported here: the engine is not needed to train without a mask.
        from gradsplit.engine.split import GradSplit

        mask = select_mask(self.mask, run.tasks)
        split = GradSplit(
            run.network.trunk,
            mask,
            modules=split_modules(run.taskset, self.modules),
            shares=dict(self.shares),
            mode=self.mode,
        )
        try:
            yield partial(_backward_of[self.mode], split)
        finally:
            split.remove()

    def together(
        self, network: MultiTaskNetwork, taskset: TaskSet
    ) -> Callable[[TaskGradients], None]:
        """See `Method.together`; of the mode "param" only."""
        if self.mode != "param":
            return super().together(network, taskset)
        from gradsplit.engine.parameters import collect

        mask = select_mask(self.mask, network.tasks)
        owners = Owners(mask.tasks, shares=dict(self.shares))
        split = collect(network.trunk, split_modules(taskset, self.modules), owners).split
        allowed = {
            task: {f"trunk.{one.name}": torch.from_numpy(row[one.owner]) for one in split}
            for task, row in zip(mask.tasks, mask.may_update, strict=True)
        }

        def act(gradients: TaskGradients) -> None:
            for task, kept in allowed.items():
                for name, where in kept.items():
                    gradient = gradients[task][name]
                    nothing = gradient.new_zeros(())
                    gradients[task][name] = torch.where(
                        where.to(gradient.device), gradient, nothing
                    )

        return act

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`."""
        return super().settings() | {"shares": dict(self.shares)}


def _by_hooks(split: "GradSplit", losses: Losses) -> None:
    """Each task's loss by itself; the activations of one task are held at a time."""
    for task, loss in losses:
        with split.task(task):
            loss.backward()


def _by_cuts(split: "GradSplit", losses: Losses) -> None:
    """The same where what flows back is masked as well."""
    for task, loss in losses:
        split.backward({task: loss})


_backward_of = {"param": _by_hooks, "feature": _by_cuts}


def select_mask(mask: GradientMask, tasks: tuple[str, ...]) -> GradientMask:
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
