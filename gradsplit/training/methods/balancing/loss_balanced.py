"""Balancings that look at the values of the losses alone: one task's graph at a time."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Around, Training
from gradsplit.training.methods.balancing.loss_values import loss_value
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.on_top import OnTop
from gradsplit.training.step import Backward, Losses

_LARGEST = 30.0
"""How far a logarithm of a weight may be above the first one's before all is scaled down."""


class Weighing(Protocol):
    """Loss weights of one run that are known before a step."""

    def weights(self) -> Sequence[float]:
        """The weights [T] of the next step, in the order of the run's tasks; they sum to T."""
        ...

    def learn(self, losses: Sequence[float]) -> None:
        """Take note of a step's losses [T], after their gradients are there."""


class LogWeighing(ABC):
    """Loss weights of one run that follow from a step's losses."""

    @abstractmethod
    def log_weight(self, place: int, loss: float) -> float:
        """The logarithm of a loss's weight, up to a summand that all tasks have in common."""

    def learn(self, losses: Sequence[float]) -> None:  # noqa: B027 - most remember nothing
        """Take note of a step's losses [T], after their gradients are there."""


@dataclass(frozen=True)
class KnownWeights(OnTop):
    """The weights of a step are known before it."""

    @abstractmethod
    def weighing(self, run: Training) -> Weighing:
        """The weights of a run."""

    @contextmanager
    def around(self, run: Training) -> Iterator[Around]:
        """See `OnTop.around`."""
        weighing = self.weighing(run)

        def act(backward: Backward, losses: Losses) -> None:
            weights = dict(zip(run.tasks, weighing.weights(), strict=True))
            values = {}
            for task, loss in losses:
                values[task] = loss_value(self.name, task, loss)
                backward([(task, loss * weights[task])])
            self.check_all(run, values)
            weighing.learn([values[task] for task in run.tasks])

        yield act


@dataclass(frozen=True)
class StreamedWeights(OnTop):
    """The weights of a step follow from its losses: w_i = T u_i / sum_j u_j, u_i of loss i alone.

    The sum is known after the last loss only, and no graph waits for it: every loss goes backward
    at once with u_i, and in the end all gradients are scaled by T / sum_j u_j.
    """

    @abstractmethod
    def weighing(self, run: Training) -> LogWeighing:
        """The weights of a run."""

    @contextmanager
    def around(self, run: Training) -> Iterator[Around]:
        """See `OnTop.around`.

        Raises:
            GradSplitError: What the method below makes cannot be scaled afterwards.
        """
        self._check_linear()
        weighing = self.weighing(run)
        places = {task: place for place, task in enumerate(run.tasks)}

        def act(backward: Backward, losses: Losses) -> None:
            values, total, reference = {}, 0.0, None
            for task, loss in losses:
                value = values[task] = loss_value(self.name, task, loss)
                logarithm = weighing.log_weight(places[task], value)
                if reference is None or logarithm - reference > _LARGEST:
                    if reference is not None:
                        shrunk = math.exp(reference - logarithm)
                        total *= shrunk
                        _scale(run.trained_parameters, shrunk)
                    reference = logarithm
                share = math.exp(logarithm - reference)
                backward([(task, loss * share)])
                total += share
            self.check_all(run, values)
            _scale(run.trained_parameters, len(values) / total)
            weighing.learn([values[task] for task in run.tasks])

        yield act

    def _check_linear(self) -> None:
        *_, below = self.parts()
        if type(below).optimizer is not Method.optimizer:
            raise GradSplitError(
                f"`{self.name}` scales the step's gradients after the last loss; those of "
                f"`{below.settings()['method']}` are updates already, which it would make longer "
                "or shorter instead."
            )


def _scale(parameters: Sequence[nn.Parameter], factor: float) -> None:
    for one in parameters:
        if one.grad is not None:
            one.grad.mul_(factor)
