"""Relation graphs for other programs: GraphML, GEXF, DOT and a table of edges."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from relations.errors import RelationsError, all_problems

if TYPE_CHECKING:
    import networkx as nx

    from relations.graph import RelationGraph

EDGE_COLUMNS: tuple[str, ...] = ("source", "target", "change", "lower", "upper", "n", "verdict")


class ExportError(RelationsError):
    """A graph cannot be written under the asked-for name."""


def export(graph: "RelationGraph", path: str | Path) -> Path:
    """Write a relation graph for other programs, chosen by the file's ending.

    - `.graphml` (yEd, Gephi, Cytoscape, igraph): edges and the graph's threshold, level and
      correction, typed.
    - `.gexf` (Gephi): edges, typed; the format has no place for the graph's own attributes.
    - `.dot` (Graphviz): harmful edges solid, the others dashed; attributes as text.
    - `.csv`: one line an edge, header `source,target,change,lower,upper,n,verdict`; fractions;
      an empty field is not known. It can be read again as a relation table.

    Of an estimate's graph the column or attribute is called `estimate`, not `change`.

    Args:
        graph: The relations.
        path: Its ending chooses the format. Its folder is made.

    Returns:
        The path.

    Raises:
        ExportError: Another ending, or the file cannot be written.
    """
    path = Path(path)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise ExportError(
            f"A graph's file must end in {', '.join(ENDINGS)}, got {path.name!r}. "
            "Choose one of these endings."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(graph, path)
    except OSError as error:
        raise ExportError(f"The graph cannot be written to {path}: {error}.") from error
    return path


def _plain(graph: "RelationGraph") -> "nx.DiGraph":
    """The graph with Python's own types, which the writers keep; what is not known is left out."""
    import networkx as nx

    copy = nx.DiGraph(
        **{
            name: graph.graph[name]
            for name in ("threshold", "level", "correction")
            if graph.graph.get(name) is not None
        }
    )
    value = _value_name(graph)
    if value == "estimate":
        copy.graph |= {name: graph.graph["estimate"][name] for name in ("estimator", "unit", "cut")}
    copy.add_nodes_from(graph.nodes)
    for source, target, facts in graph.edges(data=True):
        numbers = {name: float(facts[name]) for name in ("change", "lower", "upper")}
        known = {
            value if name == "change" else name: number
            for name, number in numbers.items()
            if number == number
        }
        copy.add_edge(source, target, **known, n=int(facts["n"]), verdict=str(facts["verdict"]))
    return copy


def _value_name(graph: "RelationGraph") -> str:
    """What an edge's value is called: an estimate, in another unit, must not pass for a change."""
    return "estimate" if graph.graph.get("estimate") else "change"


def _graphml(graph: "RelationGraph", path: Path) -> None:
    import networkx as nx

    _check_xml(graph, path)
    nx.write_graphml_xml(_plain(graph), path, named_key_ids=True)


def _gexf(graph: "RelationGraph", path: Path) -> None:
    import networkx as nx

    _check_xml(graph, path)
    nx.write_gexf(_plain(graph), path)


def _check_xml(graph: "RelationGraph", path: Path) -> None:
    """Refuse names with control characters, which XML cannot hold."""
    problems = [
        f"the task {task!r} has a control character; rename it."
        for task in graph.nodes
        if not task.isprintable()
    ]
    if problems:
        raise ExportError(all_problems(f"{path.name} cannot be written", problems))


def _dot(graph: "RelationGraph", path: Path) -> None:
    harmful = set(graph.harmful())
    lines = ["digraph relations {"]
    lines += [f"  {name}={_quoted(value)};" for name, value in _plain(graph).graph.items()]
    lines += [f"  {_quoted(task)};" for task in graph.nodes]
    for source, target, facts in _plain(graph).edges(data=True):
        style = "solid" if (source, target) in harmful else "dashed"
        facts = [f"{name}={_quoted(value)}" for name, value in {**facts, "style": style}.items()]
        lines.append(f"  {_quoted(source)} -> {_quoted(target)} [{', '.join(facts)}];")
    path.write_text("\n".join([*lines, "}", ""]), encoding="utf-8")


def _quoted(value: object) -> str:
    """A DOT string; only the quote needs an escape, a backslash before it too."""
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _csv(graph: "RelationGraph", path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        columns = [_value_name(graph) if name == "change" else name for name in EDGE_COLUMNS]
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        for source, target, facts in _plain(graph).edges(data=True):
            table.writerow({"source": source, "target": target, **facts})


_WRITERS: dict[str, Callable[["RelationGraph", Path], None]] = {
    ".graphml": _graphml,
    ".gexf": _gexf,
    ".dot": _dot,
    ".csv": _csv,
}
ENDINGS = tuple(_WRITERS)
