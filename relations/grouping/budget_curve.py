"""What groupings gain as the budget grows, beside all together, all apart and chance."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from math import isfinite
from typing import Any

from relations.errors import GroupingError
from relations.grouping.asked import Asked
from relations.grouping.exact import MOST_TASKS
from relations.grouping.group_changes import Group, GroupChanges
from relations.grouping.group_tasks import all_together
from relations.grouping.predicted import every_group
from relations.statistics.intervals import Matrix

_PAIRS_UP_TO = 12
"""With more tasks it would take minutes to solve all budgets a second time."""


@dataclass(frozen=True)
class BudgetPoint:
    """The best grouping of a budget.

    Attributes:
        budget: What networks may cost.
        groups: The networks of the best grouping by what is known.
        mean: Mean gain of the tasks in it.
        measured: Whether all of its networks were trained; else gains are predicted.
        chance: Mean gain of the tasks in a grouping drawn at random among all ways to part the
            tasks into at most so many networks, predicted where a group was not trained; None where
            a group's gain is not known.
        pairs: Mean gain that pairs alone predict of the grouping that they would have chosen; None
            where nothing more than pairs is known, or it was not looked for.
    """

    budget: float
    groups: tuple[Group, ...]
    mean: float
    measured: bool
    chance: float | None = None
    pairs: float | None = None


@dataclass(frozen=True)
class BudgetCurve:
    """The best groupings of all budgets.

    Attributes:
        tasks: All tasks.
        points: One for each number of networks, from one to `most`, and small networks between.
        together: Mean gain in one network for all; None where it is not known.
        relative: Whether gains are fractions; else they are in units of the seeds' spread.
    """

    tasks: tuple[str, ...]
    points: tuple[BudgetPoint, ...]
    together: float | None
    relative: bool = True

    def facts(self) -> dict[str, Any]:
        """It as JSON values; `from_facts` makes it of them."""
        return {"points": [asdict(point) for point in self.points], "all_together": self.together}

    @classmethod
    def from_facts(
        cls, tasks: tuple[str, ...], facts: Mapping[str, Any], *, relative: bool
    ) -> "BudgetCurve":
        """The curve of facts as a file has them.

        Raises:
            GroupingError: They are none.
        """
        try:
            points = tuple(
                BudgetPoint(**{**point, "groups": tuple(map(tuple, point["groups"]))})
                for point in facts["points"]
            )
            whole = facts["all_together"]
            numbers = [whole, *(n for one in points for n in (one.chance, one.pairs))]
            numbers = [*(n for n in numbers if n is not None),
                       *(n for one in points for n in (one.budget, one.mean))]  # fmt: skip
            sound = points and all(map(isfinite, numbers))
        except (TypeError, KeyError, AttributeError) as error:
            raise GroupingError(f"`budgets` is no curve of budgets: {error!r}.") from None
        if not sound:
            raise GroupingError("`budgets` must have points with finite numbers.")
        return cls(tasks, points, whole, relative)


def budget_curve(
    changes: GroupChanges, asked: Asked, most: int | None = None
) -> BudgetCurve | None:
    """Solve for every budget up to one network a task.

    Args:
        changes: What is known of groups.
        asked: Rules; its own number of networks or budget is left aside.
        most: Largest budget; the number of tasks, at most 6, when None.

    Returns:
        None with more tasks than can be solved exactly.
    """
    tasks = changes.tasks
    if len(tasks) > MOST_TASKS:
        return None
    means = changes.means()
    points = []
    for budget in _budgets(asked.small, most or min(len(tasks), 6)):
        try:
            point = _point(tasks, means, replace(asked, networks=None, budget=budget))
        except GroupingError:  # too many steps of a cost such as 0.333
            break
        points += [] if point is None else [point]
    whole = all_together(changes, asked.rule)
    mean = None if whole is None else sum(whole.values()) / len(tasks)
    return BudgetCurve(tasks, tuple(points), mean, changes.relative)


def _point(tasks: Sequence[str], means: Mapping[Group, Matrix], asked: Asked) -> BudgetPoint | None:
    choice = asked.best(tasks, means)
    if choice is None:
        return None
    pairs = {group: gains for group, gains in means.items() if len(group) == 2}
    of_pairs = None
    if len(pairs) < len(means) and len(tasks) <= _PAIRS_UP_TO:
        of_pairs = replace(asked, predict=True).best(tasks, pairs)
    return BudgetPoint(
        asked.most,
        tuple(network.tasks for network in choice.networks),
        choice.total / len(tasks),
        choice.measured,
        random_mean(tasks, means, int(asked.most + 1e-9), asked),
        None if of_pairs is None else of_pairs.total / len(tasks),
    )


def _budgets(small: float | None, most: int) -> list[float]:
    """Whole numbers, each with up to three small networks beside.

    Example:
        >>> _budgets(0.4, 2)
        [1.0, 1.4, 1.8, 2.0]
    """
    beside = [0.0] if small is None else [n * small for n in range(4) if n * small < 1]
    budgets = [whole + more for whole in range(1, most + 1) for more in beside]
    return [budget for budget in budgets if budget <= most]


def random_mean(
    tasks: Sequence[str], measured: Mapping[Group, Matrix], networks: int, asked: Asked
) -> float | None:
    """The exact mean gain over all ways to part tasks into at most `networks` groups.

    A group G is one of the parts in as many of them as there are ways to part the other tasks into
    at most one network less.

    Example:
        >>> import numpy as np
        >>> gains = {("a", "b"): np.array([0.2, 0.4])}
        >>> round(random_mean(("a", "b"), gains, 2, Asked(networks=2)), 3)
        0.15
    """
    size = len(tasks)
    groups = every_group(tasks, measured, asked.rule)
    if len(groups) < sum(1 for n in range(1, size + 1) for _ in combinations(range(size), n)):
        return None
    ways = _partitions(size)
    total = sum(
        sum(group.values) * _at_most(ways[size - len(group.tasks)], networks - 1)
        for group in groups
    )
    return total / size / _at_most(ways[size], networks)


def _at_most(ways: Sequence[int], networks: int) -> int:
    return sum(ways[: networks + 1])


def _partitions(most: int) -> list[list[int]]:
    """[n][k] ways to part n tasks into exactly k groups (Stirling numbers of the second kind)."""
    table = [[1] + [0] * most]
    for _ in range(most):
        above = table[-1]
        table.append([0] + [above[k - 1] + k * above[k] for k in range(1, most + 1)])
    return table
