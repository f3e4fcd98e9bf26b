"""The best choice among listed networks for any number of tasks, by scipy's integer programming.

    maximise sum x[t, G] value[G, t]   with  sum over G of x[t, G] = 1,  x[t, G] <= y[G],
                                             sum of y[G] cost[G] <= budget,  y whole

x[t, G] says that network G serves task t, y[G] that it is had.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from relations.errors import GroupingError
from relations.grouping.candidate import Candidate, Choice
from relations.grouping.problem import Problem

Member = tuple[int, str]


def solve_listed(problem: Problem, seconds: float = 60.0) -> Choice | None:
    """The best choice; None where the rules and the budget allow none.

    Args:
        problem: The problem; every candidate is a column of the programme.
        seconds: After which the best choice so far is taken, which then is not `exact`.

    Raises:
        GroupingError: Nothing was found in that time.
    """
    networks = problem.allowed()
    members = [(at, task) for at, one in enumerate(networks) for task in one.tasks]
    gains = [networks[at].value(task) for at, task in members]
    had = len(networks)
    found = milp(
        np.concatenate([np.zeros(had), -np.array(gains)]),
        constraints=_constraints(problem, networks, members),
        integrality=np.concatenate([np.ones(had), np.zeros(len(members))]),
        bounds=Bounds(0, 1),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        if found.status == 2:  # infeasible
            return None
        raise GroupingError(
            f"No choice of networks was found in {seconds:g} s ({found.message.strip()}). List "
            "fewer networks, or give it more time."
        )
    return _choice(problem, networks, members, found.x[had:], exact=found.status == 0)


def _constraints(
    problem: Problem, networks: tuple[Candidate, ...], members: list[Member]
) -> LinearConstraint:
    had, columns = len(networks), len(networks) + len(members)
    column = {member: had + at for at, member in enumerate(members)}
    rows: list[dict[int, float]] = []
    lower: list[float] = []
    upper: list[float] = []

    def add(row: dict[int, float], low: float, high: float) -> None:
        rows.append(row)
        lower.append(low)
        upper.append(high)

    of_task = {task: [at for at, one in enumerate(networks) if task in one.tasks]
               for task in problem.tasks}  # fmt: skip
    for task, places in of_task.items():
        add({column[at, task]: 1.0 for at in places}, 1.0, 1.0)
        if problem.disjoint:
            add(dict.fromkeys(places, 1.0), 0.0, 1.0)
    for at, task in members:
        add({column[at, task]: 1.0, at: -1.0}, -np.inf, 0.0)
    add({at: one.cost for at, one in enumerate(networks)}, 0.0, problem.budget * (1 + 1e-12))
    for one, other in problem.together:
        for at in {*of_task[one], *of_task[other]}:
            row = {column[at, task]: sign for task, sign in ((one, 1.0), (other, -1.0))
                   if (at, task) in column}  # fmt: skip
            add(row, 0.0, 0.0)
    return LinearConstraint(
        _sparse(rows, columns),
        np.array(lower),  # pyright: ignore[reportArgumentType] - scipy takes arrays
        np.array(upper),  # pyright: ignore[reportArgumentType]
    )


def _sparse(rows: list[dict[int, float]], columns: int) -> csr_array:
    places = [(at, column, value) for at, row in enumerate(rows) for column, value in row.items()]
    at, column, value = map(np.array, zip(*places, strict=True))
    return coo_array((value, (at, column)), shape=(len(rows), columns)).tocsr()


def _choice(
    problem: Problem,
    networks: tuple[Candidate, ...],
    members: list[Member],
    served: NDArray[np.float64],
    *,
    exact: bool,
) -> Choice:
    by = {}
    for share, (at, task) in sorted(zip(served, members, strict=True), key=lambda pair: pair[0]):
        if share > 1e-6:
            by[task] = at  # of shares of equal gain the largest
    order = list(dict.fromkeys(by[task] for task in problem.tasks))
    serves = {task: order.index(by[task]) for task in problem.tasks}
    return Choice(tuple(networks[at] for at in order), serves, exact)
