"""Other loss weights: the control without which a gain is not splitting's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar

from gradsplit.errors import GradSplitError, all_problems
from gradsplit.training.loop import Around, Training
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.on_top import OnTop
from gradsplit.training.methods.registry import Cost, register_method, register_on_top
from gradsplit.training.step import Losses


@register_method(
    "tuned-weights",
    "multi-head with the loss weights that a search finds best",
    group="one network",
    cost=Cost("T forward, T backward; before, about 3 T + 7 trainings"),
    searched=True,
)
@dataclass(frozen=True)
class LossWeights(OnTop):
    """A method with a factor on some tasks' losses.

    A loud loss looks like a harmful task: what its mask gains, a smaller weight may gain as well.
    `gradsplit.studies.comparison.weight_search` searches the factors.
    Cost: nothing beside multi-head; searched weights take about 3 T + 7 trainings before.

    Attributes:
        factors: Task -> factor above 0 on the loss as the recipe weights it; 1 for the others.
        of: The method whose losses they are; multi-head when not given.

    Raises:
        GradSplitError: A factor is not above 0.

    Example:
        >>> LossWeights({"reid": 0.3}).settings()
        {'method': 'weights', 'factors': {'reid': 0.3}}
    """

    factors: Mapping[str, float] = field(default_factory=dict)
    name: ClassVar[str] = "weights"
    needs_all: ClassVar[bool] = False
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        problems = [
            f"the factor of `{task}` must be above 0, got {factor}."
            for task, factor in self.factors.items()
            if not factor > 0
        ]
        if problems:
            raise GradSplitError(all_problems("These loss weights cannot be used", problems))

    @contextmanager
    def around(self, run: Training) -> Iterator[Around]:
        """See `OnTop.around`.

        Raises:
            GradSplitError: A factor is given for something that is no task.
        """
        known = run.taskset.task_names
        unknown = [task for task in self.factors if task not in known]
        if unknown:
            raise GradSplitError(
                f"Loss weights are given for {', '.join(unknown)}; the tasks are "
                f"{', '.join(known)}."
            )
        yield lambda backward, losses: backward(self._weighted(losses))

    def _weighted(self, losses: Losses) -> Losses:
        for task, loss in losses:
            yield task, loss * self.factors.get(task, 1.0)


@register_method(
    "weights",
    "multi-head with given loss weights: weights:reid=0.3,pose=2",
    group="one network",
)
def by_task(**factors: float) -> LossWeights:
    """A factor for each task that is named.

    Cost: nothing beside multi-head.
    """
    return LossWeights(factors)


@register_on_top("weights")
def weighted(method: Method, weights: tuple[tuple[str, float], ...]) -> LossWeights:
    """Any method with loss weights as well."""
    return LossWeights(dict(weights), of=method)
