"""The two XML formats of graphs, GraphML and GEXF, through networkx."""

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.graph_formats.plain import plain_graph
from analysis.graph_formats.registry import ExportError, graph_format
from relations.errors import all_problems
from relations.tables.plain_text import has_commands

if TYPE_CHECKING:
    from relations.graph import RelationGraph


@graph_format(
    ".graphml",
    "yEd, Gephi, Cytoscape, igraph: edges and the graph's threshold, level and correction, typed",
)
def write_graphml(graph: "RelationGraph", path: Path) -> None:
    """Write GraphML.

    Raises:
        ExportError: A name has a control character.
    """
    import networkx as nx

    _check_names(graph, path)
    # A threshold of the graph and one of a task may not have the same identity in XML.
    nx.write_graphml_xml(plain_graph(graph), path, named_key_ids=not graph.mixed)


@graph_format(
    ".gexf", "Gephi: edges, typed; the format has no place for the graph's own attributes"
)
def write_gexf(graph: "RelationGraph", path: Path) -> None:
    """Write GEXF.

    Raises:
        ExportError: A name has a control character.
    """
    import networkx as nx

    _check_names(graph, path)
    nx.write_gexf(plain_graph(graph), path)


def _check_names(graph: "RelationGraph", path: Path) -> None:
    """Refuse names with control characters, which XML cannot hold."""
    problems = [
        f"the task {task!r} has a control character; rename it."
        for task in graph.nodes
        if has_commands(task)
    ]
    if problems:
        raise ExportError(all_problems(f"{path.name} cannot be written", problems))
