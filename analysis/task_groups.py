"""Many tasks in few groups, and the harm between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relations.tasks import positions

if TYPE_CHECKING:
    from relations.graph import RelationGraph

Edge = tuple[str, str]

MOST_GROUPS = 12
"""The smallest beyond so many are one group."""


@dataclass(frozen=True)
class HarmBetween:
    """The harmful edges from the tasks of one group to those of another, or within one.

    Attributes:
        source: Place of the group they leave.
        target: Place of the group they reach; that of the source within a group.
        edges: The edges, the most harmful first.
        decided: How many of them are decidedly harmful.
        size: Sum of their harm, in sizes of the targets' thresholds.
    """

    source: int
    target: int
    edges: tuple[Edge, ...]
    decided: int
    size: float


@dataclass(frozen=True)
class TaskGroups:
    """The tasks of a graph in groups.

    Attributes:
        groups: The largest first; in each the tasks with most harm, done and suffered, first.
        rest: Whether the last one is what is left of smaller groups.
        between: The harm between groups, the most first.
        within: The harm inside groups, in their order, one for each group that has some.
        apart: Tasks that neither harm nor suffer, in the graph's order; they are in no group.
    """

    groups: tuple[tuple[str, ...], ...]
    rest: bool
    between: tuple[HarmBetween, ...]
    within: tuple[HarmBetween, ...]
    apart: tuple[str, ...]


def task_groups(
    graph: "RelationGraph", *, sure: bool = False, most: int = MOST_GROUPS
) -> TaskGroups:
    """Put tasks that harm each other into groups.

    Our choice: strongly connected components of the harmful edges, where harm travels from every
    task to every other. A component of more than half of the tasks that harm or suffer says little,
    and neither do tasks in none: these are clustered by how much they harm each other (greedy
    modularity, Clauset, Newman and Moore 2004), the size of harm as weight.

    Args:
        graph: T tasks.
        sure: As in `graph.harmful()`: False goes by the mean, True counts decided edges only.
        most: Most groups, at least 2.

    Returns:
        The same for the same graph.

    Cost: 200 tasks with an edge between any two take about a second.
    """
    sizes = graph.sizes()
    weights = {
        (a, b): -float(graph.edges[a, b]["change"]) / sizes[b] for a, b in graph.harmful(sure=sure)
    }
    place = positions(graph.nodes)
    part = dict.fromkeys(graph.nodes, 0.0)
    for (source, target), weight in weights.items():
        part[source] += weight
        part[target] += weight
    ends = {task for edge in weights for task in edge}
    touched = [task for task in graph.nodes if task in ends]
    groups, rest = _largest(_grouped(touched, weights), place, most)
    ranked = tuple(tuple(sorted(group, key=lambda task: -part[task])) for group in groups)
    between = _harm_between(graph, ranked, weights)
    return TaskGroups(
        ranked,
        rest,
        tuple(one for one in between if one.source != one.target),
        tuple(sorted((one for one in between if one.source == one.target), key=_source)),
        tuple(task for task in graph.nodes if task not in ends),
    )


def _source(one: HarmBetween) -> int:
    return one.source


def _grouped(tasks: Sequence[str], weights: dict[Edge, float]) -> list[list[str]]:
    """Strongly connected components of a telling size, and clusters of the other tasks."""
    import networkx as nx

    harmful = nx.DiGraph()
    harmful.add_nodes_from(tasks)
    harmful.add_edges_from(weights)
    place = positions(tasks)
    components = [
        sorted(component, key=place.__getitem__)
        for component in nx.strongly_connected_components(harmful)
        if 1 < len(component) <= max(len(tasks) // 2, 2)
    ]
    taken = {task for component in components for task in component}
    return components + _clustered([task for task in tasks if task not in taken], weights)


def _clustered(tasks: Sequence[str], weights: dict[Edge, float]) -> list[list[str]]:
    """Tasks that harm each other more than others do."""
    import networkx as nx

    # Numbers instead of names: ties go by them, and not by a hash that differs from run to run.
    place = positions(tasks)
    pairs = nx.Graph()
    pairs.add_nodes_from(range(len(tasks)))
    for (a, b), weight in weights.items():
        if a in place and b in place:
            known = pairs.get_edge_data(place[a], place[b], {"weight": 0.0})["weight"]
            pairs.add_edge(place[a], place[b], weight=known + weight)
    if not pairs.number_of_edges():
        return [[task] for task in tasks]
    found = nx.community.greedy_modularity_communities(pairs, weight="weight")
    return [[tasks[int(number)] for number in sorted(community)] for community in found]


def _largest(
    groups: Iterable[list[str]], place: dict[str, int], most: int
) -> tuple[list[list[str]], bool]:
    """The groups from the largest on, the smallest beyond `most` as one; whether there are such."""
    ordered = sorted(groups, key=lambda group: (-len(group), place[group[0]]))
    if len(ordered) <= most:
        return ordered, False
    left = [task for group in ordered[most - 1 :] for task in group]
    return [*ordered[: most - 1], left], True


def _harm_between(
    graph: "RelationGraph", groups: Sequence[Sequence[str]], weights: dict[Edge, float]
) -> list[HarmBetween]:
    """The harm of every ordered pair of groups, the most first."""
    of = {task: number for number, group in enumerate(groups) for task in group}
    edges: dict[tuple[int, int], list[Edge]] = {}
    for edge in sorted(weights, key=lambda edge: -weights[edge]):
        edges.setdefault((of[edge[0]], of[edge[1]]), []).append(edge)
    found = [
        HarmBetween(
            source,
            target,
            tuple(some),
            sum(graph.edges[edge]["verdict"] == "harmful" for edge in some),
            sum(weights[edge] for edge in some),
        )
        for (source, target), some in edges.items()
    ]
    return sorted(found, key=lambda one: (-one.size, one.source, one.target))
