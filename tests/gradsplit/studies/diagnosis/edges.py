"""An edge to examine in tests, and what its interventions are said to have removed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from torch import Tensor, nn

from analysis.diagnosis.removed_harm import KEEPS, REMOVES, UNDECIDED, Removed
from gradsplit.errors import TaskSetError
from gradsplit.studies.diagnosis.cause import Case
from gradsplit.studies.diagnosis.examination import first_interventions, further_interventions
from gradsplit.studies.diagnosis.intervention import Edge, Intervention
from gradsplit.tasksets.causes.task_sets import late_stage
from gradsplit.training.recipe import Recipe
from gradsplit.training.taskset import TaskSet
from relations.change_kinds import ChangeKind
from relations.tasks import Task

EDGE, ADAM = ("a", "b"), Recipe()


@dataclass(frozen=True)
class Given(TaskSet):
    """A task set of which only what it can do is known."""

    widths: tuple[int, ...] = (8,)
    labels: bool = True
    norm: bool = False
    recipe: Recipe = ADAM
    name = "given"
    tasks = (Task("b"), Task("c"), Task("a"))

    def trunk(self) -> nn.Module:
        return nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2) if self.norm else nn.ReLU())

    def with_width(self, factor: float) -> Self:
        if not self.widths:
            raise TaskSetError("no width")
        return super().with_width(factor)

    def labelled_as(self, task: str, source: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        if not self.labels:
            raise TaskSetError("no labels")
        yield Tensor(), None

    def head(self, task: str) -> nn.Module:
        raise NotImplementedError

    batches = loss = score = head  # type: ignore[assignment]


def case(stages: tuple[str, ...] = ("early", "late"), **given: Any) -> Case:
    """An edge of a task set with Adam, widths and labels, where nothing else is given."""
    return Case(EDGE, Given(**given), stages)


def removed(share: float, verdict: str = UNDECIDED) -> Removed:
    return Removed(share, share - 1, share + 1, verdict, 3)


def examined(edge: Case, share: Callable[[Intervention], float]) -> list[Intervention]:
    """All interventions on an edge where each removes `share(intervention)`, by the mean."""
    wave = first_interventions(edge)
    while wave:
        assert not set(wave) & set(edge.evidence)
        shares = {what: share(what) for what in wave}
        said = {what: REMOVES if of >= 0.5 else KEEPS for what, of in shares.items()}
        new = {what: removed(of, said[what]) for what, of in shares.items()}
        edge.evidence = {**edge.evidence, **new}
        wave = further_interventions(edge)
    return list(edge.evidence)


class Measured:
    """Runs of a planted set in which every task gains the same, unless said otherwise.

    Every intervention leaves half of the harm and of its spread over three seeds.
    """

    taskset = late_stage()

    def __init__(
        self,
        harm: float = -0.1,
        gains: dict[Intervention, list[float]] | None = None,
        moves: tuple[float, ...] = (0.0, 0.01, 0.02),
    ) -> None:
        self._harm, self._gains, self._moves = harm, gains or {}, moves

    def train(self, wanted: object) -> None:
        """Nothing is trained."""

    def before(self, edge: Edge) -> np.ndarray:
        return np.log1p(self._harm) * np.array([0.9, 1.0, 1.1])

    def after(self, intervention: Intervention) -> np.ndarray:
        return np.log1p(self._harm) * np.array([0.5, 0.5, 0.5])

    def mean_change(self, task: str, values: np.ndarray) -> float:
        return float(np.expm1(values.mean()))

    def moves(self, intervention: Intervention) -> list[np.ndarray]:
        return [np.array(self._moves)] * 2

    def gains(self, intervention: Intervention, task: str) -> np.ndarray:
        return np.array(self._gains.get(intervention, [0.3, 0.2, 0.1]))

    def weighed_gains(self, intervention: Intervention, task: str) -> np.ndarray:
        return self.gains(intervention, task)

    def kind(self, task: str) -> ChangeKind:
        return ChangeKind()

    def gains_apart(self, edge: Edge, task: str) -> np.ndarray:
        return np.array([0.5, 0.7])
