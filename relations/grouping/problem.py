"""What is asked: candidates, a budget, and what else a choice of networks must obey."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from relations.errors import GroupingError, all_problems
from relations.grouping.candidate import Candidate
from relations.tasks import check_known, check_unique

Pair = tuple[str, str]

FINEST = 1000
"""Costs are read to this many parts of a network of cost 1."""
MOST_UNITS = 2000
"""How many steps a budget may have: the costs' common measure must not be too small."""


@dataclass(frozen=True)
class Problem:
    """Which networks should be had, so that every task is served and all gain most in sum.

    Attributes:
        tasks: All tasks; each must be served by one network.
        candidates: The networks to choose from.
        budget: What they may cost together.
        disjoint: Whether no task may be in two of them; else a task may help where another network
            serves it.
        together: Pairs of tasks that one network must serve.
        apart: Pairs of tasks that must not be in the same network.
        largest: Most tasks of a network; None for no limit.

    Raises:
        GroupingError: Everything that is wrong, at once.
        TaskError: A name is not one of the tasks.
    """

    tasks: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    budget: float
    disjoint: bool = False
    together: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()
    largest: int | None = None

    def __post_init__(self) -> None:
        check_unique(self.tasks)
        for pair in (*self.together, *self.apart):
            check_known(pair, self.tasks)
        named = {task for one in self.candidates for task in one.tasks}
        check_known(sorted(named - set(self.tasks)), self.tasks)
        problems = [*self._contradictions(), *self._unserved(), *self._too_dear()]
        if problems:
            raise GroupingError(all_problems("No choice of networks can do that", problems))

    def allowed(self) -> tuple[Candidate, ...]:
        """The candidates that no rule excludes, in the order of the tasks."""
        place = {task: at for at, task in enumerate(self.tasks)}
        apart = [frozenset(pair) for pair in self.apart]
        kept = (
            one
            for one in self.candidates
            if (self.largest is None or len(one.tasks) <= self.largest)
            and not any(pair <= set(one.tasks) for pair in apart)
            and one.cost <= self.budget * (1 + 1e-12)
        )
        return tuple(
            sorted(kept, key=lambda one: (sorted(place[task] for task in one.tasks), one.cost))
        )

    def units(self) -> tuple[list[int], int]:
        """The costs of the allowed candidates and the budget, in whole multiples of one measure.

        Raises:
            GroupingError: Their common measure is too small a part of the budget.
        """
        costs = [Fraction(one.cost).limit_denominator(FINEST) for one in self.allowed()]
        below = lcm(*(cost.denominator for cost in costs))
        whole = [int(cost * below) for cost in costs]
        measure = gcd(*whole)
        budget = int(Fraction(self.budget).limit_denominator(FINEST) * below / measure)
        if budget > MOST_UNITS:
            raise GroupingError(
                f"The budget {self.budget:g} is {budget} times the common measure of the costs, "
                f"{float(Fraction(measure, below)):g}; at most {MOST_UNITS} times. Round the "
                "costs, for example to 0.1."
            )
        return [cost // measure for cost in whole], budget

    def _contradictions(self) -> Iterable[str]:
        apart = {frozenset(pair) for pair in self.apart}
        if any(len(set(pair)) < 2 for pair in (*self.together, *self.apart)):
            yield "a pair names one task twice."
        for group in _joined(self.together):
            for pair in apart:
                if pair <= group:
                    yield f"{' and '.join(sorted(pair))} are to be together and apart."
            if self.largest is not None and len(group) > self.largest:
                yield (
                    f"{', '.join(sorted(group))} are to be together, and a network has at most "
                    f"{self.largest} tasks."
                )
        if self.largest is not None and self.largest < 1:
            yield f"a network has at least one task, got at most {self.largest}."

    def _unserved(self) -> Iterable[str]:
        served = {task for one in self.candidates for task in one.tasks}
        lacking = [task for task in self.tasks if task not in served]
        if lacking:
            yield f"no network is known for {', '.join(lacking)}."

    def _too_dear(self) -> Iterable[str]:
        cheapest = min((one.cost for one in self.candidates), default=0.0)
        if not self.budget >= cheapest:
            yield f"the cheapest network costs {cheapest:g}, the budget is {self.budget:g}."


def units_of(tasks: Sequence[str], together: Sequence[Pair]) -> list[set[str]]:
    """The tasks, in sets that are served together; most stand by themselves."""
    joined = _joined(together)
    held = {task for group in joined for task in group}
    return [*joined, *({task} for task in tasks if task not in held)]


def _joined(pairs: Sequence[Pair]) -> list[set[str]]:
    """The sets of tasks that pairs put together."""
    groups: list[set[str]] = []
    for pair in pairs:
        touched = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if group not in touched]
        groups.append(set(pair).union(*touched))
    return groups
