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
    width: float | None = None,
    font_size: float = 10.0,
) -> "Axes":
    """The matrix behind a graph, as `gradsplit heatmap` draws it.

    Args:
        graph: From `relations.load_relations`, `RelationGraph.from_changes` or an estimate.
        order: See `analysis.heatmap`; for changes.
        second_line: See there; for changes.
        title: Above the figure.
        width: Of the saved figure in inches, see `analysis.heatmap`.
        font_size: See there.

    Raises:
        RelationsError: It is a copy of a graph, which holds no matrix; the figure cannot have such
            a width.
    """
    from analysis.figures.estimate import estimate_heatmap
    from analysis.figures.heatmap import heatmap
    from relations.estimates.estimate_graph import EstimateGraph

    if isinstance(graph, EstimateGraph) and graph.estimate is not None:
        look = {"title": title, "width": width, "font_size": font_size}
        return estimate_heatmap(graph.estimate, graph, **look)
    if graph.changes is None:
        raise RelationsError(
            "The graph must hold the changes it was made from, and a copy does not. Draw the graph "
            "that `load_relations` or `RelationGraph.from_changes` gave."
        )
    return heatmap(
        graph.changes,
        graph,
        order=order,
        second_line=second_line,
        title=title,
        width=width,
        font_size=font_size,
    )


def relation_plot(
    graph: "RelationGraph",
    *,
    undecided: bool = True,
    beside: bool = True,
    all_tasks: bool = False,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 10.0,
) -> "Axes":
    """A graph as `gradsplit graph` draws it.

    Args:
        graph: From `relations.load_relations`, `RelationGraph.from_changes` or an estimate.
        undecided: Show undecided edges; those of an estimate all are, and are shown.
        beside: Whether groups and lists of tasks stand beside the graph; for changes.
        all_tasks: Draw every task, where more than 40 are drawn in groups; for changes.
        title: Above the figure.
        width: Of the saved figure in inches, see `analysis.graph_plot`.
        font_size: See there.

    Raises:
        RelationsError: The figure cannot have such a width.
    """
    from analysis.figures.estimate import estimate_graph_plot
    from analysis.figures.graph import graph_plot
    from relations.estimates.estimate_graph import EstimateGraph

    if isinstance(graph, EstimateGraph) and graph.estimate is not None:
        look = {"title": title, "width": width, "font_size": font_size}
        return estimate_graph_plot(graph.estimate, graph, **look)
    return graph_plot(
        graph,
        undecided=undecided,
        beside=beside,
        all_tasks=all_tasks,
        title=title,
        width=width,
        font_size=font_size,
    )
