"""What the planted task sets' scores are when training is finished and data are endless.

With inputs x ~ N(0, I), task t wants the matrix B_t (one non-zero a row) and is trained with weight
w_t. For a trunk W the best head is the least-squares one, which leaves trace((I - P) B_t' B_t), P
the projection on the rows of W. The joint loss is therefore trace((I - P) C) with the diagonal
C = sum_t w_t B_t' B_t, and is least when P keeps the coordinates of the largest diagonal values
v_j = sum_t w_t s_t^2 a_tj^2, as many as the trunk has rows (the Eckart-Young theorem). A task's R^2
is the share of its variance that is kept. Source: our derivation.

With a gradient mask each group of rows follows the summed loss of the tasks that may update it, and
there is no one loss that all rows go down. A finished training is a set of kept coordinates that no
group wants to change: see `equilibria`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from gradsplit.errors import TaskSetError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Demand:
    """What tasks want from the input's coordinates.

    Attributes:
        tasks: T names.
        variances: [T, J] share of each task's variance that a coordinate explains; rows sum to 1.
        values: [T, J] what keeping a coordinate takes off the task's weighted loss.
    """

    tasks: tuple[str, ...]
    variances: Floats
    values: Floats

    def select(self, tasks: Sequence[str]) -> "Demand":
        """The demand of some of the tasks, in the order asked for."""
        rows = [self.tasks.index(task) for task in tasks]
        return Demand(tuple(tasks), self.variances[rows], self.values[rows])

    def scores(self, kept: Bools) -> dict[str, float]:
        """R^2 of every task when the coordinates `kept` [J] are in the trunk."""
        shares = self.variances[:, kept].sum(axis=1)
        return dict(zip(self.tasks, shares.tolist(), strict=True))


def best_scores(demand: Demand, width: int) -> dict[str, float]:
    """R^2 of every task where their joint loss is least, in a trunk of `width` rows.

    Raises:
        TaskSetError: Two coordinates at the boundary are worth the same, so there is no one answer.

    Example:
        >>> shares = np.array([[0.6, 0.4, 0.0], [0.0, 0.0, 1.0]])
        >>> best_scores(Demand(("loud", "quiet"), shares, np.array([[9.0], [1.0]]) * shares), 2)
        {'loud': 1.0, 'quiet': 0.0}
    """
    value = demand.values.sum(axis=0)
    order = np.argsort(-value, kind="stable")
    inside, outside = order[:width], order[width:]
    if len(outside) and value[outside[0]] > 0 and np.isclose(value[inside[-1]], value[outside[0]]):
        raise TaskSetError(
            f"Coordinates {inside[-1]} and {outside[0]} are worth the same to "
            f"{'+'.join(demand.tasks)}: which one a trunk of {width} rows keeps is open."
        )
    kept = np.zeros(len(value), dtype=bool)
    kept[inside] = True
    return demand.scores(kept)


def equilibria(
    demand: Demand, may_update: Bools, group_sizes: Sequence[int]
) -> list[dict[str, float]]:
    """Where a masked training can end: R^2 of every task, one entry for each possible end.

    To group g a coordinate is worth u_g = the sum of its values to the tasks that may update g. A
    set K of kept coordinates is an end when it can be dealt out to the groups' rows such that no
    row gains by leaving its coordinate for one outside K, that is, when each coordinate of K is in
    a group to which it is worth something, and as much as any coordinate outside K. A row without a
    coordinate is only at rest when nothing outside K is worth anything to its group; it keeps a
    random direction, and the little that other tasks' heads get from it is not counted.

    Args:
        demand: What the T tasks want.
        may_update: [T, T], row = source, column = group, as in a gradient mask.
        group_sizes: Rows of each group.

    Returns:
        Different ends, best mean score first. Cost: 2^J small matchings, J the wanted coordinates.

    Example:
        >>> shares = np.array([[0.6, 0.4, 0.0], [0.0, 0.0, 1.0]])
        >>> demand = Demand(("loud", "quiet"), shares, np.array([[9.0], [1.0]]) * shares)
        >>> equilibria(demand, np.eye(2, dtype=bool), [1, 1])
        [{'loud': 0.6, 'quiet': 1.0}]
    """
    worth = may_update.T.astype(float) @ demand.values
    wanted = np.flatnonzero(worth.sum(axis=0) > 0)
    ends = {}
    for kept in _subsets(wanted, worth.shape[1], most=sum(group_sizes)):
        if _at_rest(kept, worth, group_sizes):
            scores = demand.scores(kept)
            ends[tuple(round(score, 9) for score in scores.values())] = scores
    return sorted(ends.values(), key=lambda scores: -sum(scores.values()))


def _subsets(wanted: NDArray[np.intp], count: int, most: int) -> Iterator[Bools]:
    """Every subset of the wanted coordinates that fits into the rows."""
    for code in range(2 ** len(wanted)):
        if code.bit_count() <= most:
            kept = np.zeros(count, dtype=bool)
            kept[wanted[[bool(code >> place & 1) for place in range(len(wanted))]]] = True
            yield kept


def _at_rest(kept: Bools, worth: Floats, group_sizes: Sequence[int]) -> bool:
    """Whether the coordinates can be dealt out so that no row wants another one."""
    best_outside = worth[:, ~kept].max(axis=1, initial=0.0)
    # A tie is at rest: nothing pulls the row away.
    happy = (worth[:, kept] > 0) & (worth[:, kept] >= best_outside[:, None] - 1e-12)
    owners = np.repeat(np.arange(len(group_sizes)), group_sizes)
    if not happy.any(axis=0).all():
        return False
    restless = best_outside[owners] > 0
    # Every coordinate needs a row, and every row of a group that still wants something needs a
    # coordinate. A matching that covers each side alone can be joined to one that covers both.
    fits = happy[owners].T
    return _covers_rows(fits) and _covers_rows(fits[:, restless].T)


def _covers_rows(fits: Bools) -> bool:
    """Whether every row can be matched to a column of its own."""
    if not fits.size:
        return fits.shape[0] == 0
    return bool((maximum_bipartite_matching(csr_array(fits), perm_type="column") >= 0).all())
