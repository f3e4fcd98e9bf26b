"""Problems of grouping, and the slow way to solve them: every choice of networks is tried."""

import random
from collections.abc import Iterator
from itertools import combinations

from relations.grouping.candidate import Candidate, Choice, serve
from relations.grouping.problem import Problem

TOY = (
    Candidate(("a",), (-1.0,)),
    Candidate(("b",), (-1.0,)),
    Candidate(("c",), (-1.0,)),
    Candidate(("a", "b"), (-0.8, -1.2)),
    Candidate(("a", "c"), (-1.1, -0.7)),
    Candidate(("b", "c"), (-0.85, -1.3)),
    Candidate(("a", "b", "c"), (-0.9, -1.1, -0.95)),
)
"""Losses, as values that are better when larger."""
SMALL = tuple(Candidate((task,), (-1.1,), 0.5) for task in "abc")


def drawn(size: int, seed: int, costs: tuple[float, ...] = (1.0,)) -> tuple[Candidate, ...]:
    """A network for every group of tasks, with values drawn at random."""
    rng = random.Random(seed)
    tasks = "abcdefghijklmno"[:size]
    return tuple(
        Candidate(group, tuple(rng.gauss(0, 1) for _ in group), rng.choice(costs))
        for many in range(1, size + 1)
        for group in combinations(tasks, many)
    )


def every_choice(problem: Problem) -> Iterator[Choice]:
    """All sets of networks within the budget and the rules in which none is idle."""
    networks = problem.allowed()
    cheapest = min(network.cost for network in networks)
    for many in range(1, int(problem.budget / cheapest) + 1):
        for chosen in combinations(networks, many):
            members = [task for network in chosen for task in network.tasks]
            dear = sum(network.cost for network in chosen) > problem.budget + 1e-9
            clash = problem.disjoint and len(set(members)) < len(members)
            if dear or clash or set(members) != set(problem.tasks):
                continue
            choice = serve(problem.tasks, chosen)
            if len(choice.networks) == many:
                yield choice
