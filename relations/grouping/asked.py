"""What a user may ask of a grouping, and how it is turned into a problem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb, isfinite

import numpy as np

from relations.errors import GroupingError
from relations.grouping.candidate import Candidate, Choice
from relations.grouping.exact import MOST_TASKS, solve
from relations.grouping.group_changes import Group
from relations.grouping.local_search import Rules, search
from relations.grouping.milp import solve_listed
from relations.grouping.predicted import (
    Predictor,
    Rule,
    every_group,
    measured_groups,
)
from relations.grouping.problem import Pair, Problem, units_of
from relations.statistics.intervals import Matrix

_MOST_LISTED = 1000
"""So many groups are listed for an exact answer with many tasks."""
_SOON_SOLVED = 10
"""So many tasks are solved in less than a second."""


@dataclass(frozen=True)
class Asked:
    """Which groupings are allowed.

    Attributes:
        networks: Most networks of full size; None where there is a budget.
        budget: What the networks may cost together, one of full size costing 1.
        small: What a small network for one task costs, below 1; None without small networks.
        small_gains: Task -> what it gains in such a network.
        disjoint: Whether no task may be in two networks.
        together: Pairs that one network must serve.
        apart: Pairs that must not be in the same network.
        largest: Most tasks of a network.
        rule: How groups are predicted that were not trained.
        predict: Whether groups that were not trained are considered at all.

    Raises:
        GroupingError: Both or neither of networks and budget, or numbers that make no sense.
    """

    networks: int | None = None
    budget: float | None = None
    small: float | None = None
    small_gains: Mapping[str, float] | None = None
    disjoint: bool = False
    together: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()
    largest: int | None = None
    rule: Rule = "mean"
    predict: bool = True

    def __post_init__(self) -> None:
        if (self.networks is None) == (self.budget is None):
            raise GroupingError("Say either how many networks there may be, or their budget.")
        if self.networks is not None and self.networks < 1:
            raise GroupingError(f"There must be one network or more, got {self.networks}.")
        if self.budget is not None and not isfinite(self.budget):
            raise GroupingError(f"The budget must be a finite number, got {self.budget:g}.")
        if self.small is not None and not 0 < self.small < 1:
            raise GroupingError(
                f"A small network costs less than one of full size, between 0 and 1, got "
                f"{self.small:g}."
            )
        if self.small is not None and self.small_gains is None:
            raise GroupingError("It is not known what tasks gain in small networks of their own.")

    @property
    def most(self) -> float:
        """The budget."""
        return float(self.networks) if self.networks is not None else float(self.budget or 0)

    def problem(self, tasks: Sequence[str], measured: Mapping[Group, Matrix]) -> Problem:
        """The problem of all groups, for at most `MOST_TASKS` tasks."""
        candidates = (
            every_group(tasks, measured, self.rule, self.largest)
            if self.predict
            else measured_groups(tasks, measured)
        )
        return self.problem_of(tasks, candidates)

    def problem_of(self, tasks: Sequence[str], candidates: Sequence[Candidate]) -> Problem:
        """The problem of listed networks, with the small ones."""
        small = [
            Candidate((task,), (gain,), self.small or 1.0)
            for task, gain in (self.small_gains or {}).items()
            if self.small is not None
        ]
        return Problem(
            tuple(tasks),
            (*candidates, *small),
            min(self.most, float(len(tasks))),  # a network each is the most that can be of use
            self.disjoint,
            self.together,
            self.apart,
            self.largest,
        )

    def check(self, tasks: Sequence[str]) -> None:
        """Refuse, before anything is measured, what no gains could make possible.

        Raises:
            GroupingError: Rules contradict each other, or leave no grouping within the budget.
            TaskError: A rule names a task that there is not.
        """
        asked = replace(self, small_gains=dict.fromkeys(tasks, 0.0)) if self.small else self
        problem = asked.problem_of(tasks, [Candidate((task,), (0.0,)) for task in tasks])
        if len(tasks) <= MOST_TASKS:
            problem.units()
        if self.largest and not self.small and int(self.most) * self.largest < len(tasks):
            raise GroupingError(self.impossible(tasks))
        searched = len(tasks) > MOST_TASKS and self._ruled
        if len(tasks) > _SOON_SOLVED and not searched:
            return
        known = {pair: np.zeros(2) for pair in combinations(tasks, 2)}
        if asked.best(tasks, {**known, tuple(tasks): np.zeros(len(tasks))}) is None:
            raise GroupingError(self.impossible(tasks))

    def impossible(self, tasks: Sequence[str]) -> str:
        """What to say where no grouping obeys."""
        text = (
            f"No grouping obeys the rules within the budget of {self.most:g}. Allow more, or take "
            "rules back."
        )
        if len(tasks) <= MOST_TASKS or not self._ruled:
            return text
        if self.small or not self.predict:
            return (
                f"{text} With more than {MOST_TASKS} tasks small networks leave only networks of "
                "one or two tasks, of all, and those that were trained, to choose from."
            )
        return (
            f"{text} With more than {MOST_TASKS} tasks this is what a search says, which may err."
        )

    @property
    def _ruled(self) -> bool:
        """Whether not every grouping of so many networks may be had."""
        ruled = self.together or self.apart or self.largest or self.small
        return bool(ruled) or not self.predict

    def best(self, tasks: Sequence[str], measured: Mapping[Group, Matrix]) -> Choice | None:
        """The best choice.

        With at most `MOST_TASKS` tasks the best of all groups, exactly. With more, exactly where
        the groups of at most `largest` tasks are few enough to be listed, else by search among all
        groups; with small networks exactly among the groups that were trained.
        """
        if len(tasks) <= MOST_TASKS:
            return solve(self.problem(tasks, measured))
        few = self.predict and self.largest is not None
        if few and sum(comb(len(tasks), n + 1) for n in range(self.largest or 0)) <= _MOST_LISTED:
            return solve_listed(self.problem(tasks, measured))
        listed = measured_groups(tasks, measured)
        if self.small or not self.predict:
            return solve_listed(self.problem_of(tasks, listed))
        predictor = Predictor.of_groups(tasks, measured, self.rule)
        if self._ruled and predictor.unknown.any():
            return solve_listed(self.problem_of(tasks, listed))
        return self._searched(tasks, predictor, listed)

    def _searched(
        self, tasks: Sequence[str], predictor: Predictor, listed: Sequence[Candidate]
    ) -> Choice | None:
        """The best of a search, which begins, too, with the best of the larger groups known."""
        if not self._ruled or len(listed) > _MOST_LISTED:
            listed = [one for one in listed if len(one.tasks) != 2]
        known = solve_listed(self.problem_of(tasks, listed)) if len(listed) > len(tasks) else None
        place = {task: at for at, task in enumerate(tasks)}
        rules = Rules(
            [sorted(place[task] for task in unit) for unit in units_of(tasks, self.together)],
            [(place[one], place[other]) for one, other in self.apart],
            self.largest,
        )
        networks = min(int(self.most * (1 + 1e-12)), len(tasks))
        groups = () if known is None else [network.tasks for network in known.networks]
        found = search(
            tasks, predictor, networks, disjoint=self.disjoint, rules=rules, known=groups
        )
        if known is not None and (found is None or known.total > found.total + 1e-9):
            return replace(known, exact=False)
        return found
