"""A relation graph in Python's own types, as the writers of the formats take it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

    from relations.graph import RelationGraph


def plain_graph(graph: "RelationGraph") -> "nx.DiGraph":
    """The graph with Python's own types, which writers keep; what is not known is left out."""
    import networkx as nx

    copy = nx.DiGraph(
        **{
            name: graph.graph[name]
            for name in ("threshold", "level", "correction")
            if graph.graph.get(name) is not None
        }
    )
    value = value_name(graph)
    if value == "estimate":
        copy.graph |= {name: graph.graph["estimate"][name] for name in ("estimator", "unit", "cut")}
    # Kind, unit and threshold of the changes into a task, where some are not relative.
    copy.add_nodes_from((task, dict(facts)) for task, facts in graph.nodes(data=True))
    for source, target, facts in graph.edges(data=True):
        numbers = {name: float(facts[name]) for name in ("change", "lower", "upper")}
        known = {
            value if name == "change" else name: number
            for name, number in numbers.items()
            if number == number
        }
        copy.add_edge(source, target, **known, n=int(facts["n"]), verdict=str(facts["verdict"]))
    return copy


def value_name(graph: "RelationGraph") -> str:
    """What an edge's value is called: an estimate, in another unit, must not pass for a change."""
    return "estimate" if graph.graph.get("estimate") else "change"
