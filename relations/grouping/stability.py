"""Would other seeds have led to the same grouping? Seeds are drawn anew, and the problem solved."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from relations.grouping.candidate import Choice
from relations.grouping.group_changes import Group, GroupChanges
from relations.statistics.intervals import Matrix

Solve = Callable[[Mapping[Group, Matrix]], Choice | None]
"""From the measured gains to the best choice."""

DRAWS_UP_TO = {8: 200, 10: 100, 12: 20}
"""Most tasks -> draws; each draw is a problem of its own. With more tasks none is made."""


@dataclass(frozen=True)
class Stability:
    """How often each choice was the best, of draws of as many seeds as there are, with replacement.

    Attributes:
        draws: Number of draws.
        wins: Networks of a choice, as groups -> the number of draws in which it was the best, most
            first.
    """

    draws: int
    wins: Mapping[tuple[Group, ...], int]

    def share(self, choice: Choice) -> float:
        """The share of draws in which a choice was the best."""
        return self.wins.get(_groups(choice), 0) / self.draws


def stability(
    changes: GroupChanges, solve: Solve, draws: int | None = None, seed: int = 0
) -> Stability | None:
    """Draw seeds with replacement and solve again.

    The draw keeps the runs of a seed together, as they are paired. It shows how much a choice hangs
    on the seeds that were trained; with few seeds that is itself known roughly only.

    Args:
        changes: Changes seed by seed.
        solve: The problem, of other means.
        draws: How many; by the number of tasks when None.
        seed: Of the draws.

    Returns:
        None with one seed, or where the number of tasks makes solving again too long.
    """
    if draws is None:
        draws = next((n for most, n in DRAWS_UP_TO.items() if len(changes.tasks) <= most), 0)
    if len(changes.seeds) < 2 or draws < 1:
        return None
    rng = np.random.default_rng(seed)
    wins: Counter[tuple[Group, ...]] = Counter()
    for _ in range(draws):
        choice = solve(changes.means(rng.integers(len(changes.seeds), size=len(changes.seeds))))
        if choice is not None:
            wins[_groups(choice)] += 1
    return Stability(draws, dict(wins.most_common()))


def _groups(choice: Choice) -> tuple[Group, ...]:
    return tuple(sorted(network.tasks for network in choice.networks))
