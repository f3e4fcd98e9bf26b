"""DB-MTL: logarithms of the losses, and averaged gradients of the trunk at the same length."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Around, Training
from gradsplit.training.methods.balancing.combined import Combine, Combined
from gradsplit.training.methods.balancing.loss_values import TINY, loss_value
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.step import Backward, Losses

_MOST_SIGMA = 10
"""Larger ones average nothing either, and k^sigma overflows."""


@register_method(
    "db-mtl",
    "log losses, averaged gradients of the trunk at the same length",
    group="balanced without a search",
    cost=Cost(memory="2 T gradients of the trunk"),
)
@dataclass(frozen=True)
class DbMtl(Combined):
    """Every task trains the logarithm of its loss, and pulls the trunk with the same length.

    Source: Lin et al., "Dual-Balancing for Multi-Task Learning" (arXiv 2308.12029), algorithm 1.
    With g_i the trunk's gradient of log(loss_i + 1e-8), step k keeps the average
    b_i <- g_i + beta / k^sigma (b_i - g_i) and gives the trunk the sum of b_i max_j |b_j| / |b_i|.
    The heads get the gradients of the log losses.
    Our choices: the average starts at the first gradient, where the authors' code starts at zero
    and makes a first step of a tenth; and sigma is 0.5 by default, which did better than the 0 of
    LibMTL's configuration on sets where the conflict is not loudness.
    Scale: the paper's, about T over a loss. It has no effect with Adam; with SGD the learning rate
    has to be chosen for it. One task alone is trained by the logarithm of its loss.
    Cost: T gradients of the trunk and their T averages in memory.

    Attributes:
        beta: How much of the average is kept, at the first step; 0 averages nothing.
        sigma: How fast that gets less with the steps.

    Raises:
        GradSplitError: An option is out of range.
    """

    beta: float = 0.9
    sigma: float = 0.5
    name: ClassVar[str] = "db-mtl"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (0 <= self.beta < 1 and 0 <= self.sigma <= _MOST_SIGMA):
            raise GradSplitError(
                f"DB-MTL needs 0 <= beta < 1 and sigma from 0 to {_MOST_SIGMA}, got {self.beta} "
                f"and {self.sigma}."
            )

    @contextmanager
    def around(self, run: Training) -> Iterator[Around]:
        """See `OnTop.around`."""

        def logarithms(losses: Losses) -> Losses:
            for task, loss in losses:
                loss_value(self.name, task, loss)
                yield task, (loss + TINY).log()

        with super().around(run) as act:

            def act_on_logarithms(backward: Backward, losses: Losses) -> None:
                act(backward, logarithms(losses))

            yield act_on_logarithms

    def combine(self, run: Training) -> Combine:
        """See `Combined.combine`."""
        now = SimpleNamespace(steps=0, averages=torch.empty(0))
        run.keep(now, "steps", "averages")

        def combine(rows: Tensor) -> Tensor:
            now.steps += 1
            kept = self.beta / now.steps**self.sigma
            now.averages = rows if now.steps == 1 else rows.lerp(now.averages, kept)
            norms = now.averages.norm(dim=1)
            return (norms.max() / (norms + TINY)) @ now.averages

        return combine
