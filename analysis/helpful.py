"""Which tasks help which: by the mean, and decidedly."""

from typing import TYPE_CHECKING

from relations.graph import ROUNDING

if TYPE_CHECKING:
    from relations.graph import RelationGraph


def helpful_edges(graph: "RelationGraph") -> dict[tuple[str, str], bool]:
    """Edges that help, and whether that is decided; the page's script/help.js finds the same.

    An edge helps by the mean when its change is above the size of its target's threshold. It is
    decided when the interval of its verdict lies above 0 as well. The verdict "not harmful" does
    not say so: its interval may reach from a loss within the threshold to a gain.

    Args:
        graph: The relations.

    Returns:
        Edge -> whether it is decided, in the graph's order; nothing of unknown edges.

    Cost: linear in the edges.

    Example:
        >>> from relations.graph import RelationGraph
        >>> from relations.statistics.change_matrix import ChangeMatrix
        >>> seeds = [[[0, 0.05], [0.00, 0]], [[0, 0.06], [0.04, 0]], [[0, 0.05], [0.02, 0]]]
        >>> helpful_edges(RelationGraph.from_changes(ChangeMatrix(["a", "b"], seeds)))
        {('a', 'b'): True, ('b', 'a'): False}
    """
    limits = {task: -graph.threshold_of(task) for task in graph.tasks}
    return {
        (source, target): bool(facts["lower"] > ROUNDING)
        for source, target, facts in graph.edges(data=True)
        if facts["verdict"] != "unknown" and facts["change"] > limits[target]
    }


def open_help(graph: "RelationGraph") -> list[tuple[str, str]]:
    """Edges that are decidedly not harmful and help by the mean, which is not decided."""
    return [
        edge
        for edge, sure in helpful_edges(graph).items()
        if not sure and graph.edges[edge]["verdict"] == "not harmful"
    ]
