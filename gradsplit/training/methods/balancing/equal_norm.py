"""Every task's gradient of the trunk at the same length."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Around, Training
from gradsplit.training.methods.on_top import OnTop
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.methods.task_gradients import give_row, take_row
from gradsplit.training.step import Backward, Losses


@register_method(
    "equal-norm",
    "gradients of the trunk at the same mean length",
    group="balanced without a search",
    cost=Cost(memory="2 gradients of the trunk"),
)
@dataclass(frozen=True)
class EqualNorm(OnTop):
    """A task's gradient of the trunk is divided by its root mean square norm over all steps so far.

    The weights are scaled to sum to the number of tasks, so that equal gradients are those of
    multi-head training. A task whose gradient was zero in every step counts for nothing. The heads
    keep their own gradients.
    Source: our choice. The mean over steps makes it a correction of loudness alone, as in
    `QuietSource`: norms of the step alone would also resolve every conflict half-way.
    Cost: one task's gradient of the trunk and their sum in memory.

    Attributes:
        power: 1 makes the norms equal; less goes a part of the way, 0 none of it.

    Raises:
        GradSplitError: The power is negative.
    """

    power: float = 1.0
    name: ClassVar[str] = "equal-norm"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.power >= 0:
            raise GradSplitError(f"`power` must be 0 or more, got {self.power}.")

    @contextmanager
    def around(self, run: Training) -> Iterator[Around]:
        """See `OnTop.around`."""
        trained = run.trunk_parameters
        loudness = {task: Loudness(self.power) for task in run.tasks}
        for of_task in loudness.values():
            run.keep(of_task, "_squares")

        def act(backward: Backward, losses: Losses) -> None:
            combined, shares = None, {}
            for task, loss in losses:
                backward([(task, loss)])
                row = take_row(trained)
                share = shares[task] = loudness[task].share(row)
                combined = row.mul_(share) if combined is None else combined.add_(row.mul_(share))
                del row  # or it would be held beside the next one
            self.check_all(run, shares)
            assert combined is not None
            every = torch.stack(list(shares.values()))
            scale = (every > 0).sum() / every.sum().clamp_min(1e-30)
            give_row(trained, combined.mul_(scale))

        yield act


class Loudness:
    """How long a task's gradients of the trunk were so far.

    Args:
        power: Of the reciprocal length that its gradient is multiplied with.

    Example:
        >>> of_task = Loudness(power=1.0)
        >>> of_task.share(torch.tensor([3.0, 4.0])), of_task.share(torch.zeros(2))
        (tensor(0.2000, dtype=torch.float64), tensor(0.2000, dtype=torch.float64))
    """

    def __init__(self, power: float) -> None:
        self._power = power
        self._squares: Tensor | None = None

    def share(self, row: Tensor) -> Tensor:
        """The factor of the step's gradient [P], 0 while all were zero."""
        square = row.dot(row).double()
        self._squares = square if self._squares is None else self._squares + square
        heard = self._squares > 0
        return heard / self._squares.where(heard, 1.0).sqrt() ** self._power
