"""Task sets in which one task harms another for one known reason.

Linear regression as in `gradsplit.tasksets.planted`, through two stages, `early` and `late`, and
two tasks, `source` and `target`. What a trunk can keep is decided by its narrower stage, so a
stage that is wide as the inputs takes part in no conflict. docs/diagnosis.md derives for each set
that removing its cause, and nothing else, removes the harm.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from torch import nn

from gradsplit.taskset import Recipe
from gradsplit.tasksets.planted import INPUTS, Plant, Planted, _linear
from gradsplit.tasksets.planted_truth import best_scores

_RECIPE = Recipe(steps=400, batch_size=32, optimizer="adam", learning_rate=1e-2)


@dataclass(frozen=True)
class TwoStages(Planted):
    """Planted tasks behind two linear stages, both without bias.

    Attributes:
        early: Rows of the first stage; `width` are those of the second.
    """

    early: int = INPUTS
    split_modules = ("late",)

    def trunk(self) -> nn.Module:
        """`early` [early, 24], then `late` [width, early], weights ~ N(0, 1/inputs)."""
        return nn.Sequential(
            OrderedDict(early=_linear(INPUTS, self.early), late=_linear(self.early, self.width))
        )

    def with_width(self, factor: float) -> Self:
        """Both stages wider or narrower, at least one row each."""
        return replace(
            self,
            early=max(1, round(self.early * factor)),
            width=max(1, round(self.width * factor)),
        )

    def population_scores(self, tasks: Sequence[str]) -> dict[str, float]:
        """R^2 of a run of these tasks for endless data and finished training."""
        return best_scores(self._demand().select(tasks), min(self.early, self.width))


_FLAT = tuple(0.0595 - 0.001 * place for place in range(20))
"""Variances of a task that wants twenty inputs nearly alike, and so never has enough rows."""
_GREEDY = tuple(range(20))


def loud_loss() -> TwoStages:
    """Only the source's loss scale harms."""
    return _pair(
        "cause-loud-loss",
        Plant(_GREEDY, _FLAT, scale=3.0),
        Plant((20, 21, 22, 23), (0.5, 0.2, 0.15, 0.15)),
        early=INPUTS,
        late=8,
    )


def late_stage() -> TwoStages:
    """Only a conflict in the last stage harms."""
    return _pair("cause-late-stage", *_CONFLICT, early=INPUTS, late=8)


def early_stage() -> TwoStages:
    """Only a conflict in the first stage harms."""
    return _pair("cause-early-stage", *_CONFLICT, early=8, late=INPUTS)


def narrow_trunk() -> TwoStages:
    """Only the width of the trunk harms."""
    steep = (0.3, 0.25, 0.2, 0.15, 0.06, 0.04)
    return _pair(
        "cause-narrow-trunk",
        Plant(tuple(range(6)), steep),
        Plant(tuple(range(6, 12)), steep),
        early=8,
        late=8,
    )


def short_training() -> TwoStages:
    """Only stopping too early harms."""
    return _pair("cause-short-training", *_APART, early=16, late=16, steps=80)


def no_harm() -> TwoStages:
    """Nothing harms."""
    return _pair("cause-none", *_APART, early=16, late=16)


_CONFLICT = (
    Plant(_GREEDY, _FLAT, scale=2.8),
    Plant((20, 21, 22, 23), (0.91, 0.03, 0.03, 0.03), scale=2.0, samples=20000, noise=0.5),
)
_APART = (
    Plant((0, 1, 2, 3), (0.4, 0.3, 0.2, 0.1)),
    Plant((4, 5, 6, 7), (0.4, 0.3, 0.2, 0.1)),
)


def _pair(
    name: str, source: Plant, target: Plant, *, early: int, late: int, steps: int = _RECIPE.steps
) -> TwoStages:
    return TwoStages(
        name=name,
        plants={"source": source, "target": target},
        width=late,
        early=early,
        recipe=replace(_RECIPE, steps=steps),
    )
