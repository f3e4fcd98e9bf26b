"""Triage: which pairs are probed when there are not trainings enough for all of them."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from relations.errors import RelationsError
from relations.estimates.estimate import Estimate
from relations.tables.first_names import first_names

_MOST_NAMED = 10

Pair = tuple[str, str]


@dataclass(frozen=True)
class Triage:
    """What a budget is spent on.

    Attributes:
        pairs: Pairs to probe, the most suspicious first.
        left_out: The other pairs, in the same order; their edges stay unknown.
        trainings: Runs of the probe: all single-task runs and those of `pairs`.
        spent: Runs that the estimate has cost.
    """

    pairs: tuple[Pair, ...]
    left_out: tuple[Pair, ...]
    trainings: int
    spent: int

    def __str__(self) -> str:
        total = len(self.pairs) + len(self.left_out)
        text = (
            f"{len(self.pairs)} of {total} pairs are probed, {self.trainings} trainings after "
            f"{self.spent} of the estimate"
        )
        if not self.left_out:
            return text
        listed = first_names(map("+".join, self.left_out), _MOST_NAMED)
        return (
            f"{text}\nnot probed, their edges stay unknown: {listed}\n"
            "a mask needs --unknown allow or --unknown block for them, and says so in its file"
        )


def suspicious_pairs(estimate: Estimate) -> list[Pair]:
    """All pairs, the one most likely to hold a harmful edge first.

    A pair stands where the more suspicious of its two edges stands. An edge's suspicion is its rank
    among the sources of its target, the lowest estimate first: estimates of different targets are
    hardly comparable. Pairs of equal rank are ordered by the estimate itself. Edges that the
    estimate does not know come first of all. Source: our choice.

    Args:
        estimate: T tasks.

    Returns:
        T(T-1)/2 pairs, each in task-set order.

    Example:
        >>> values = np.array([[[0, -0.1, -0.5], [0.3, 0, 0.2], [0.1, 0.4, 0]]])
        >>> suspicious_pairs(Estimate("by hand", "fraction", ("a", "b", "c"), (0,), values))
        [('a', 'c'), ('a', 'b'), ('b', 'c')]
    """
    from scipy.stats import rankdata

    values = estimate.mean.copy()
    edges = ~np.eye(len(estimate.tasks), dtype=bool)
    values[edges & np.isnan(values)] = -np.inf
    values[~edges] = np.inf
    # Sources that are all alike to a target are none of them suspicious.
    ranks = np.where(np.isneginf(values), 0, rankdata(values, method="max", axis=0))

    def order(pair: tuple[int, int]) -> tuple[float, float]:
        both = (pair, pair[::-1])
        return min(ranks[edge] for edge in both), min(values[edge] for edge in both)

    ordered = sorted(combinations(range(len(estimate.tasks)), 2), key=order)
    return [(estimate.tasks[row], estimate.tasks[column]) for row, column in ordered]


def triage(estimate: Estimate, budget: int, seeds: int, *, spent: int = 0) -> Triage:
    """Spend a budget of trainings: all single-task runs first, then pair after pair.

    A pair gets all of its seeds or none: an edge with fewer seeds than the others is decided less
    often, and a verdict must not depend on where the budget ended.

    Args:
        estimate: Orders the pairs, see `suspicious_pairs`.
        budget: Most trainings, single-task, pair and joint runs alike.
        seeds: Seeds of every run.
        spent: Of these trainings, those that the estimate has cost.

    Raises:
        RelationsError: The budget does not reach for the single-task runs and one pair.

    Example:
        >>> values = np.array([[[0, -0.1, -0.5], [0.3, 0, 0.2], [0.1, 0.4, 0]]])
        >>> guess = Estimate("by hand", "fraction", ("a", "b", "c"), (0,), values)
        >>> triage(guess, budget=11, seeds=2, spent=1).pairs
        (('a', 'c'), ('a', 'b'))
    """
    singles = seeds * len(estimate.tasks)
    count = (budget - spent - singles) // seeds
    if count < 1:
        raise RelationsError(
            f"A budget of {budget} trainings does not reach: the estimate cost {spent}, the "
            f"single-task runs of {len(estimate.tasks)} tasks and {seeds} seeds are {singles}, and "
            f"one pair takes {seeds} more. Give at least {spent + singles + seeds}."
        )
    pairs = suspicious_pairs(estimate)
    chosen = tuple(pairs[:count])
    return Triage(
        chosen, tuple(pairs[count:]), trainings=singles + seeds * len(chosen), spent=spent
    )
