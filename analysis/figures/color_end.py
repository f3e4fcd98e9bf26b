"""Where the colours of a change matrix end, the same for the figure and the page."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.ordering import comparable
from analysis.figures.palette import shade_limit
from relations.tasks import positions

if TYPE_CHECKING:
    from relations.graph import RelationGraph

_LEAST, _LEAST_SIZES = 0.02, 2.0
"""The smallest end: 2 %, or two sizes of the threshold."""


def color_end(graph: "RelationGraph") -> float:
    """The change that has the deepest colour, by the rule of `shade_limit`.

    Changes of unknown edges are not to be believed and are left out.

    Args:
        graph: T tasks; its verdicts say which changes are decided.

    Returns:
        A fraction; of several units in sizes of the target's threshold.

    Cost: linear in the edges.

    Example:
        >>> from relations.graph import RelationGraph
        >>> from relations.statistics.change_matrix import ChangeMatrix
        >>> seeds = [[[0, -0.18], [0.3, 0]], [[0, -0.181], [-0.2, 0]], [[0, -0.179], [0.1, 0]]]
        >>> color_end(RelationGraph.from_changes(ChangeMatrix(["a", "b"], seeds)))
        0.2
    """
    changes, decided = _known(graph)
    return shade_limit(changes, decided, _LEAST_SIZES if graph.mixed else _LEAST)


def decided_beyond(graph: "RelationGraph", end: float) -> int:
    """How many decided changes are larger than where the colours end: outliers, of few tasks."""
    changes, decided = _known(graph)
    return int((np.abs(changes[decided]) > end).sum())


def _known(graph: "RelationGraph") -> tuple[np.ndarray, np.ndarray]:
    """[T, T] changes, nan of unknown edges, and which are decided."""
    place = positions(graph.tasks)
    changes = comparable(graph)
    decided = np.zeros(changes.shape, dtype=bool)
    for (source, target), verdict in graph.verdicts().items():
        at = place[source], place[target]
        decided[at] = verdict not in ("undecided", "unknown")
        if verdict == "unknown":
            changes[at] = np.nan
    return changes, decided
