"""Who harms whom in words: harmful groups, the tasks that harm most and those that suffer most."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relations.tasks import positions

if TYPE_CHECKING:
    from relations.graph import RelationGraph


@dataclass(frozen=True)
class Standing:
    """A task's part in the harm.

    Attributes:
        task: Its name.
        edges: Number of harmful edges that leave it (or reach it).
        change: Sum of their mean changes, a fraction, negative; see `Harm.mixed`.
    """

    task: str
    edges: int
    change: float


@dataclass(frozen=True)
class Harm:
    """The harm in a relation graph.

    Attributes:
        groups: Strongly connected groups of the harmful edges, the largest first, each in the
            graph's order: inside one, harm travels from every task to every other, directly or
            over a third.
        sources: Tasks that harm, the most harmful first.
        targets: Tasks that suffer, the most harmed first.
        sure: Whether only edges that are decidedly harmful count.
        unknown: Number of edges of which nothing is known.
        edges: Number of all edges.
        mixed: Whether changes are of several units, so that sums are in sizes of the targets'
            thresholds.
    """

    groups: tuple[tuple[str, ...], ...]
    sources: tuple[Standing, ...]
    targets: tuple[Standing, ...]
    sure: bool = False
    unknown: int = 0
    edges: int = 0
    mixed: bool = False


def harm(graph: "RelationGraph", *, sure: bool = False) -> Harm:
    """Sum up the harmful edges of a graph.

    Args:
        graph: The relations.
        sure: As in `graph.harmful()`: False goes by the mean, True counts decided edges only.

    Cost: linear in the edges.
    """
    import networkx as nx

    sizes = graph.sizes() if graph.mixed else dict.fromkeys(graph.nodes, 1.0)
    edges = [
        (a, b, float(graph.edges[a, b]["change"]) / sizes[b]) for a, b in graph.harmful(sure=sure)
    ]
    harmful = nx.DiGraph()
    harmful.add_weighted_edges_from(edges)
    place = positions(graph.nodes)
    groups = [
        tuple(sorted(group, key=place.__getitem__))
        for group in nx.strongly_connected_components(harmful)
        if len(group) > 1
    ]
    groups.sort(key=lambda group: (-len(group), place[group[0]]))
    return Harm(
        groups=tuple(groups),
        sources=_standings([(a, change) for a, _, change in edges]),
        targets=_standings([(b, change) for _, b, change in edges]),
        sure=sure,
        unknown=len(graph.with_verdict("unknown")),
        edges=graph.number_of_edges(),
        mixed=graph.mixed,
    )


def _standings(ends: list[tuple[str, float]]) -> tuple[Standing, ...]:
    """One standing a task, the largest sum of changes first."""
    changes: dict[str, list[float]] = {}
    for task, change in ends:
        changes.setdefault(task, []).append(change)
    standings = [Standing(task, len(all_), sum(all_)) for task, all_ in changes.items()]
    return tuple(sorted(standings, key=lambda standing: standing.change))
