"""Joint runs of groups of tasks, through the ledger of the probe; nothing is trained twice."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gradsplit.studies.grouping.small_networks import at_cost
from gradsplit.studies.variant_runs import VariantRuns
from relations.grouping.group_changes import Group, GroupChanges, mean_change
from relations.ledger.ledger import Ledger
from relations.runs import Outcome, Run
from relations.variants import refuse_failed


@dataclass(frozen=True)
class GroupRuns:
    """Trains networks of groups of tasks.

    Attributes:
        place: Where runs are trained and kept.
        small: What a small network costs, of which each task may have one; None without.
    """

    place: VariantRuns
    small: float | None = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """All tasks."""
        return self.place.taskset.task_names

    @cached_property
    def small_variant(self) -> str:
        """The runs of small networks in the ledger."""
        return f"small={self.small:g}"

    def runs(self, groups: Iterable[Group], seeds: Sequence[int]) -> list[Run]:
        """The runs of groups: every task alone first, seed by seed."""
        members = [*((task,) for task in self.tasks), *(group for group in groups)]
        ordered = list(dict.fromkeys(members))
        return [Run(group, seed) for seed in seeds for group in ordered]

    def train(self, groups: Iterable[Group], seeds: Sequence[int]) -> list[Outcome]:
        """Train every task alone and the groups; failed runs are told of by their outcomes."""
        return self.place.train({"": self.place.trainer()}, self.runs(groups, seeds))

    def train_small(self, tasks: Iterable[str], seeds: Sequence[int]) -> list[Outcome]:
        """Train small networks of one task each; see `at_cost`.

        Raises:
            TaskSetError: The task set has no networks of other widths.
            RunFailedError: Trainings failed.
        """
        assert self.small is not None
        narrow = at_cost(self.place.taskset, self.small)
        trainer = replace(self.place, taskset=narrow).trainer()
        runs = [Run((task,), seed, self.small_variant) for seed in seeds for task in tasks]
        return self.place.train({self.small_variant: trainer}, runs, "Small networks failed")

    def changes(self, seeds: Sequence[int]) -> GroupChanges:
        """The changes of all groups that the ledger holds for each of these seeds.

        A group that was trained with some of them, before a stop or when fewer seeds were asked,
        is not yet measured.
        """
        with Ledger(self.place.ledger, read_only=True) as book:
            outcomes = [one for one in book.outcomes("") if one.run.seed in set(seeds)]
        runs = Counter(one.run.tasks for one in outcomes)
        outcomes = [one for one in outcomes if runs[one.run.tasks] == len(set(seeds))]
        return GroupChanges.from_outcomes(self.place.taskset.measured_tasks, outcomes)

    def small_gains(self, seeds: Sequence[int]) -> dict[str, float] | None:
        """Task -> its mean change in a small network of its own; trains them where missing."""
        if self.small is None:
            return None
        alone = self.train([], seeds)
        refuse_failed(alone, "Small networks have nothing to be held against", self.place.ledger)
        whole = {(one.run.tasks[0], one.run.seed): one.scores or {} for one in alone}
        small = {
            (one.run.tasks[0], one.run.seed): one.scores or {}
            for one in self.train_small(self.tasks, seeds)
        }
        return {
            task.name: mean_change(
                task,
                *(np.array([runs[task.name, seed][task.name] for seed in seeds])
                  for runs in (whole, small)),
            )
            for task in self.place.taskset.measured_tasks
        }  # fmt: skip
