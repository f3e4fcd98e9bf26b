"""An estimate: a guess at all relations, in a unit of its own, that cost less than the probe."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from relations.errors import RelationsError, all_problems
from relations.statistics.intervals import Matrix, mean_of_known
from relations.tasks import Task, check_unique, names

Json = object


class EstimateError(RelationsError):
    """An estimate or its file is unsound, or is used as if it were measured changes."""


_LARGEST = 1e150  # the square of anything larger is no number


@dataclass(frozen=True, eq=False)
class Estimate:
    """What an estimator found in one or more seeds; larger = the source helps the target more.

    The numbers are not changes of a score and are never compared with the harm threshold of
    changes; see `relations.estimates.cut`.

    Attributes:
        estimator: Its name, e.g. "lookahead".
        unit: What its numbers mean, for people.
        tasks: T names.
        seeds: S seeds.
        samples: [S, T, T] row = source, column = target; NaN on the diagonal and where unknown.
        noise: [S, T, T] standard error of each sample within its run; NaN where not known.
        trainings: Cost of all seeds, in single-task trainings.
        seconds: Wall time of all seeds.
        symmetric: Whether both directions of a pair always get the same number.
        settings: Everything that changes the numbers, JSON values.
        diagnostics: Further findings of each seed, JSON values.

    Raises:
        EstimateError: Shapes do not fit together; all problems at once.
        TaskError: Task names are doubled or unusable.

    Example:
        >>> guess = Estimate("by hand", "fraction", ("pose", "reid"), (0,),
        ...                  np.array([[[np.nan, -0.5], [0.1, np.nan]]]))
        >>> float(guess.mean[0, 1]), int(guess.n[0, 1])
        (-0.5, 1)
    """

    estimator: str
    unit: str
    tasks: tuple[str, ...]
    seeds: tuple[int, ...]
    samples: Matrix
    noise: Matrix | None = None
    trainings: float = 0.0
    seconds: float = 0.0
    symmetric: bool = False
    settings: Mapping[str, Json] = field(default_factory=dict)
    diagnostics: tuple[Mapping[str, Json], ...] = ()

    def __post_init__(self) -> None:
        check_unique(names([Task(task) for task in self.tasks]))
        shape = (len(self.seeds), len(self.tasks), len(self.tasks))
        problems = [
            f"`{name}` must have the shape {list(shape)} for {shape[0]} seeds and {shape[1]} "
            f"tasks, got {list(np.shape(values))}."
            for name, values in (("samples", self.samples), ("noise", self.noise))
            if values is not None and np.shape(values) != shape
        ]
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            problems.append(f"`seeds` must name each seed once and at least one, got {self.seeds}.")
        problems += [
            f"`{name}` must be numbers below {_LARGEST:g}, or NaN where nothing is known."
            for name, values in (("samples", self.samples), ("noise", self.noise))
            if values is not None and (np.abs(values) >= _LARGEST).any()
        ]
        if problems:
            raise EstimateError(all_problems(f"An estimate by `{self.estimator}`", problems))
        samples = np.array(self.samples, dtype=np.float64)
        samples[:, np.arange(shape[1]), np.arange(shape[1])] = np.nan
        samples.setflags(write=False)
        object.__setattr__(self, "samples", samples)

    @cached_property
    def n(self) -> NDArray[np.int64]:
        """[T, T] number of seeds that know an edge; 0 on the diagonal."""
        return (~np.isnan(self.samples)).sum(axis=0)

    @cached_property
    def mean(self) -> Matrix:
        """[T, T] mean over seeds; NaN on the diagonal and where no seed knows."""
        mean = mean_of_known(self.samples)
        mean.setflags(write=False)
        return mean

    @cached_property
    def se(self) -> Matrix:
        """[T, T] standard error of the mean: over seeds; with one seed that within its run."""
        if len(self.seeds) == 1:
            return np.full_like(self.mean, np.nan) if self.noise is None else self.noise[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            squares = np.where(np.isnan(self.samples), 0.0, self.samples - self.mean) ** 2
            return np.sqrt(squares.sum(axis=0) / np.where(self.n > 1, self.n - 1, np.nan) / self.n)

    @property
    def runs(self) -> int:
        """How many trainings it took: a joint run a seed, or as many as its settings say."""
        runs = self.settings.get("runs a seed", 1)
        return len(self.seeds) * (runs if isinstance(runs, int) and runs > 0 else 1)

    def __str__(self) -> str:
        from relations.tables.text_table import aligned

        rows = [["", *self.tasks]]
        for row, source in enumerate(self.tasks):
            cells = [
                "" if row == column else _cell(self.mean[row, column], self.se[row, column])
                for column in range(len(self.tasks))
            ]
            rows.append([source, *cells])
        seeds = f"{len(self.seeds)} seed{'s' if len(self.seeds) > 1 else ''}"
        return "\n".join(
            [
                f"estimate by {self.estimator} ± standard error, row = source, column = target "
                f"({seeds}); {self.unit}; larger helps more",
                *aligned(rows),
                f"cost: {self.trainings:.3g} single-task trainings, {self.seconds:.0f} s",
            ]
        )


def _cell(value: float, error: float) -> str:
    if np.isnan(value):
        return "?"
    return f"{value:+.2g}" if np.isnan(error) else f"{value:+.2g} ±{error:.1g}"
