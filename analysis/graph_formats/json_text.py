"""A relation graph as JSON, the text of `RelationGraph.to_json`."""

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.graph_formats.registry import graph_format
from analysis.text_file import write_text

if TYPE_CHECKING:
    from relations.graph import RelationGraph


@graph_format(
    ".json",
    "programs: what `gradsplit relations --json` writes, edges with their numbers and the lists of "
    "harmful ones; null is not known",
)
def write_json(graph: "RelationGraph", path: Path) -> None:
    """Write the graph's own JSON; no NaN is in it, so any reader takes it."""
    write_text(path, graph.to_json() + "\n")
