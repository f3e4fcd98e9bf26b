"""The slider of the threshold: its stops lie where the edges are."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.ordering import comparable
from relations.change_kinds import RELATIVE

if TYPE_CHECKING:
    from relations.graph import RelationGraph

_STOPS = 120
"""About so many thresholds the slider stops at."""
_STEPS = ((0.02, 0.0001), (0.1, 0.0005), (0.5, 0.001), (math.inf, 0.005))


@dataclass(frozen=True)
class Slider:
    """Where the slider may stand.

    Attributes:
        lowest: Its lowest threshold: all harm lies above it.
        step: Of the field for an exact threshold.
        stops: Thresholds, ascending from the lowest to 0, that which the page opens with among
            them. Half of the way between two follows how far apart they are, half how many changes
            lie between them, so that edges are told apart where they are many.
    """

    lowest: float
    step: float
    stops: tuple[float, ...]

    @property
    def quarters(self) -> list[float]:
        """Five stops, evenly spread over the slider, to be written below it."""
        last = len(self.stops) - 1
        return [self.stops[round(last * part / 4)] for part in range(5)]


def opening(graph: "RelationGraph") -> float:
    """Where the slider stands at first.

    It is the threshold, a fraction; where changes are of several units, the thresholds of all tasks
    move together, and it is -1: once each task's own.
    """
    return -1.0 if graph.mixed else graph.threshold + 0.0  # -0.0 is 0


def slider(graph: "RelationGraph") -> Slider:
    """The slider of a graph, in plain numbers.

    Where changes are of several units, all are in sizes of each task's own threshold.

    Example:
        >>> from relations.graph import RelationGraph
        >>> from relations.statistics.change_matrix import ChangeMatrix
        >>> changes = ChangeMatrix(["a", "b"], [[0, -0.163], [0.01, 0]])
        >>> found = slider(RelationGraph.from_changes(changes))
        >>> found.lowest, found.step, found.stops[0], found.stops[-1]
        (-0.17, 0.001, -0.17, 0.0)
    """
    side_by_side = comparable(graph)
    losses = np.sort(side_by_side[np.isfinite(side_by_side) & (side_by_side < 0)])
    unit = 100.0 if graph.mixed else 1.0  # one threshold is about 0.01
    worst = max(-float(losses.min(initial=0.0)) / unit, -2 * opening(graph) / unit, 0.02)
    step = next(step for most, step in _STEPS if worst <= most)
    reach = math.ceil(1.02 * worst / (10 * step)) * 10 * step
    lowest = -round(unit * min(reach, 0.99 * _lowest_possible(graph) / unit), 6)
    return Slider(lowest, step * unit, _stops(losses, lowest, opening(graph)))


def _stops(losses: np.ndarray, lowest: float, first: float) -> tuple[float, ...]:
    """The stops of sorted losses, each the plainest number in its place."""
    known, counts = np.unique(losses[losses > lowest], return_counts=True)
    knots = np.array([lowest, *known, 0.0])
    passed = np.array([0, *np.cumsum(counts), counts.sum() + 1]) / (counts.sum() + 1)
    places = 0.5 * (1 - knots / lowest) + 0.5 * passed
    exact = np.interp(np.linspace(0, 1, _STOPS + 1), places, knots)
    middles = (exact[1:] + exact[:-1]) / 2
    inner = map(_plainest, exact[1:-1].tolist(), middles[:-1].tolist(), middles[1:].tolist())
    return tuple(sorted({lowest, *inner, first, 0.0}))


def _plainest(value: float, low: float, high: float) -> float:
    """The number with the fewest decimals between two that enclose it.

    Example:
        >>> _plainest(-0.01234, -0.0131, -0.0117)
        -0.012
    """
    rounded = (round(value, digits) for digits in range(16))
    return next((number for number in rounded if low < number < high), value)


def _lowest_possible(graph: "RelationGraph") -> float:
    """How far down the slider may go: no relative threshold may reach -1."""
    if not graph.mixed:
        return 1.0
    kinds = [graph.kind(task) for task in graph.tasks]
    return min((1 / kind.size for kind in kinds if kind.name == RELATIVE), default=math.inf)
