"""Random loss weighting: the control for all that weighs losses step by step."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import torch

from gradsplit.training.loop import Around, Training
from gradsplit.training.methods.on_top import OnTop
from gradsplit.training.methods.registry import register_method
from gradsplit.training.step import Backward, Losses


@register_method(
    "random-loss-weighting",
    "loss weights drawn anew in every step",
    group="balanced without a search",
)
@dataclass(frozen=True)
class RandomLossWeights(OnTop):
    """Weights are a softmax of normal numbers, drawn anew in every step.

    Source: Lin et al., "Reasonable Effectiveness of Random Weighting: A Litmus Test for Multi-Task
    Learning" (TMLR 2022), RLW; the same for the trunk's gradients is `random-weighting`. A gain
    that this has too comes from noise and not from balance.
    Scale: the weights sum to the number of tasks, where they sum to 1 in the paper. One task is
    ordinary training.
    Cost: nothing beside multi-head.
    """

    name: ClassVar[str] = "random-loss-weighting"
    needs_all: ClassVar[bool] = False
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    @contextmanager
    def around(self, run: Training) -> Iterator[Around]:
        """See `OnTop.around`; draws from torch's generator, which the run has seeded."""

        def act(backward: Backward, losses: Losses) -> None:
            drawn = len(run.tasks) * torch.randn(len(run.tasks)).softmax(0)
            weights = dict(zip(run.tasks, drawn.tolist(), strict=True))
            backward((task, loss * weights[task]) for task, loss in losses)

        yield act
