"""What a user may ask of a grouping, and how it is turned into a problem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from relations.errors import GroupingError
from relations.grouping.candidate import Candidate, Choice
from relations.grouping.exact import MOST_TASKS, solve
from relations.grouping.group_changes import Group
from relations.grouping.local_search import search
from relations.grouping.milp import solve_listed
from relations.grouping.predicted import (
    Predictor,
    Rule,
    every_group,
    measured_groups,
    pair_matrix,
)
from relations.grouping.problem import Pair, Problem
from relations.statistics.intervals import Matrix

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

    def __post_init__(self) -> None:
        if (self.networks is None) == (self.budget is None):
            raise GroupingError("Say either how many networks there may be, or their budget.")
        if self.networks is not None and self.networks < 1:
            raise GroupingError(f"There must be one network or more, got {self.networks}.")
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
        candidates = every_group(tasks, measured, self.rule, self.largest)
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
            self.most,
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
        alone = [Candidate((task,), (0.0,)) for task in tasks]
        self.problem_of(tasks, alone)
        if len(tasks) <= _SOON_SOLVED:
            nothing = {pair: np.zeros(2) for pair in combinations(tasks, 2)}
            if solve(self.problem(tasks, nothing)) is None:
                raise GroupingError(self.impossible)

    @property
    def impossible(self) -> str:
        """What to say where no grouping obeys."""
        return (
            f"No grouping obeys the rules within the budget of {self.most:g}. Allow more, or take "
            "rules back."
        )

    def best(self, tasks: Sequence[str], measured: Mapping[Group, Matrix]) -> Choice | None:
        """The best choice.

        With at most `MOST_TASKS` tasks the best of all groups, exactly. With more, by search among
        all groups; where there are rules or a budget, exactly among the groups that were trained.
        """
        if len(tasks) <= MOST_TASKS:
            return solve(self.problem(tasks, measured))
        if self.networks is None or self.together or self.apart or self.largest or self.small:
            return solve_listed(self.problem_of(tasks, measured_groups(tasks, measured)))
        pairs = pair_matrix(tasks, measured)
        predictor = Predictor(np.asarray(pairs), rule=self.rule)
        return search(tasks, predictor, self.networks, disjoint=self.disjoint)
