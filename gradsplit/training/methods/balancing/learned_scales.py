"""Loss weights that are learned by gradient descent beside the network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.loss_balanced import KnownWeights, Weighing


@dataclass(frozen=True)
class LearnedScales(KnownWeights):
    """Weights proportional to e^s, s learned on `pace` (e^s L - s) by the network's optimizer.

    Attributes:
        rate: The learning rate of s, times that of the network.
        pace: A factor on what s descends on, of which Adam sees nothing.

    Raises:
        GradSplitError: The rate is not above 0.
    """

    rate: float = 2.5
    pace: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise GradSplitError(f"`rate` must be above 0, got {self.rate}.")

    def weighing(self, run: Training) -> Weighing:
        """See `KnownWeights.weighing`."""
        return _Scales(run, self.rate, self.pace)


class _Scales:
    """The scales of one run."""

    def __init__(self, run: Training, rate: float, pace: float) -> None:
        count = len(run.tasks)
        self._scales = nn.Parameter(torch.zeros(count, dtype=torch.float64, device=run.device))
        self._pace = pace
        run.own_rate([self._scales], rate, weight_decay=0.0)

    def weights(self) -> Sequence[float]:
        shares = self._scales.detach().softmax(0)
        return (shares * len(shares)).tolist()

    def learn(self, losses: Sequence[float]) -> None:
        """Leave a gradient for the optimizer, which moves the scales with the network."""
        with torch.no_grad():
            scaled = self._scales.exp() * self._scales.new_tensor(losses)
            self._scales.grad = self._pace * (scaled - 1)
