"""What tasks gain in networks that nobody trained, from the pairs that were."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal

import numpy as np

from relations.errors import GroupingError, argument
from relations.grouping.candidate import Candidate
from relations.grouping.group_changes import Group
from relations.statistics.intervals import Matrix

Rule = Literal["mean", "sum"]


class Predictor:
    """Gains of the members of any group, from those of pairs.

    A group of one has what its task has alone, a pair what was measured, and a larger group for
    each member the mean, or with "sum" the sum, of what each other member does to it.

    Args:
        pairs: [T, T] what a target gains beside a source, row = source; NaN where not known. The
            diagonal is not read.
        alone: [T] what tasks have alone; 0 when None.
        measured: Members of a group, in their order -> [members] what was measured in it; NaN where
            it was trained and that is not known.
        rule: "mean": the higher-order approximation of Standley et al., "Which Tasks Should Be
            Learned Together in Multi-task Learning?", ICML 2020, and the rule of Fifty et al.,
            "Efficiently Identifying Task Groupings for Multi-Task Learning", NeurIPS 2021.
            "sum": effects add up, as in the linear surrogate of Li et al., TMLR 2023; of gains that
            are differences to the task alone.

    Raises:
        GroupingError: The rule does not exist.
    """

    def __init__(
        self,
        pairs: Matrix,
        alone: Matrix | None = None,
        rule: Rule = "mean",
        measured: Mapping[tuple[int, ...], Matrix] | None = None,
    ) -> None:
        if rule not in ("mean", "sum"):
            raise GroupingError(f"{argument('rule')} must be 'mean' or 'sum', got {rule!r}.")
        self.size = len(pairs)
        self.alone = np.zeros(self.size) if alone is None else np.asarray(alone, dtype=float)
        self.unknown = np.isnan(pairs) & ~np.eye(self.size, dtype=bool)
        self._whole = not self.unknown.any()
        differences = rule == "sum"
        self._effects = np.where(np.isnan(pairs), 0.0, pairs)
        self._effects = self._effects - (self.alone if differences else 0.0)
        np.fill_diagonal(self._effects, 0.0)
        self._rule = rule
        self._measured = measured or {}

    @classmethod
    def of_groups(
        cls, tasks: Sequence[str], measured: Mapping[Group, Matrix], rule: Rule = "mean"
    ) -> "Predictor":
        """From the measured groups of some tasks, each in the order of the tasks."""
        place = {task: at for at, task in enumerate(tasks)}
        groups = {tuple(place[task] for task in group): gains for group, gains in measured.items()}
        return cls(pair_matrix(tasks, measured), rule=rule, measured=groups)

    def measured(self, members: Sequence[int]) -> bool:
        """Whether a group's gains are not predicted: of a task alone, a pair, a trained group."""
        return len(members) <= 2 or tuple(members) in self._measured

    def knows(self, members: Sequence[int]) -> bool:
        """Whether a group was measured, or all of its pairs are known."""
        trained = self._measured.get(tuple(members))
        if trained is not None:
            return not np.isnan(trained).any()
        return self._whole or not self.unknown[np.ix_(members, members)].any()

    def gains(self, members: Sequence[int]) -> Matrix:
        """[members] what each gains in the group's network; NaN if trained and unknown."""
        at = list(members)
        if tuple(at) in self._measured:
            return np.asarray(self._measured[tuple(at)])
        if len(at) == 1:
            return self.alone[at]
        sums = self._effects[np.ix_(at, at)].sum(axis=0)
        return sums / (len(at) - 1) if self._rule == "mean" else self.alone[at] + sums


def every_group(
    tasks: Sequence[str],
    measured: Mapping[Group, Matrix],
    rule: Rule = "mean",
    largest: int | None = None,
) -> tuple[Candidate, ...]:
    """A candidate for every group of tasks, measured where it was, else predicted.

    Args:
        tasks: All T tasks.
        measured: Group of two tasks or more, in the order of the tasks -> [members] its gains
            against the tasks alone; NaN where it was trained and they are not known.
        rule: See `Predictor`.
        largest: Most tasks of a group that is predicted.

    Returns:
        Up to 2^T - 1 candidates of cost 1; groups with a pair that is not known are left out unless
        they were measured themselves, and groups whose own gains are NaN.
    """
    predictor = Predictor.of_groups(tasks, measured, rule)
    candidates = list(measured_groups(tasks, measured))
    for size in range(3, (largest or len(tasks)) + 1):
        for members in combinations(range(len(tasks)), size):
            group = tuple(tasks[at] for at in members)
            if group not in measured and predictor.knows(members):
                gains = tuple(predictor.gains(members).tolist())
                candidates.append(Candidate(group, gains, measured=False))
    return tuple(candidates)


def measured_groups(
    tasks: Sequence[str], measured: Mapping[Group, Matrix]
) -> tuple[Candidate, ...]:
    """A candidate for every task alone, which gains nothing, and every group that was trained."""
    alone = [Candidate((task,), (0.0,)) for task in tasks]
    known = (
        Candidate(group, tuple(gains.tolist()))
        for group, gains in measured.items()
        if not np.isnan(gains).any()
    )
    return (*alone, *known)


def pair_matrix(tasks: Sequence[str], measured: Mapping[Group, Matrix]) -> Matrix:
    """[T, T] gains of targets beside sources, row = source, from the pairs among groups."""
    place = {task: at for at, task in enumerate(tasks)}
    pairs = np.full((len(tasks), len(tasks)), np.nan)
    for group, gains in measured.items():
        if len(group) == 2:
            one, other = place[group[0]], place[group[1]]
            pairs[other, one], pairs[one, other] = gains
    return pairs
