"""What an estimator is: a guess at who helps and who harms whom, without the probe's runs."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gradsplit.training.trainer import TaskSetTrainer
from relations.estimates.estimate import Estimate
from relations.executors import Executor

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

    A new one is one file in `gradsplit/studies/estimates/estimators/`, with one class of it: a
    frozen dataclass whose `name` is the name of the file. The command, the listings and the
    documentation's table find it there.

    Attributes:
        name: Short name for files and the command line.
        unit: What its numbers mean, for people; they are no changes of a score.
        paper: Where it comes from, for the documentation.
        cost: What a seed costs, for the documentation.
        symmetric: Whether source -> target and target -> source always get the same number.
    """

    name: ClassVar[str]
    unit: ClassVar[str]
    paper: ClassVar[str]
    cost: ClassVar[str]
    symmetric: ClassVar[bool] = False

    @abstractmethod
    def estimate(
        self, trainer: TaskSetTrainer, folder: Path, seeds: Sequence[int], executor: Executor
    ) -> Estimate:
        """The estimate in a folder, with the seeds that are missing measured and written first.

        Args:
            trainer: Of the task set.
            folder: Of the estimate's file and of a probe's ledger.
            seeds: All seeds that are wanted, one or more.
            executor: Where runs through the ledger are trained; joint runs that an estimator looks
                into are trained in this process.

        Raises:
            EstimateError: The folder holds an estimate that was made with other settings.
            GradSplitError: It cannot be measured.
        """

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What of the estimator changes its numbers, as JSON values."""


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
