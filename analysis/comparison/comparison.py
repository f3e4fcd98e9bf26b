"""Methods compared with single-task training: delta_m, paired by seed, with its uncertainty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from analysis.comparison.score_problems import (
    Scores,
    has_diverged,
    listed,
    no_single,
    score_problems,
)
from analysis.comparison.seed_means import Difference, SeedMean, differences, paired_means
from relations.change_kinds import RELATIVE, STANDARDISED, ChangeKind
from relations.errors import RelationsError, ScoreError, all_problems, did_you_mean
from relations.side_scores import parted
from relations.statistics.changes_by_seed import change_of_scores
from relations.statistics.spread import spread_of


@dataclass(frozen=True)
class Comparison:
    """Scores of several methods on the same tasks, and what follows from them.

    A run that diverged has no scores: nan for every task. It counts as the worst: each relative
    change is -100 %, every other one a threshold's size of loss, or what the worst run of all
    methods has where that is worse.

    Args:
        scores: Method -> seed -> task -> score, single-task training among the methods. Every run
            has a score of every task, or diverged.
        higher_is_better: Direction of the tasks' metrics; a task that is not named is better
            higher.
        single: Name of the single-task training.
        costs: Method -> name of a cost (with its unit) -> number, for tables and plots.
        kinds: How the changes of tasks are measured, where that is not relatively.
        notes: What else people should know of it, lines for the foot of its table.
        side: Method -> seed -> side score such as "reid@rank-1" -> value, as far as known. Nothing
            here is computed from them.
        cross: Other task set -> the same networks' scores on it.

    Raises:
        ScoreError: Scores are missing, not finite, or, for the single tasks, not positive where
            changes are relative or all equal where they are standardised; a side score is of no
            task. All problems at once.

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
    notes: Sequence[str] = ()
    side: Mapping[str, Mapping[int, Scores]] = field(default_factory=dict)
    cross: Mapping[str, "Comparison"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = self._problems()
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

    def diverged(self, method: str) -> tuple[int, ...]:
        """Seeds of a method whose runs diverged; they count as the worst."""
        self.check(method)
        runs = self.scores[method]
        return tuple(seed for seed, run in runs.items() if has_diverged(run, self.tasks))

    def score(self, method: str, task: str) -> SeedMean:
        """Mean score of one task over the seeds of a method that its changes are of.

        Of a run that diverged, the score that its change would be of.
        """
        changes, runs = self.changes(method), dict(self.scores[method])
        for seed in set(self.diverged(method)) & set(changes):
            alone, unit = self.scores[self.single][seed][task], self._unit(task)
            gain = changes[seed][task] * (abs(alone) if unit is None else unit)
            runs[seed] = {task: alone + gain if self.rises(task) else alone - gain}
        return SeedMean.of(np.array([runs[seed][task] for seed in changes]))

    def dropped(self, method: str) -> tuple[int, ...]:
        """Seeds of a method that nothing is computed with: single-task training lacks them."""
        self.check(method)
        return tuple(seed for seed in self.scores[method] if seed not in self.scores[self.single])

    def changes(self, method: str) -> dict[int, dict[str, float]]:
        """Seed -> task -> change against the single-task run of the same seed, a fraction.

        Of tasks with another kind, in its unit. Seeds without a single-task run are left out.
        """
        lost = self.diverged(method)
        return {
            seed: dict(self._worst) if seed in lost else changes
            for seed, changes in self._measured(method).items()
        }

    def change(self, method: str, task: str) -> SeedMean:
        """Mean change of one task against single-task training, paired by seed."""
        return SeedMean.of(np.array([run[task] for run in self.changes(method).values()]))

    def deltas(self, method: str, tasks: Sequence[str] | None = None) -> dict[int, float]:
        """Seed -> delta_m, a fraction; NaN where no change is relative.

        Args:
            method: Whose.
            tasks: Some of the tasks in delta_m; all of them when None.
        """
        counted = self.in_delta_m if tasks is None else tasks
        return {
            seed: float(np.mean([run[task] for task in counted])) if counted else float("nan")
            for seed, run in self.changes(method).items()
        }

    def delta_m(self, method: str) -> SeedMean:
        """Mean over tasks of the relative change against single-task training, a fraction.

        Source: Maninis et al. (CVPR 2019), equation 4; theirs is in per cent. It divides by the
        single-task score, so tasks with an absolute or standardised change are left out.
        """
        return SeedMean.of(np.array(list(self.deltas(method).values())))

    def delta_m_log(self, method: str) -> SeedMean:
        """The same as a geometric mean of the ratios of scores, minus 1.

        A score that is twice as good and one that is half as good cancel, whatever the direction of
        the metric: a method that scatters around single-task training has 0. In `delta_m` it gains
        where metrics are better higher, and loses where they are better lower.
        Source: our choice, the scale of the change matrix.

        Returns:
            -1 with a run that diverged or a score of 0 where higher is better; nan where a ratio is
            not defined (negative scores) or without limit.
        """
        lost = self.diverged(method)
        logs = np.array(
            [
                -np.inf if seed in lost else self._log_ratio(run, self.scores[self.single][seed])
                for seed, run in self.scores[method].items()
                if seed in self.scores[self.single]
            ]
        )
        if np.isnan(logs).any() or np.isposinf(logs).any():
            return SeedMean(float("nan"), float("nan"), len(logs))
        if np.isneginf(logs).any():
            return SeedMean(-1.0, float("nan"), len(logs))
        seen = SeedMean.of(logs)
        return SeedMean(float(np.expm1(seen.mean)), float(np.exp(seen.mean) * seen.se), seen.n)

    @property
    def in_delta_m(self) -> tuple[str, ...]:
        """The tasks whose change is relative, of which delta_m is the mean."""
        return tuple(task for task in self.tasks if self.kind(task).name == RELATIVE)

    def gain(self, method: str) -> float:
        """Mean over seeds of `gains`, to choose by."""
        return float(np.mean(list(self.gains(method).values())))

    def gains(self, method: str) -> dict[int, float]:
        """Seed -> mean change of all tasks: delta_m where all changes are relative.

        Of others, the size of the threshold counts as much as one per cent.
        """
        weights = {task: ChangeKind().size / self.kind(task).size for task in self.tasks}
        return {
            seed: float(np.mean([weights[task] * change for task, change in run.items()]))
            for seed, run in self.changes(method).items()
        }

    def kind(self, task: str) -> ChangeKind:
        """How a task's change is measured."""
        return self.kinds.get(task, ChangeKind())

    def difference(
        self, method: str, baseline: str, tasks: Sequence[str] | None = None
    ) -> Difference:
        """Delta_m of a method minus that of a baseline, over their common seeds.

        Args:
            method: Whose.
            baseline: Minus whose.
            tasks: Some of the tasks in delta_m; all of them when None.

        Returns:
            The mean difference and the p-value of the paired t-test, for this difference alone.

        Raises:
            ScoreError: They have no seed in common.
        """
        return differences(paired_means([self.pairs(method, baseline, tasks)]))[0]

    def pairs(
        self, method: str, baseline: str, tasks: Sequence[str] | None = None
    ) -> dict[int, float]:
        """Seed -> delta_m of a method minus that of a baseline; see `difference`."""
        ours, theirs = self.deltas(method, tasks), self.deltas(baseline, tasks)
        common = [seed for seed in ours if seed in theirs]
        if not common:
            raise ScoreError(
                f"`{method}` and `{baseline}` must have a seed in common to be compared, got "
                f"{listed(ours)} and {listed(theirs)}. Train both with the same seeds."
            )
        return {seed: ours[seed] - theirs[seed] for seed in common}

    def rises(self, task: str) -> bool:
        """Whether the task's metric is better higher."""
        return self.higher_is_better.get(task, True)

    def check(self, method: str) -> None:
        """Refuse an unknown method.

        Raises:
            RelationsError: With the methods there are.
        """
        if method not in self.scores:
            hint = did_you_mean(method, self.scores)
            raise RelationsError(f"The methods are {', '.join(self.scores)}, got `{method}`.{hint}")

    def _measured(self, method: str) -> dict[int, dict[str, float]]:
        """The changes of a method, nan where a run diverged."""
        singles = self.scores[self.single]
        units = {task: self._unit(task) for task in self.tasks}
        return {
            seed: {
                task: float(
                    change_of_scores(run[task], singles[seed][task], self.rises(task), units[task])
                )
                for task in self.tasks
            }
            for seed, run in self.scores[method].items()
            if seed in singles
        }

    @cached_property
    def _worst(self) -> dict[str, float]:
        """Task -> the change that a run counts as that diverged."""
        seen = [run for method in self.methods for run in self._measured(method).values()]
        least = {
            task: -1.0 if self.kind(task).name == RELATIVE else -self.kind(task).size
            for task in self.tasks
        }
        return {
            task: float(np.nanmin([least[task], *(run[task] for run in seen)]))
            for task in self.tasks
        }

    def _log_ratio(self, run: Scores, alone: Scores) -> float:
        """Mean over tasks of the log of score / score alone, turned so that positive is better."""
        if not self.in_delta_m:
            return float("nan")
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = [
                (1 if self.rises(task) else -1) * np.log(np.float64(run[task]) / alone[task])
                for task in self.in_delta_m
            ]
            return float(np.mean(logs))

    def _unit(self, task: str) -> float | None:
        """What differences of a task's scores are in units of; None is the single-task score."""
        kind = self.kind(task).name
        if kind == STANDARDISED:
            return spread_of(np.array([run[task] for run in self.scores[self.single].values()]))
        return None if kind == RELATIVE else 1.0

    def _problems(self) -> list[str]:
        if not self.scores.get(self.single):
            return [no_single(self.single, list(self.scores))]
        by_task = {"higher_is_better": self.higher_is_better, "kinds": self.kinds}
        unknown = [
            f"`{name}` names `{task}`, which has no score."
            for name, named in by_task.items()
            for task in sorted(set(named) - set(self.tasks))
        ]
        known = {task: kind for task, kind in self.kinds.items() if task in self.tasks}
        names = {name for runs in self.side.values() for run in runs.values() for name in run}
        unknown += [
            f"the side score `{name}` is of no task; the tasks are {', '.join(self.tasks)}."
            for name in sorted(names)
            if parted(name, self.tasks) is None
        ]
        return score_problems(self.scores, self.single, known, self.tasks) + unknown
