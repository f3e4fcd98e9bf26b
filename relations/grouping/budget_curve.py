"""What groupings gain as the budget grows, beside all together, all apart and chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from relations.errors import GroupingError
from relations.grouping.asked import Asked
from relations.grouping.candidate import Choice
from relations.grouping.exact import MOST_TASKS
from relations.grouping.group_changes import Group, GroupChanges
from relations.grouping.group_tasks import all_together
from relations.grouping.predicted import every_group
from relations.statistics.intervals import Matrix


@dataclass(frozen=True)
class BudgetPoint:
    """The best grouping of a budget.

    Attributes:
        budget: What networks may cost.
        choice: The best grouping by what is known; measured or predicted.
        chance: Mean gain of the tasks in a grouping drawn at random among all ways to part the
            tasks into at most so many networks; None where a group's gain is not known.
    """

    budget: float
    choice: Choice
    chance: float | None

    @property
    def mean(self) -> float:
        """Mean gain of the tasks."""
        return self.choice.total / len(self.choice.serves)


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
            choice = replace(asked, networks=None, budget=budget).best(tasks, means)
        except GroupingError:  # too many steps of a cost such as 0.333
            break
        if choice is not None:
            chance = random_mean(tasks, means, int(budget + 1e-9), asked)
            points.append(BudgetPoint(budget, choice, chance))
    whole = all_together(changes, asked.rule)
    mean = None if whole is None else sum(whole.values()) / len(tasks)
    return BudgetCurve(tasks, tuple(points), mean, changes.relative)


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
