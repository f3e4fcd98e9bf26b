"""Every task's gradient of the trunk at the same length."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.combined import GramWeights
from gradsplit.training.methods.registry import Cost, register_method


@register_method(
    "equal-norm",
    "gradients of the trunk at the same mean length",
    group="balanced without a search",
    cost=Cost(memory="T gradients of the trunk"),
)
@dataclass(frozen=True)
class EqualNorm(GramWeights):
    """A task's gradient of the trunk is divided by its root mean square norm over all steps so far.

    The weights are scaled to sum to the number of tasks, so that equal gradients are those of
    multi-head training. A task whose gradient was zero in every step counts for nothing.
    Source: our choice. The mean over steps makes it a correction of loudness alone, as in
    `QuietSource`: norms of the step alone would also resolve every conflict half-way.

    Attributes:
        power: 1 makes the norms equal; less goes a part of the way, 0 none of it.

    Raises:
        GradSplitError: The power is negative.
    """

    power: float = 1.0
    name: ClassVar[str] = "equal-norm"

    def __post_init__(self) -> None:
        if not self.power >= 0:
            raise GradSplitError(f"`power` must be 0 or more, got {self.power}.")

    def weigh(self, run: Training) -> Callable[[Tensor], Tensor]:
        """See `GramWeights.weigh`."""
        squares = torch.zeros(len(run.tasks), dtype=torch.float64, device=run.device)

        def weights(gram: Tensor) -> Tensor:
            squares.add_(gram.diagonal())
            heard = squares > 0
            loudness = squares.where(heard, 1.0).sqrt() ** self.power
            shares = heard / loudness
            return (heard.sum() * shares / shares.sum().clamp_min(1e-30)).to(gram.dtype)

        return weights
