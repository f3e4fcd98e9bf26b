"""Task sets in which one task harms another for one known reason.

Linear regression as in `gradsplit.tasksets.planted.task_set`, through two stages, `early` and
`late`, and two tasks, `source` and `target`. What a trunk can keep is decided by its narrower
stage, so a stage that is wide as the inputs takes part in no conflict. docs/diagnosis.md derives
for each set that removing its cause, and nothing else, removes the harm.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor, nn

from gradsplit.engine.rules import Channels, register_rule
from gradsplit.tasksets.planted.task_set import INPUTS, Plant, Planted, _linear
from gradsplit.tasksets.planted.truth import best_scores
from gradsplit.training.recipe import Recipe

_RECIPE = Recipe(steps=400, batch_size=32, optimizer="adam", learning_rate=1e-2)


@dataclass(frozen=True)
class TwoStages(Planted):
    """Planted tasks behind two linear stages, both without bias.

    Attributes:
        early: Rows of the first stage; None for gains, one an input. `width` are the rows of the
            second.
    """

    early: int | None = None
    split_modules = ("late",)
    revision = 1

    def trunk(self) -> nn.Module:
        """`early` [early, 24], then `late` [width, early], weights ~ N(0, 1/inputs); gains of 1."""
        early = Gains(INPUTS) if self.early is None else _linear(INPUTS, self.early)
        late = _linear(self.early or INPUTS, self.width)
        return nn.Sequential(OrderedDict(early=early, late=late))

    def with_width(self, factor: float) -> Self:
        """Both stages wider or narrower, at least one row each; gains stay one an input."""
        early = None if self.early is None else max(1, round(self.early * factor))
        return replace(self, early=early, width=max(1, round(self.width * factor)))

    def population_scores(self, tasks: Sequence[str]) -> dict[str, float]:
        """R^2 of a run of these tasks for endless data and finished training."""
        return best_scores(self._demand().select(tasks), min(self.early or INPUTS, self.width))


class Gains(nn.Module):
    """A factor for each input, in hundredths: training hardly moves it.

    Adam moves a parameter by about the learning rate a step at most. Of factors that start at 100
    hundredths that is a ten-thousandth of their size at a rate of 1e-2, some per cent in a whole
    training, so rows that hold some inputs go on holding just these.

    Args:
        channels: Inputs.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), 100.0))

    def forward(self, inputs: Tensor) -> Tensor:
        """[N, channels] -> [N, channels]."""
        return 0.01 * inputs * self.weight


@register_rule(Gains)
def gains(module: nn.Module) -> dict[str, Channels]:
    """An owner a factor."""
    return {"weight": Channels(len(module.weight))}  # type: ignore[arg-type]


_FLAT = tuple(0.0595 - 0.001 * place for place in range(20))
"""Variances of a task that wants twenty inputs nearly alike, and so never has enough rows."""
_GREEDY = tuple(range(20))


def loud_loss() -> TwoStages:
    """Only the source's loss scale harms."""
    return _pair(
        "cause-loud-loss",
        Plant(_GREEDY, _FLAT, scale=3.0, noise=1.5),
        Plant((20, 21, 22, 23), (0.5, 0.2, 0.15, 0.15)),
        early=INPUTS,
        late=8,
    )


def late_stage() -> TwoStages:
    """Only a conflict in the last stage harms."""
    return _pair("cause-late-stage", *_CONFLICT, early=None, late=8, steps=600)


def early_stage() -> TwoStages:
    """Only a conflict in the first stage harms."""
    return _pair("cause-early-stage", *_CONFLICT, early=8, late=INPUTS, steps=600)


def narrow_trunk() -> TwoStages:
    """Only the width of the trunk harms."""
    steep = (0.235, 0.225, 0.215, 0.205, 0.06, 0.06)
    return _pair(
        "cause-narrow-trunk",
        Plant(tuple(range(6)), steep),
        Plant(tuple(range(6, 12)), steep),
        early=8,
        late=8,
        steps=2000,
    )


def short_training() -> TwoStages:
    """Only stopping too early harms."""
    return _pair("cause-short-training", *_APART, early=INPUTS, late=INPUTS, steps=110)


def no_harm() -> TwoStages:
    """Nothing harms."""
    return _pair("cause-none", *_APART, early=INPUTS, late=INPUTS)


_CONFLICT = (
    Plant(_GREEDY, _FLAT, scale=2.8),
    Plant((20, 21, 22, 23), (0.91, 0.03, 0.03, 0.03), scale=2.0, samples=20000, noise=0.5),
)
_APART = (Plant(tuple(range(8)), (1 / 8,) * 8), Plant(tuple(range(8, 16)), (1 / 8,) * 8))


def _pair(
    name: str,
    source: Plant,
    target: Plant,
    *,
    early: int | None,
    late: int,
    steps: int = _RECIPE.steps,
) -> TwoStages:
    return TwoStages(
        name=name,
        plants={"source": source, "target": target},
        width=late,
        early=early,
        recipe=replace(_RECIPE, steps=steps),
    )
