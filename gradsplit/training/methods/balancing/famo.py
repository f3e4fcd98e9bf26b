"""FAMO: weights that let all losses fall by the same share, from the losses before and after."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.loss_balanced import LogWeighing, StreamedWeights
from gradsplit.training.methods.balancing.loss_values import TINY, loss_value
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.step import Step


@register_method(
    "famo",
    "weights under which all losses fall by the same share",
    group="balanced without a search",
    cost=Cost(passes="2 T forward, T backward"),
)
@dataclass(frozen=True)
class Famo(StreamedWeights):
    """A task whose log loss fell less in a step than the others' gets more weight.

    Source: Liu et al., "FAMO: Fast Adaptive Multitask Optimization" (NeurIPS 2023), algorithm 1.
    The weights are z_i / L_i with z = softmax(xi); after every step the same batches' losses are
    computed again, and xi descends on sum_i z_i (log L_i before - log L_i after).
    Our choices: the least loss of a task is taken to be 0, as by default there; 1e-8 is added to
    every loss. xi has the Adam of the paper and not the network's optimizer: it moves after the
    step, when that one has moved already. As in the authors' code, the second forward passes are
    in training mode, so BatchNorm's running statistics see each batch twice.
    Scale: the weights are scaled to sum to the number of tasks, as in multi-head training; in the
    paper they sum to 1. One task is ordinary training.
    Cost: T forward passes more a step.

    Attributes:
        learning_rate: Of xi.
        weight_decay: Of xi.

    Raises:
        GradSplitError: An option is out of range.
    """

    learning_rate: float = 0.025
    weight_decay: float = 1e-3
    name: ClassVar[str] = "famo"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (self.learning_rate > 0 and self.weight_decay >= 0):
            raise GradSplitError(
                "FAMO needs learning_rate > 0 and weight_decay >= 0, got "
                f"{self.learning_rate} and {self.weight_decay}."
            )

    def weighing(self, run: Training) -> LogWeighing:
        """See `StreamedWeights.weighing`."""
        logits = _Logits(len(run.tasks), self.learning_rate, self.weight_decay)

        @torch.no_grad()
        def look_again(step: Step) -> None:
            before = run.last_losses()
            logits.move(
                [
                    _fall(before[task].item(), loss_value(self.name, task, step.loss(task)))
                    for task in run.tasks
                ]
            )

        run.after_step(look_again)
        run.keep(logits, "_xi", "_optimizer", "_log_shares")
        return logits


def _fall(before: float, after: float) -> float:
    return math.log(before + TINY) - math.log(after + TINY)


class _Logits(LogWeighing):
    """xi [T], on the CPU."""

    def __init__(self, tasks: int, learning_rate: float, weight_decay: float) -> None:
        self._xi = nn.Parameter(torch.zeros(tasks, dtype=torch.float64))
        self._optimizer = torch.optim.Adam([self._xi], learning_rate, weight_decay=weight_decay)
        self._log_shares = self._xi.detach().log_softmax(0).tolist()

    def log_weight(self, place: int, loss: float) -> float:
        """See `LogWeighing.log_weight`."""
        return self._log_shares[place] - math.log(loss + TINY)

    def move(self, falls: Sequence[float]) -> None:
        """Give more to the tasks whose log losses fell less."""
        with torch.enable_grad():
            shares = self._xi.softmax(0)
            (self._xi.grad,) = torch.autograd.grad(shares, self._xi, shares.new_tensor(falls))
        self._optimizer.step()
        self._log_shares = self._xi.detach().log_softmax(0).tolist()
