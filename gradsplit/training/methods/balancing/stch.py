"""STCH: a smooth maximum of the losses, each over its value after a warm-up."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.gls import Reciprocals
from gradsplit.training.methods.balancing.loss_balanced import LogWeighing, StreamedWeights
from gradsplit.training.methods.balancing.loss_values import TINY
from gradsplit.training.methods.registry import register_method


@register_method(
    "stch",
    "a smooth maximum of the losses over their values after a warm-up",
    group="balanced without a search",
)
@dataclass(frozen=True)
class Stch(StreamedWeights):
    """The loss that fell least since a warm-up counts most.

    Source: Lin et al., "Smooth Tchebycheff Scalarization for Multi-Objective Optimization" (ICML
    2024), with the recipe of the authors' code for several tasks: after a warm-up on the sum of the
    log losses, mu log sum_i exp(log(L_i / n_i) / mu), n the mean losses at the warm-up's end. The
    weights are softmax_i(log(L_i / n_i) / mu) / L_i.
    Our choices: a warm-up of a share of the steps, whose last fifth gives n (five epochs of two
    hundred there); mu 1, with which the weights are 1 / n_i in every step; losses below 1e-8 count
    as 1e-8. Less mu looks at the worst task alone: 0.1 did harm on a set where 1 helped.
    Scale: the weights are scaled to sum to the number of tasks, as in multi-head training. One task
    is ordinary training.
    Cost: nothing beside multi-head.

    Attributes:
        mu: How smooth the maximum is.
        warmup: Share of the steps; at least one.

    Raises:
        GradSplitError: An option is out of range.
    """

    mu: float = 1.0
    warmup: float = 0.05
    name: ClassVar[str] = "stch"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (self.mu > 0 and 0 <= self.warmup < 1):
            raise GradSplitError(
                f"STCH needs mu > 0 and 0 <= warmup < 1, got {self.mu} and {self.warmup}."
            )

    def weighing(self, run: Training) -> LogWeighing:
        """See `StreamedWeights.weighing`."""
        since = _SinceWarmup(self.mu, max(1, round(self.warmup * run.steps)))
        run.keep(since, "_left", "_seen", "_nadir")
        return since


class _SinceWarmup(LogWeighing):
    """The losses at the end of the warm-up, and how the present ones compare."""

    def __init__(self, mu: float, warmup: int) -> None:
        self._mu = mu
        self._left, self._noted = warmup, max(1, warmup // 5)
        self._in_warmup = Reciprocals()
        self._seen: list[Sequence[float]] = []
        self._nadir: list[float] = []

    def log_weight(self, place: int, loss: float) -> float:
        """See `LogWeighing.log_weight`."""
        reciprocal = self._in_warmup.log_weight(place, loss)
        if self._left:
            return reciprocal
        return math.log(max(loss, TINY) / self._nadir[place]) / self._mu + reciprocal

    def learn(self, losses: Sequence[float]) -> None:
        """See `LogWeighing.learn`."""
        if not self._left:
            return
        if self._left <= self._noted:
            self._seen.append(losses)
        self._left -= 1
        if not self._left:
            self._nadir = np.maximum(np.mean(self._seen, axis=0), TINY).tolist()
