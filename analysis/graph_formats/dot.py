"""Relation graphs for Graphviz."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.graph_formats.plain import plain_graph
from analysis.graph_formats.registry import graph_format

if TYPE_CHECKING:
    from relations.graph import RelationGraph


@graph_format(".dot", "Graphviz: harmful edges solid, the others dashed; attributes as text")
def write_dot(graph: "RelationGraph", path: Path) -> None:
    """Write DOT."""
    harmful = set(graph.harmful())
    plain = plain_graph(graph)
    lines = ["digraph relations {"]
    lines += [f"  {name}={_quoted(value)};" for name, value in plain.graph.items()]
    lines += [f"  {_quoted(task)}{_attributes(facts)};" for task, facts in plain.nodes(data=True)]
    for source, target, facts in plain.edges(data=True):
        style = "solid" if (source, target) in harmful else "dashed"
        end = _attributes({**facts, "style": style})
        lines.append(f"  {_quoted(source)} -> {_quoted(target)}{end};")
    path.write_text("\n".join([*lines, "}", ""]), encoding="utf-8")


def _attributes(facts: Mapping[str, object]) -> str:
    """The attributes of a node or an edge; nothing where there are none."""
    listed = ", ".join(f"{name}={_quoted(value)}" for name, value in facts.items())
    return f" [{listed}]" if listed else ""


def _quoted(value: object) -> str:
    """A DOT string; only the quote needs an escape, a backslash before it too."""
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
