"""GradNorm: loss weights that are learned so that the tasks train at similar rates."""

from collections.abc import Callable, Iterator, Mapping
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
    Multitask Networks" (ICML 2018), algorithm 1. The norms are those of the last weight that the
    tasks share, as there; they come from the ordinary backward passes, so that no gradient is
    computed twice. The weights are moved by Adam and scaled to sum to the number of tasks after
    every step.
    Cost: nothing beside multi-head: the norms come from its own backward passes.

    Attributes:
        alpha: Strength of the pull towards equal training rates; 0 makes the norms equal.
        learning_rate: Of the loss weights.

    Raises:
        GradSplitError: An option is out of range.
    """

    alpha: float = 1.5
    learning_rate: float = 0.025
    name: ClassVar[str] = "gradnorm"
    goes_on: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (self.alpha >= 0 and self.learning_rate > 0):
            raise GradSplitError(
                "GradNorm needs alpha >= 0 and learning_rate > 0, got "
                f"{self.alpha} and {self.learning_rate}."
            )

    @contextmanager
    def around(self, run: Training) -> Iterator[Around]:
        """See `OnTop.around`."""
        norms = _SharedNorms(run.network.trunk)
        balance = _Balance(run.tasks, self.alpha, self.learning_rate)
        run.keep(balance, "_values", "_optimizer", "_first")

        def act(backward: Backward, losses: Losses) -> None:
            values, seen = {}, {}
            for task, loss in losses:
                weight = balance.weights[task]
                backward([(task, weight * loss)])
                seen[task] = {place: norm / weight for place, norm in norms.take().items()}
                values[task] = loss.detach()
            self.check_all(run, values)
            balance.step(norms.shared(seen), values)

        try:
            yield act
        finally:
            norms.remove()


class _SharedNorms:
    """The norms of the tasks' gradients at the last weight of a trunk that all of them reach.

    Which that is, the first step tells: a stage of a task's own is reached by its loss alone.

    Args:
        trunk: Whose parameters it listens to, those that are a matrix or a convolution's kernel.

    Raises:
        GradSplitError: There are none that are trained.
    """

    def __init__(self, trunk: nn.Module) -> None:
        self._weights = [one for one in trunk.parameters() if one.requires_grad and one.ndim > 1]
        if not self._weights:
            raise GradSplitError(
                "GradNorm needs a trunk with a trainable weight; this one has none."
            )
        self._norms: dict[int, Tensor] = {}
        self._handles = [
            one.register_hook(self._noting(place)) for place, one in enumerate(self._weights)
        ]
        self._chosen: tuple[int, Tensor] | None = None

    def take(self) -> dict[int, Tensor]:
        """Place of a weight -> norm of its gradient, of the backward passes since the last call."""
        norms, self._norms = self._norms, {}
        return norms

    def shared(self, seen: Mapping[str, Mapping[int, Tensor]]) -> dict[str, Tensor]:
        """Task -> norm at the weight that was chosen in the first step.

        Raises:
            GradSplitError: The tasks have no weight in common.
        """
        if self._chosen is None:
            self._chosen = self._choose(seen)
        place, weight = self._chosen
        return {task: norms.get(place, weight.new_zeros(())) for task, norms in seen.items()}

    def _choose(self, seen: Mapping[str, Mapping[int, Tensor]]) -> tuple[int, Tensor]:
        common = set.intersection(*(set(norms) for norms in seen.values()))
        if not common:
            raise GradSplitError(
                "GradNorm compares the tasks' gradients at a weight that all of them train, and "
                f"{', '.join(seen)} share none. Balance by the losses instead, such as by imtl-l."
            )
        chosen = max(common)
        for place, handle in enumerate(self._handles):
            if place != chosen:
                handle.remove()
        return chosen, self._weights[chosen]

    def remove(self) -> None:
        """Listen no more."""
        for handle in self._handles:
            handle.remove()

    def _noting(self, place: int) -> Callable[[Tensor], None]:
        def note(gradient: Tensor) -> None:
            self._norms[place] = gradient.norm()

        return note


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
