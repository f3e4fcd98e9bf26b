"""Methods compared with single-task training: delta_m, paired by seed, with its uncertainty."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from relations.change_kinds import RELATIVE, STANDARDISED, ChangeKind
from relations.errors import RelationsError, ScoreError, all_problems
from relations.statistics.changes_by_seed import change_of_scores
from relations.statistics.spread import spread_of

Scores = Mapping[str, float]


@dataclass(frozen=True)
class SeedMean:
    """A mean over seeds.

    Attributes:
        mean: The mean.
        se: Its standard error; nan with one seed, when no uncertainty is known.
        n: Number of seeds.
    """

    mean: float
    se: float
    n: int

    @classmethod
    def of(cls, values: np.ndarray) -> "SeedMean":
        """The mean of independent values, [n] with n >= 1."""
        se = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
        return cls(float(values.mean()), se, len(values))


@dataclass(frozen=True)
class Difference(SeedMean):
    """A mean difference of two methods in delta_m over common seeds, a fraction.

    Attributes:
        p: Two-sided p-value of "no difference"; nan below two seeds or without any scatter.
    """

    p: float


@dataclass(frozen=True)
class Comparison:
    """Scores of several methods on the same tasks, and what follows from them.

    Args:
        scores: Method -> seed -> task -> score, single-task training among the methods. Every run
            has a score of every task.
        higher_is_better: Direction of the tasks' metrics; a task that is not named is better
            higher.
        single: Name of the single-task training.
        costs: Method -> name of a cost (with its unit) -> number, for tables and plots.
        kinds: How the changes of tasks are measured, where that is not relatively.

    Raises:
        ScoreError: Scores are missing, not finite, or, for the single tasks, not positive where
            changes are relative or all equal where they are standardised; all problems at once.

    Example:
        >>> comparison = Comparison({
        ...     "single": {0: {"pose": 0.80, "depth": 2.0}},
        ...     "multi-head": {0: {"pose": 0.76, "depth": 2.2}},
        ... }, higher_is_better={"depth": False})
        >>> round(comparison.delta_m("multi-head").mean, 3)
        -0.075
    """

    scores: Mapping[str, Mapping[int, Scores]]
    higher_is_better: Mapping[str, bool] = field(default_factory=dict)
    single: str = "single"
    costs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    kinds: Mapping[str, ChangeKind] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            raise ScoreError(all_problems("The methods cannot be compared", problems))

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods in the order given, single-task training among them."""
        return tuple(self.scores)

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """The tasks in the order of the first single-task run."""
        return tuple(next(iter(self.scores[self.single].values())))

    def score(self, method: str, task: str) -> SeedMean:
        """Mean score of one task over the seeds of a method that its changes are of."""
        self._check(method)
        runs = self.scores[method]
        return SeedMean.of(np.array([runs[seed][task] for seed in self.changes(method)]))

    def dropped(self, method: str) -> tuple[int, ...]:
        """Seeds of a method that nothing is computed with: single-task training lacks them."""
        self._check(method)
        return tuple(seed for seed in self.scores[method] if seed not in self.scores[self.single])

    def changes(self, method: str) -> dict[int, dict[str, float]]:
        """Seed -> task -> change against the single-task run of the same seed, a fraction.

        Of tasks with another kind, in its unit. Seeds without a single-task run are left out.
        """
        self._check(method)
        singles = self.scores[self.single]
        units = {task: self._unit(task) for task in self.tasks}
        return {
            seed: {
                task: float(
                    change_of_scores(run[task], singles[seed][task], self._rises(task), units[task])
                )
                for task in self.tasks
            }
            for seed, run in self.scores[method].items()
            if seed in singles
        }

    def change(self, method: str, task: str) -> SeedMean:
        """Mean change of one task against single-task training, paired by seed."""
        return SeedMean.of(np.array([run[task] for run in self.changes(method).values()]))

    def deltas(self, method: str) -> dict[int, float]:
        """Seed -> delta_m, a fraction; NaN where no change is relative."""
        tasks = self.in_delta_m
        return {
            seed: float(np.mean([run[task] for task in tasks])) if tasks else float("nan")
            for seed, run in self.changes(method).items()
        }

    def delta_m(self, method: str) -> SeedMean:
        """Mean over tasks of the relative change against single-task training, a fraction.

        Source: Maninis et al. (CVPR 2019), equation 4; theirs is in per cent. It divides by the
        single-task score, so tasks with an absolute or standardised change are left out.
        """
        return SeedMean.of(np.array(list(self.deltas(method).values())))

    @property
    def in_delta_m(self) -> tuple[str, ...]:
        """The tasks whose change is relative, of which delta_m is the mean."""
        return tuple(task for task in self.tasks if self.kind(task).name == RELATIVE)

    def gain(self, method: str) -> float:
        """Mean change of all tasks, to choose by: delta_m where all changes are relative.

        Of others, the size of the threshold counts as much as one per cent.
        """
        weights = {task: ChangeKind().size / self.kind(task).size for task in self.tasks}
        return float(
            np.mean(
                [
                    np.mean([weights[task] * change for task, change in run.items()])
                    for run in self.changes(method).values()
                ]
            )
        )

    def kind(self, task: str) -> ChangeKind:
        """How a task's change is measured."""
        return self.kinds.get(task, ChangeKind())

    def difference(self, method: str, baseline: str) -> Difference:
        """Delta_m of a method minus that of a baseline, over their common seeds.

        Returns:
            The mean difference and the p-value of the paired t-test.

        Raises:
            ScoreError: They have no seed in common.
        """
        ours, theirs = self.deltas(method), self.deltas(baseline)
        common = [seed for seed in ours if seed in theirs]
        if not common:
            raise ScoreError(
                f"`{method}` and `{baseline}` must have a seed in common to be compared, got "
                f"{_listed(ours)} and {_listed(theirs)}. Train both with the same seeds."
            )
        seen = SeedMean.of(np.array([ours[seed] - theirs[seed] for seed in common]))
        if not seen.se > 1e-12:
            return Difference(seen.mean, seen.se, seen.n, p=float("nan"))
        from scipy.special import stdtr  # a tenth of the import time of scipy.stats

        p = float(2 * stdtr(seen.n - 1, -abs(seen.mean / seen.se)))
        return Difference(seen.mean, seen.se, seen.n, p)

    def _rises(self, task: str) -> bool:
        """Whether the task's metric is better higher."""
        return self.higher_is_better.get(task, True)

    def _unit(self, task: str) -> float | None:
        """What differences of a task's scores are in units of; None is the single-task score."""
        kind = self.kind(task).name
        if kind == STANDARDISED:
            return spread_of(np.array([run[task] for run in self.scores[self.single].values()]))
        return None if kind == RELATIVE else 1.0

    def _check(self, method: str) -> None:
        """Refuse an unknown method."""
        if method not in self.scores:
            raise RelationsError(f"The methods are {', '.join(self.scores)}, got `{method}`.")


def _problems(comparison: Comparison) -> list[str]:
    """What is wrong with the scores; empty when they can be compared."""
    if not comparison.scores.get(comparison.single):
        return [
            f"there are no single-task scores under the name `{comparison.single}`; "
            f"the methods are {', '.join(comparison.scores) or 'none'}."
        ]
    problems = []
    singles = comparison.scores[comparison.single]
    for method, runs in comparison.scores.items():
        if not set(runs) & set(singles):
            problems.append(
                f"`{method}` has the seeds {_listed(runs)}, single-task training "
                f"{_listed(singles)}; one in common is needed."
            )
        for seed, run in runs.items():
            problems += _run_problems(comparison, method, seed, run)
    by_task = {"higher_is_better": comparison.higher_is_better, "kinds": comparison.kinds}
    for name, named in by_task.items():
        unknown = sorted(set(named) - set(comparison.tasks))
        problems += [f"`{name}` names `{task}`, which has no score." for task in unknown]
    return problems or _spread_problems(comparison)


def _spread_problems(comparison: Comparison) -> list[str]:
    """Tasks whose changes are in units of a spread that single-task training does not show."""
    runs = comparison.scores[comparison.single].values()
    return [
        f"changes of `{task}` are in units of the spread of its single-task scores, and the "
        f"{len(runs)} of `{comparison.single}` do not vary: two seeds with different scores are "
        f"needed. Train more seeds, or measure an absolute change (--absolute {task}=-0.05)."
        for task, kind in comparison.kinds.items()
        if kind.name == STANDARDISED and np.isnan(spread_of(np.array([run[task] for run in runs])))
    ]


def _run_problems(comparison: Comparison, method: str, seed: int, run: Scores) -> list[str]:
    """What is wrong with one run."""
    where = f"`{method}`, seed {seed}"
    missing = [task for task in comparison.tasks if task not in run]
    extra = [task for task in run if task not in comparison.tasks]
    problems = [f"{where}: the score of `{task}` is missing." for task in missing]
    problems += [f"{where}: `{task}` is not a task of single-task training." for task in extra]
    for task, score in run.items():
        if not np.isfinite(score):
            problems.append(f"{where}: the score of `{task}` is {score}.")
        elif method == comparison.single and score <= 0 and comparison.kind(task).name == RELATIVE:
            problems.append(
                f"{where}: the score of `{task}` is {score}; a relative change needs a positive "
                f"single-task score. Measure an absolute one (--absolute {task}=-0.05), or one in "
                f"units of the seeds' spread (--standardised {task}=-1), or choose another metric."
            )
    return problems


def _listed(seeds: Mapping[int, object]) -> str:
    """Seeds as a text."""
    return ", ".join(map(str, seeds)) or "none"
