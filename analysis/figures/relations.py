"""Relations as pictures, whether they were measured or estimated."""

from typing import TYPE_CHECKING

from analysis.figures.heatmap import Order, SecondLine
from relations.errors import RelationsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.graph import RelationGraph


def relation_heatmap(
    graph: "RelationGraph",
    *,
    order: Order = "given",
    second_line: SecondLine = "interval",
    title: str | None = None,
) -> "Axes":
    """The matrix behind a graph, as `gradsplit heatmap` draws it.

    Args:
        graph: From `relations.load_relations`, `RelationGraph.from_changes` or an estimate.
        order: See `analysis.heatmap`; for changes.
        second_line: See there; for changes.
        title: Above the figure.

    Raises:
        RelationsError: It is a copy of a graph, which holds no matrix.
    """
    from analysis.figures.estimate import estimate_heatmap
    from analysis.figures.heatmap import heatmap
    from relations.estimates.estimate_graph import EstimateGraph

    if isinstance(graph, EstimateGraph) and graph.estimate is not None:
        return estimate_heatmap(graph.estimate, graph, title=title)
    if graph.changes is None:
        raise RelationsError(
            "The graph must hold the changes it was made from, and a copy does not. Draw the graph "
            "that `load_relations` or `RelationGraph.from_changes` gave."
        )
    return heatmap(graph.changes, graph, order=order, second_line=second_line, title=title)


def relation_plot(
    graph: "RelationGraph", *, undecided: bool = True, title: str | None = None
) -> "Axes":
    """A graph as `gradsplit graph` draws it.

    Args:
        graph: From `relations.load_relations`, `RelationGraph.from_changes` or an estimate.
        undecided: Show undecided edges; those of an estimate all are, and are shown.
        title: Above the figure.
    """
    from analysis.figures.estimate import estimate_graph_plot
    from analysis.figures.graph import graph_plot
    from relations.estimates.estimate_graph import EstimateGraph

    if isinstance(graph, EstimateGraph) and graph.estimate is not None:
        return estimate_graph_plot(graph.estimate, graph, title=title)
    return graph_plot(graph, undecided=undecided, title=title)
