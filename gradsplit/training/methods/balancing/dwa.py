"""DWA: a loss counts more the slower it falls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.loss_balanced import KnownWeights, Weighing
from gradsplit.training.methods.balancing.loss_values import TINY
from gradsplit.training.methods.registry import register_method


@register_method(
    "dwa",
    "a loss counts more the slower it falls",
    group="balanced without a search",
)
@dataclass(frozen=True)
class Dwa(KnownWeights):
    """Weights are a softmax of the rates at which the losses fell over the last two blocks.

    Source: Liu et al., "End-to-End Multi-Task Learning with Attention" (CVPR 2019), equation 7:
    T softmax(r / temperature), r_i the mean loss of the last block over that of the one before.
    The first two blocks have equal weights.
    Our choice: blocks of steps instead of epochs, of which every task has its own.
    Scale: the weights sum to the number of tasks, as in multi-head training. Losses that fall at
    the same rate, and one task, are ordinary training. Factors on losses, such as a recipe's
    weights, stay: loudness is not balanced.
    Cost: nothing beside multi-head.

    Attributes:
        temperature: The larger, the nearer to equal weights.
        block: Steps over which losses are averaged.

    Raises:
        GradSplitError: An option is out of range.
    """

    temperature: float = 2.0
    block: int = 50
    name: ClassVar[str] = "dwa"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and self.block >= 1):
            raise GradSplitError(
                "DWA needs temperature > 0 and a block of 1 step or more, got "
                f"{self.temperature} and {self.block}."
            )

    def weighing(self, run: Training) -> Weighing:
        """See `KnownWeights.weighing`."""
        rates = _Rates(self.temperature, self.block, len(run.tasks))
        run.keep(rates, "_means", "_now", "_weights")
        return rates


class _Rates:
    """The mean losses of the blocks."""

    def __init__(self, temperature: float, block: int, tasks: int) -> None:
        self._temperature, self._block = temperature, block
        self._means: list[np.ndarray] = []
        self._now: list[Sequence[float]] = []
        self._weights = [1.0] * tasks

    def weights(self) -> Sequence[float]:
        return self._weights

    def learn(self, losses: Sequence[float]) -> None:
        self._now.append(losses)
        if len(self._now) < self._block:
            return
        self._means = [*self._means[-1:], np.mean(self._now, axis=0)]
        self._now = []
        if len(self._means) == 2:
            before, last = self._means
            shares = torch.from_numpy(last / (before + TINY) / self._temperature).softmax(0)
            self._weights = (len(shares) * shares).tolist()
