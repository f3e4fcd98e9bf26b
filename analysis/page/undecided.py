"""How many edges are undecided, and how many more runs would decide them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.labels import change_text
from analysis.page.cells import has_repeats, interval_text
from relations.change_kinds import ChangeKind
from relations.plan import duration
from relations.statistics.sample_size import MOST_SEEDS, noise_seen, seeds_for_gap
from relations.tasks import positions

if TYPE_CHECKING:
    from relations.graph import RelationGraph
    from relations.plan import Cost
    from relations.statistics.change_matrix import ChangeMatrix

_LISTED = 30

Edge = tuple[int, int]


@dataclass(frozen=True)
class UndecidedEdge:
    """One of them in words."""

    source: str
    target: str
    change: str
    ends: str
    n: int
    seeds: str


@dataclass(frozen=True)
class Undecided:
    """What is undecided at the report's threshold.

    Attributes:
        undecided: Number of undecided edges.
        noise: Median standard deviation of one seed's change, in words.
        decidable: How many of them up to 200 seeds would decide.
        hopeless: How many not.
        more_runs: Runs to train for that: pair runs, and single-task runs of the targets.
        time: What they would take one after the other, when runs were timed.
        first_level: Level of the test, in words.
        rows: The edges that need the fewest seeds first.
    """

    undecided: int
    noise: str
    decidable: int
    hopeless: int
    more_runs: int
    time: str | None
    first_level: str
    rows: list[UndecidedEdge]
    most_seeds: int = MOST_SEEDS

    @property
    def caption(self) -> str:
        """What the table lists."""
        if self.undecided > len(self.rows):
            return f"The {len(self.rows)} undecided edges that need the fewest seeds"
        return "Undecided edges, those that need the fewest seeds first"


def undecided_edges(
    changes: "ChangeMatrix", graph: "RelationGraph", cost: "Cost | None"
) -> Undecided | None:
    """The undecided edges of a graph and the cost of deciding them.

    Args:
        changes: The matrix.
        graph: The same changes, judged.
        cost: What runs cost, when that is known.

    Returns:
        None when no edge has two seeds, so that nothing is known of the noise.
    """
    if not has_repeats(changes):
        return None
    place = positions(graph.tasks)
    undecided = [(place[a], place[b]) for a, b in graph.with_verdict("undecided")]
    needed = _needed(changes, graph, undecided)
    order = sorted(needed, key=lambda edge: (needed[edge] or MOST_SEEDS + 1, edge))
    more = _more_runs(changes, {edge: seeds for edge, seeds in needed.items() if seeds})
    count = len(graph.tasks) * (len(graph.tasks) - 1)
    holm = graph.graph["correction"] != "none"
    return Undecided(
        undecided=len(undecided),
        noise=_median_noise(changes, graph),
        decidable=sum(seeds is not None for seeds in needed.values()),
        hopeless=sum(seeds is None for seeds in needed.values()),
        more_runs=sum(more.values()),
        time=_time(more, cost),
        first_level=f"Holm's correction over {count} edges begins with"
        if holm
        else "each edge has for itself",
        rows=[_row(changes, graph, edge, needed[edge]) for edge in order[:_LISTED]],
    )


def _median_noise(changes: "ChangeMatrix", graph: "RelationGraph") -> str:
    """Median standard deviation of one seed's change, a dash where none is seen.

    Where changes are of several units, in sizes of each target's threshold.
    """
    noises = noise_seen(changes, graph.threshold)
    if noises.size and graph.mixed:
        return f"{np.median(noises):.2f} of its target's threshold"
    median = float(np.median(noises)) if noises.size else np.nan
    return change_text(median, ChangeKind()).lstrip("+")


def _needed(
    changes: "ChangeMatrix", graph: "RelationGraph", undecided: list[Edge]
) -> dict[Edge, int | None]:
    """Seeds each undecided edge needs, at least one more than it has; None beyond 200.

    They depend on the ratio of an edge's gap to its noise alone and fall with it: of the edges
    sorted by it, those between two of equal number have that number too.
    """
    noise = changes.scaled_means.noise
    gap = changes.distances(graph.threshold)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = gap / noise
    measured = [edge for edge in undecided if np.isfinite(noise[edge])]
    measured.sort(key=lambda edge: ratio[edge])
    count = len(graph.tasks) * (len(graph.tasks) - 1)

    def seeds(edge: Edge) -> int | None:
        edges = 1 if graph.graph["correction"] == "none" else count
        alpha = (1 - graph.graph["level"]) / edges
        return seeds_for_gap(float(gap[edge]), float(noise[edge]), alpha)

    found = _of_a_falling_function(measured, seeds)
    return {
        edge: None if some is None or changes.n[edge] >= MOST_SEEDS else max(some, own + 1)
        for edge, some in found.items()
        for own in (int(changes.n[edge]),)
    }


def _of_a_falling_function(
    edges: list[Edge], value: Callable[[Edge], int | None]
) -> dict[Edge, int | None]:
    """Values of all edges from few evaluations: between two equal ones all are equal."""
    known: dict[int, int | None] = {}
    waiting = [(0, len(edges) - 1)] if edges else []
    while waiting:
        first, last = waiting.pop()
        for end in (first, last):
            if end not in known:
                known[end] = value(edges[end])
        if known[first] == known[last]:
            known |= dict.fromkeys(range(first, last), known[first])
        elif last - first > 1:
            middle = (first + last) // 2
            waiting += [(first, middle), (middle, last)]
    return {edge: known[i] for i, edge in enumerate(edges)}


def _more_runs(changes: "ChangeMatrix", needed: dict[Edge, int]) -> dict[int, int]:
    """How many single-task (1) and pair runs (2) give every edge the seeds it needs.

    One pair run serves both directions, and a single-task run all edges into its task.
    """
    pairs: dict[tuple[int, int], int] = {}
    singles: dict[int, int] = {}
    for (source, target), seeds in needed.items():
        more = seeds - int(changes.n[source, target])
        pair = min(source, target), max(source, target)
        pairs[pair] = max(pairs.get(pair, 0), more)
        singles[target] = max(singles.get(target, 0), more)
    return {1: sum(singles.values()), 2: sum(pairs.values())}


def _time(more: dict[int, int], cost: "Cost | None") -> str | None:
    """Wall time of the runs one after the other, in words."""
    if cost is None or any(count and size not in cost.seconds for size, count in more.items()):
        return None
    return duration(sum(count * cost.seconds[size] for size, count in more.items() if count))


def _row(
    changes: "ChangeMatrix", graph: "RelationGraph", edge: Edge, seeds: int | None
) -> UndecidedEdge:
    """One edge in words."""
    source, target = (graph.tasks[i] for i in edge)
    facts = graph.edges[source, target]
    return UndecidedEdge(
        source,
        target,
        change_text(float(changes.mean[edge]), graph.kind(target)),
        interval_text(facts["lower"], facts["upper"], graph.kind(target)),
        int(changes.n[edge]),
        f"> {MOST_SEEDS}" if seeds is None else str(seeds),
    )
