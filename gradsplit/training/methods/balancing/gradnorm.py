"""GradNorm: loss weights that are learned so that the tasks train at similar rates."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Around, Training
from gradsplit.training.methods.on_top import OnTop
from gradsplit.training.methods.registry import register_method
from gradsplit.training.step import Backward, Losses


@register_method(
    "gradnorm",
    "loss weights learned from gradient norms",
    group="balanced without a search",
)
@dataclass(frozen=True)
class GradNorm(OnTop):
    """Loss weights move so that a task that has learned less gets a larger gradient.

    Source: Chen et al., "GradNorm: Gradient Normalization for Adaptive Loss Balancing in Deep
    Multitask Networks" (ICML 2018), algorithm 1. The norms are those of the trunk's last weight, as
    there; they come from the ordinary backward passes, so that no gradient is computed twice. The
    weights are moved by Adam and scaled to sum to the number of tasks after every step.

    Attributes:
        alpha: Strength of the pull towards equal training rates; 0 makes the norms equal.
        learning_rate: Of the loss weights.

    Raises:
        GradSplitError: An option is out of range.
    """

    alpha: float = 1.5
    learning_rate: float = 0.025
    name: ClassVar[str] = "gradnorm"

    def __post_init__(self) -> None:
        if not (self.alpha >= 0 and self.learning_rate > 0):
            raise GradSplitError(
                "GradNorm needs alpha >= 0 and learning_rate > 0, got "
                f"{self.alpha} and {self.learning_rate}."
            )

    @contextmanager
    def around(self, run: Training) -> Iterator[Around]:
        """See `OnTop.around`."""
        shared = last_weight(run.network.trunk)
        balance = _Balance(run.tasks, self.alpha, self.learning_rate)
        norms: list[Tensor] = []
        handle = shared.register_hook(lambda gradient: norms.append(gradient.norm()))

        def act(backward: Backward, losses: Losses) -> None:
            norms.clear()
            values = {}
            for task, loss in losses:
                weight = balance.weights[task]
                backward([(task, weight * loss)])
                norms[-1] /= weight
                values[task] = loss.detach()
            self.check_all(run, values)
            balance.step(dict(zip(values, norms, strict=True)), values)

        try:
            yield act
        finally:
            handle.remove()


def last_weight(trunk: nn.Module) -> nn.Parameter:
    """The last trainable parameter of a trunk that is a matrix or a convolution's kernel.

    Raises:
        GradSplitError: There is none.
    """
    weights = [one for one in trunk.parameters() if one.requires_grad and one.ndim > 1]
    if not weights:
        raise GradSplitError("GradNorm needs a trunk with a trainable weight; this one has none.")
    return weights[-1]


def targets(norms: Tensor, ratios: Tensor, alpha: float) -> Tensor:
    """The norms [T] that the weighted gradients should have: larger where less was learned.

    Args:
        norms: Norms of the weighted gradients [T].
        ratios: Each loss over its first value [T].
        alpha: Strength of the pull.

    Example:
        >>> targets(torch.tensor([1.0, 3.0]), torch.tensor([0.5, 1.0]), alpha=1.5)
        tensor([1.0887, 3.0792])
    """
    pace = ratios / ratios.mean().clamp_min(torch.finfo(ratios.dtype).tiny)
    return norms.mean() * pace**alpha


class _Balance:
    """The loss weights and how they move."""

    def __init__(self, tasks: tuple[str, ...], alpha: float, learning_rate: float) -> None:
        self._tasks = tasks
        self._alpha = alpha
        self._values = torch.ones(len(tasks), requires_grad=True)
        self._optimizer = torch.optim.Adam([self._values], lr=learning_rate)
        self._first: Tensor | None = None

    @property
    def weights(self) -> dict[str, float]:
        """Task -> weight; they sum to the number of tasks."""
        return dict(zip(self._tasks, self._values.tolist(), strict=True))

    def step(self, norms: Mapping[str, Tensor], losses: Mapping[str, Tensor]) -> None:
        """Move the weights by the gradient norms of the unweighted losses and the losses."""
        norm = torch.stack([norms[task] for task in self._tasks]).cpu()
        loss = torch.stack([losses[task] for task in self._tasks]).cpu()
        if self._first is None:
            # A first loss of zero has no ratio; the smallest positive number gives a finite one.
            self._first = loss.clamp_min(torch.finfo(loss.dtype).tiny)
        actual = self._values * norm
        wanted = targets(actual.detach(), loss / self._first, self._alpha)
        self._optimizer.zero_grad()
        (actual - wanted).abs().sum().backward()
        self._optimizer.step()
        with torch.no_grad():
            # Positive whatever Adam's step: a negative weight would climb.
            self._values.clamp_(min=1e-3)
            self._values.mul_(len(self._tasks) / self._values.sum())
