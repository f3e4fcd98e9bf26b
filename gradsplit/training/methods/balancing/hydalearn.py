"""HydaLearn: a task counts as much as its step helps one main task."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.combined import Combine, Combined
from gradsplit.training.methods.balancing.trials import Trials
from gradsplit.training.methods.registry import Cost, register_method


@register_method(
    "hydalearn",
    "a task counts as much as its step helps the main task; hydalearn:main=reid",
    group="balanced without a search",
    cost=Cost(passes="2 T + 1 forward, T backward", memory="T gradients of the trunk"),
)
@dataclass(frozen=True)
class HydaLearn(Combined):
    """Every step tries each task's gradient and weighs it by what that brings the main task.

    Source: Verboven et al., "HydaLearn: Highly Dynamic Task Weighting for Multi-Task Learning with
    Auxiliary Tasks" (Applied Intelligence 2023). Task k makes a step of the trunk and its own head,
    th - eta g_k; d_k is what the main task gains by it on the same batch, and the loss weights have
    the ratios w_i / w_j = d_i / d_j. There is no faithful public code.
    Our choices: the gain is that of the main task's loss, as a metric needs more than a batch; a
    task that would harm gets 0, and the main task everything where none helps; a trial is a plain
    gradient step at the current learning rate, whatever the optimizer. Heads count in full always.
    Scale: the weights sum to the number of tasks, as in multi-head training. One task alone is
    ordinary training.
    Known of its worth: it serves one task, and the others are trained as far as that is of use to
    it; their scores are no aim. The gain is measured on the batch that is trained on, so the main
    task's own step nearly always looks best. On `planted` (main task `quiet`, 5 seeds) the main
    task kept its single-task score, 0.999, where multi-head left 0.385; `loud` and `apart` lost 11
    and 49 per cent.
    Cost: T + 1 forward passes more a step, and T gradients of the trunk in memory.

    Attributes:
        main: The task that counts.
    """

    main: str
    name: ClassVar[str] = "hydalearn"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def combine(self, run: Training) -> Combine:
        """See `Combined.combine`.

        Raises:
            GradSplitError: The main task is not among the run's.
        """
        if self.main not in run.tasks:
            raise GradSplitError(
                f"`{self.main}` must be one of the run's tasks, which are {', '.join(run.tasks)}."
            )
        trials = Trials(run)

        def combine(rows: Tensor) -> Tensor:
            (before,) = trials.losses((self.main,), ())
            gains = []
            for task, row in zip(run.tasks, rows, strict=True):
                moves = trials.along(row)
                if task == self.main:  # no other head answers the main task
                    head = run.network.head(task)
                    moves += [(one, one.grad) for one in head.parameters() if one.grad is not None]
                (after,) = trials.losses((self.main,), moves)
                gains.append(before - after)
            return rows.new_tensor(weights_of(gains, run.tasks.index(self.main))) @ rows

        return combine


def weights_of(gains: Sequence[float], main: int) -> list[float]:
    """Weights [T] in the ratios of gains above 0, or all for the main task; they sum to T.

    Args:
        gains: Of the main task by each task's step; what is not a number counts as harm.
        main: The main task's place.

    Example:
        >>> weights_of([0.095, -0.24, -0.005], 0), weights_of([1.0, 3.0], 0)
        ([3.0, 0.0, 0.0], [0.5, 1.5])
        >>> weights_of([-1.0, 0.0], 0)
        [2.0, 0.0]
    """
    helpful = [gain if gain > 0 else 0.0 for gain in gains]
    if not any(helpful):
        helpful[main] = 1.0
    scale = len(gains) / sum(helpful)
    return [scale * gain for gain in helpful]
