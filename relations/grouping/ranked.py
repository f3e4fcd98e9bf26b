"""The best choices one after another, the best first.

All choices but the best one are parted by the first of its networks that they lack: they have those
before it and not this one. The best of each part is a problem of its own, and of the next best
choice the same is done again. Source: Murty, "An Algorithm for Ranking all the Assignments in Order
of Increasing Cost", Operations Research 16, 1968; here of choices of networks.
"""

import heapq
from collections.abc import Iterator
from itertools import count

from relations.grouping.candidate import Choice
from relations.grouping.exact import ExactSolver
from relations.grouping.problem import Problem


def ranked_choices(problem: Problem) -> Iterator[Choice]:
    """Different choices from the best on; none has a network that serves nobody.

    The first costs one solution, each next one as many as the one before it has networks.
    """
    solver = ExactSolver(problem)
    order = count()  # of equals the one that was come upon first
    heap = []

    def look(given: frozenset[int], without: frozenset[int]) -> None:
        solution = solver.best(given, without)
        if solution is not None:
            heapq.heappush(heap, (-solution.worth, next(order), solution, given, without))

    look(frozenset(), frozenset())
    while heap:
        _, _, solution, given, without = heapq.heappop(heap)
        if all(solution.served.values()):
            yield solver.choice(solution)
        for at in sorted(set(solution.served) - given):
            look(given, without | {at})
            given |= {at}
