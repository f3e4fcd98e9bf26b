"""The best choice of networks, exactly: a dynamic programme over the sets of tasks they serve.

best[c][S] is the most that a network of cost c gains by serving the tasks S, and f[b][M] the most
that networks of cost b together gain by serving the tasks M:

    f[b][M] = max of best[c][S] + f[b - c][M without S]
              over c and over the parts S of M that have M's first task

Values become whole numbers, so that sums are exact and equal values are seen to be equal. Of equal
ones the cheaper is taken, then that with fewer members, then the one in which the first task is
served by the network that comes first by its members' order. Costs, members and values are one
number each, in that order of importance.

Cost: time and memory in proportion to 3^T and 2^T: within seconds for 12 tasks, a minute for 15.
Source: our choice; the objective is that of Standley et al., "Which Tasks Should Be Learned
Together in Multi-task Learning?", ICML 2020, section 5.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from relations.grouping.candidate import Choice
from relations.grouping.problem import Problem

Ints = NDArray[np.int64]
Sets = NDArray[np.int64]
"""Sets of tasks, one bit a task."""

MOST_TASKS = 15
"""With more, the sets of tasks are too many to be gone through."""
DIGITS = 11
"""Of the largest value: values that differ by less are equal."""
_MEMBERS, _COST = 8, 11
"""Bits of the number of members of a choice, at most 15 times 15, and of its cost in units."""
_NEVER = -(2**62)


@dataclass(frozen=True)
class Solution:
    """A choice among the candidates of a solver.

    Attributes:
        worth: Value, cost and members as one number; larger is better.
        served: Place of a candidate -> the tasks that it serves, as bits; 0 for none.
    """

    worth: int
    served: dict[int, int]


class ExactSolver:
    """Solves a problem, and the same problem with some networks given or forbidden.

    Args:
        problem: The problem, of at most `MOST_TASKS` tasks.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._candidates = problem.allowed()
        self._costs, self._budget = problem.units()
        self._place = {task: at for at, task in enumerate(problem.tasks)}
        self._bits = [[1 << self._place[task] for task in one.tasks] for one in self._candidates]
        largest = max((abs(value) for one in self._candidates for value in one.values), default=0.0)
        scale = 10**DIGITS / largest if largest > 0 else 1.0
        self._values = [
            [round(value * scale) << (_MEMBERS + _COST) for value in one.values]
            for one in self._candidates
        ]

    def best(self, given: Collection[int] = (), without: Collection[int] = ()) -> Solution | None:
        """The best choice.

        Args:
            given: Places of candidates that are chosen in any case.
            without: Places of candidates that must not be chosen.

        Returns:
            The choice; None where none serves all tasks within the budget.
        """
        left = self._budget - sum(self._costs[at] for at in given)
        if left < 0:
            return None
        tables = self._tables(given, without)
        answers = _Answers(left, 1 << len(self._place))
        for tasks in range(1, answers.sets):
            first = tasks & -tasks
            parts = _parts(tasks ^ first) | first
            for cost, table in tables.items():
                if cost <= left:
                    answers.improve(tasks, parts[table.which[parts] >= 0], cost, table)
        return self._solution(answers, given)

    def choice(self, solution: Solution) -> Choice:
        """A solution in the words of the problem."""
        order = sorted(solution.served, key=lambda at: solution.served[at] & -solution.served[at])
        tasks = self._problem.tasks
        serves = {
            task: place
            for task in tasks
            for place, at in enumerate(order)
            if solution.served[at] >> self._place[task] & 1
        }
        return Choice(tuple(self._candidates[at] for at in order), serves)

    def _tables(self, given: Collection[int], without: Collection[int]) -> dict[int, "_Table"]:
        """What networks of each cost are worth; those that are given are free."""
        sets = 1 << len(self._place)
        costs = {*self._costs, 0} if given else set(self._costs)
        tables = {cost: _Table(sets) for cost in sorted(costs)}
        taken = sum({bit for at in given for bit in self._bits[at]})
        for at, bits in enumerate(self._bits):
            clashes = self._problem.disjoint and at not in given and taken & sum(bits)
            if at in without or clashes:
                continue
            parts, worth = _subsets(bits, self._values[at])
            if self._problem.disjoint:
                parts, worth = parts[-1:], worth[-1:]
            free = at in given
            worth = worth if free else worth - self._price(at)
            allowed = self._untorn[parts]
            tables[0 if free else self._costs[at]].offer(at, parts[allowed], worth[allowed])
        return tables

    def _solution(self, answers: "_Answers", given: Collection[int]) -> Solution | None:
        budget, tasks = answers.budget, answers.sets - 1
        if answers.worth[budget, tasks] <= _NEVER // 2:
            return None
        served = dict.fromkeys(given, 0)
        while tasks:
            at, part = int(answers.which[budget, tasks]), int(answers.part[budget, tasks])
            budget -= 0 if at in given else self._costs[at]
            served[at] = served.get(at, 0) | part
            tasks ^= part
        worth = int(answers.worth[-1, -1]) - sum(map(self._price, given))
        return Solution(worth, served)

    def _price(self, at: int) -> int:
        """What a candidate's cost and members take from a choice's worth."""
        return (self._costs[at] << _MEMBERS) + len(self._bits[at])

    @cached_property
    def _untorn(self) -> NDArray[np.bool_]:
        """[2^T] whether a set of tasks tears no pair that is to be served together."""
        sets = np.arange(1 << len(self._place))
        untorn = np.ones(len(sets), dtype=bool)
        for one, other in self._problem.together:
            untorn &= (sets >> self._place[one] & 1) == (sets >> self._place[other] & 1)
        return untorn


class _Table:
    """What the best network of one cost is worth, for every set of tasks that it may serve."""

    def __init__(self, sets: int) -> None:
        self.worth: Ints = np.full(sets, _NEVER, np.int64)
        self.which = np.full(sets, -1, np.int32)

    def offer(self, at: int, parts: Sets, worth: Ints) -> None:
        """Take a candidate for the sets where it is better than those before it."""
        better = worth > self.worth[parts]
        self.worth[parts[better]] = worth[better]
        self.which[parts[better]] = at


class _Answers:
    """The best networks for every budget and set of tasks: what they are worth, and the first."""

    def __init__(self, budget: int, sets: int) -> None:
        self.budget, self.sets = budget, sets
        self.worth: Ints = np.full((budget + 1, sets), _NEVER, np.int64)
        self.worth[:, 0] = 0
        self.which = np.full((budget + 1, sets), -1, np.int32)
        self.part = np.zeros((budget + 1, sets), np.int32)

    def improve(self, tasks: int, parts: Sets, cost: int, table: _Table) -> None:
        """Serve a set of tasks by a network for one of the parts, and what is best for the rest."""
        if not parts.size:
            return
        worth = self.worth[: self.budget + 1 - cost, tasks ^ parts] + table.worth[parts]
        best = worth.max(axis=1)
        for row in np.flatnonzero((best >= self.worth[cost:, tasks]) & (best > _NEVER // 2)):
            ties = parts[worth[row] == best[row]]
            part = ties[np.argmin(table.which[ties])]
            budget, which = row + cost, table.which[part]
            if best[row] > self.worth[budget, tasks] or which < self.which[budget, tasks]:
                self.worth[budget, tasks] = best[row]
                self.which[budget, tasks], self.part[budget, tasks] = which, part


def solve(problem: Problem) -> Choice | None:
    """The best choice, exactly; None where the rules and the budget allow none.

    Args:
        problem: The problem, of at most `MOST_TASKS` tasks.
    """
    solver = ExactSolver(problem)
    solution = solver.best()
    return None if solution is None else solver.choice(solution)


def _subsets(bits: Sequence[int], values: Sequence[int]) -> tuple[Sets, Ints]:
    """All parts of a network's tasks but the empty one, and the sums of their values."""
    sets, sums = np.zeros(1, np.int64), np.zeros(1, np.int64)
    for bit, value in zip(bits, values, strict=True):
        sets = np.concatenate([sets, sets | bit])
        sums = np.concatenate([sums, sums + value])
    return sets[1:], sums[1:]


def _parts(tasks: int) -> Sets:
    """All parts of a set of tasks, the empty one too."""
    sets = np.zeros(1, np.int64)
    while tasks:
        bit = tasks & -tasks
        sets = np.concatenate([sets, sets | bit])
        tasks ^= bit
    return sets
