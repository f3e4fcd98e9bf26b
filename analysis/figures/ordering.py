"""The order of tasks in a figure: as given, or alike tasks side by side."""

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from relations.graph import RelationGraph

from relations.errors import RelationsError, argument

Order = Literal["given", "cluster"]


def task_order(changes: np.ndarray, order: Order = "given") -> np.ndarray:
    """Positions of the tasks in the order in which they are drawn.

    "cluster" puts tasks side by side that harm and suffer alike: average linkage on a task's row
    and column, leaves ordered so that neighbours are as near as possible (Bar-Joseph et al. 2001).

    Args:
        changes: [T, T], row = source, column = target; nan counts as no change.
        order: "given" or "cluster".

    Returns:
        [T] integers; rows and columns take the same order.

    Raises:
        RelationsError: Another order.

    Example:
        >>> harm = np.zeros((4, 4)); harm[0, 1] = harm[2, 1] = -0.3
        >>> order = list(task_order(harm, "cluster"))
        >>> abs(order.index(0) - order.index(2))
        1
    """
    if order not in ("given", "cluster"):
        raise RelationsError(f'{argument("order")} must be "given" or "cluster", got {order!r}.')
    count = len(changes)
    if order == "given" or count < 3:
        return np.arange(count)
    from scipy.cluster.hierarchy import leaves_list, linkage

    filled = np.nan_to_num(changes)
    profiles = np.hstack([filled, filled.T])
    return leaves_list(linkage(profiles, method="average", optimal_ordering=True))


def comparable(graph: "RelationGraph") -> np.ndarray:
    """[T, T] changes that can be laid side by side: of several units in sizes of the threshold."""
    changes = graph.matrix("change")
    return changes / np.array([*graph.sizes().values()]) if graph.mixed else changes
