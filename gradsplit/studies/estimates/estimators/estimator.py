"""What an estimator is: a guess at who helps and who harms whom, without the probe's runs."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates.estimators.untouched import untouched
from gradsplit.training.fit import Fitted, fit
from gradsplit.training.seeding import seed_for
from gradsplit.training.step import Step
from gradsplit.training.taskset import TaskSet

Matrix = NDArray[np.float64]
BLOCKS = 10  # successive steps are alike, so standard errors are those of the means of blocks


@dataclass
class Passes:
    """Passes of one task's batch through the network, to state a cost without a clock.

    Attributes:
        forwards: Forward passes.
        backwards: Backward passes; each costs as much as two forward passes.
    """

    forwards: float = 0
    backwards: float = 0

    def trainings(self, steps: int) -> float:
        """As single-task trainings of `steps` steps, which make one pass each way a step.

        Example:
            >>> Passes(forwards=200, backwards=100).trainings(steps=100)
            1.3333333333333333
        """
        return (self.forwards + 2 * self.backwards) / (3 * steps)


@dataclass(frozen=True)
class Measurement:
    """What an estimator found in one seed.

    Attributes:
        tasks: T names, in the order of the matrices.
        values: [T, T] row = source, column = target, diagonal NaN; larger = the source helps more.
            The unit is the estimator's. NaN where nothing could be measured.
        se: [T, T] standard error of `values` over the steps of the run; NaN where unknown. It is
            the noise of measuring, not the distance to what a probe would find.
        trainings: Cost of everything, in single-task trainings of this task set.
        seconds: Wall time of everything.
        diagnostics: Further findings, JSON values.
        scores: The joint run's scores by task; empty when there was none.
    """

    tasks: tuple[str, ...]
    values: Matrix
    se: Matrix
    trainings: float
    seconds: float
    diagnostics: Mapping[str, Any]
    scores: Mapping[str, float] = field(default_factory=dict)


class Estimator(ABC):
    """A way to guess the relations of a task set. Holds options only, no state of a training.

    Attributes:
        name: Short name for files and the command line.
        unit: What its numbers mean, for people; they are no changes of a score.
        symmetric: Whether source -> target and target -> source always get the same number.
    """

    name: ClassVar[str]
    unit: ClassVar[str]
    symmetric: ClassVar[bool] = False

    @abstractmethod
    def measure(
        self, taskset: TaskSet, seed: int, *, device: str | torch.device = "cpu"
    ) -> Measurement:
        """Estimate all relations of a task set.

        Args:
            taskset: T >= 2 tasks.
            seed: Seed of the joint run.
            device: Where to train.

        Raises:
            GradSplitError: There are fewer than two tasks, or the training fails.
        """

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What of the estimator changes its numbers, as JSON values."""


@dataclass(frozen=True)
class Watched:
    """A joint run that was looked at.

    Attributes:
        fitted: The run; the same as without being looked at.
        seen: What each look gave, in order.
        passes: Of the run and these looks.
        seconds: Wall time of run and these looks.
    """

    fitted: Fitted
    seen: list[Any]
    passes: Passes
    seconds: float


class Watching(Estimator):
    """An estimator that looks at every `every`-th step of a joint run, from the first on.

    Attributes:
        every: Steps from one look to the next, at least 1.
    """

    every: int

    @abstractmethod
    def look(self, step: Step, rewind: Callable[[], None], passes: Passes) -> Any:
        """One look at a step. Everything is put back after it (see `untouched`).

        Args:
            step: The step; network and optimizer may be changed.
            rewind: Puts them back at once, to try the next thing.
            passes: The passes of this look are added to it.

        Returns:
            What it saw, for `result`.
        """

    @abstractmethod
    def result(self, taskset: TaskSet, watched: Watched) -> Measurement:
        """What all looks say together."""

    def measure(
        self, taskset: TaskSet, seed: int, *, device: str | torch.device = "cpu"
    ) -> Measurement:
        """See `Estimator.measure`."""
        return measure_together([self], taskset, seed, device=device)[0]


def measure_together(
    estimators: Sequence[Watching],
    taskset: TaskSet,
    seed: int,
    *,
    device: str | torch.device = "cpu",
) -> list[Measurement]:
    """Several estimates from one joint run, each the same as from a run of its own.

    Args:
        estimators: What to measure.
        taskset: T >= 2 tasks.
        seed: Seed of the run.
        device: Where to train.

    Returns:
        One for each estimator; each states the cost it would have alone.

    Raises:
        GradSplitError: Fewer than two tasks, or `every` is no positive number.

    Cost: one joint run, and the looks.
    """
    names = taskset.task_names
    if len(names) < 2:
        raise GradSplitError(f"Relations need two tasks or more; `{taskset.name}` has {names}.")
    for one in estimators:
        if one.every < 1:
            raise GradSplitError(f"`every` must be 1 or more steps, got {one.every}.")
    joint = taskset.recipe.steps * len(names)
    passes = [Passes(forwards=joint, backwards=joint) for _ in estimators]
    seen: list[list[Any]] = [[] for _ in estimators]
    spent = np.zeros(len(estimators))

    def observe(step: Step) -> None:
        for number, one in enumerate(estimators):
            if step.number % one.every == 0:
                began = time.perf_counter()
                with untouched(step.network, step.optimizer) as rewind:
                    seen[number].append(one.look(step, rewind, passes[number]))
                spent[number] += time.perf_counter() - began

    started = time.perf_counter()
    fitted = fit(taskset, names, seed, device=device, observe=observe)
    alone = time.perf_counter() - started - spent.sum()
    return [
        one.result(taskset, Watched(fitted, seen[number], passes[number], alone + spent[number]))
        for number, one in enumerate(estimators)
    ]


def loss_now(step: Step, task: str) -> Tensor:
    """The loss of a task on the step's batch, with the same random draws at each call of a step.

    Inside `untouched` only: torch's generators are set. A network with dropout would otherwise be
    compared with another network.
    """
    torch.manual_seed(seed_for(step.number, "estimator", task))
    return step.loss(task)


def over_steps(values: Matrix) -> tuple[Matrix, Matrix]:
    """Mean over steps and its standard error, from the means of blocks of successive steps.

    Args:
        values: [P, ...] one value a look; NaN where there is none.

    Returns:
        Mean [...] and standard error [...]; NaN with no value, and with fewer than two blocks.

    Example:
        >>> mean, se = over_steps(np.array([1.0, 3.0]))
        >>> float(mean), float(se)
        (2.0, 1.0)
    """
    blocks = [_mean(block) for block in np.array_split(values, min(BLOCKS, len(values)))]
    stacked = np.stack(blocks)
    known = (~np.isnan(stacked)).sum(axis=0)
    deviations = np.where(np.isnan(stacked), 0.0, stacked - _mean(stacked))
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (deviations**2).sum(axis=0) / np.where(known > 1, known - 1, np.nan)
        return _mean(values), np.sqrt(variance / known)


def _mean(values: Matrix) -> Matrix:
    """Mean over the first axis of what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)


def without_diagonal(values: Matrix) -> Matrix:
    """A copy [T, T] with NaN on the diagonal."""
    emptied = values.copy()
    np.fill_diagonal(emptied, np.nan)
    return emptied


def as_lists(values: Matrix, digits: int = 6) -> Any:
    """An array as nested lists of numbers with `digits` figures, None for NaN, for JSON.

    Example:
        >>> as_lists(np.array([[np.nan, 0.12345678]]))
        [[None, 0.123457]]
    """
    if values.ndim:
        return [as_lists(value, digits) for value in values]
    number = float(values)
    return None if number != number else float(f"{number:.{digits}g}")
