"""Relations as JSON: nested dictionaries, or the edges that `gradsplit relations --json` writes."""

from collections.abc import Mapping
from typing import Any

from relations.errors import TableError
from relations.tables.csv_file import Line
from relations.tables.json_text import read_json
from relations.tables.orientation import Rows

EDGE = ("source", "target", "change")


def edges_of_json(origin: str, text: str, rows: Rows | None) -> tuple[list[str], list[Line]]:
    """JSON as the header and the lines of a table with one line an edge.

    Args:
        origin: The file, for messages.
        text: `{task: {task: change}}`, or a list of objects with `source`, `target` and `change`,
            or such a list under `edges`.
        rows: What the outer names of nested dictionaries are.

    Raises:
        TableError: It is neither, or nobody has said what the outer names are.

    Example:
        >>> edges_of_json("x", '{"pose": {"reid": -0.02}}', "source")
        (['source', 'target', 'value'], [(0, ['pose', 'reid', '-0.02'])])
    """
    try:
        content = read_json(text)
    except ValueError as error:
        raise TableError(f"`{origin}` is not complete JSON ({error}).") from error
    edges = content.get("edges") if isinstance(content, dict) else content
    if isinstance(edges, list) and all(isinstance(edge, dict) for edge in edges):
        _check_edges(origin, edges)
        header = [*EDGE[:2], "change (fraction)" if isinstance(content, dict) else "change"]
        lines = [(0, [*(_text(edge.get(name)) for name in EDGE[:2]), _change(edge)])
                 for edge in edges]  # fmt: skip
        return _with_kinds(header, lines, content)
    if not (
        isinstance(content, Mapping)
        and content
        and all(isinstance(inner, Mapping) for inner in content.values())
    ):
        raise TableError(
            f"`{origin}` is JSON, but holds no relations: {{source: {{target: change}}}} or a list "
            "of objects with `source`, `target` and `change` can be read."
        )
    if rows is None:
        raise TableError(
            f"`{origin}` holds nested dictionaries: are the outer names sources (trained along) or "
            "targets (looked at)? Say --rows source or --rows target."
        )
    pairs = ((outer, inner, value) for outer in content for inner, value in content[outer].items())
    turned = rows == "target"
    return [*EDGE[:2], "value"], [
        (0, [*((inner, outer) if turned else (outer, inner)), _text(value)])
        for outer, inner, value in pairs
    ]


def _change(edge: Mapping[str, Any]) -> str:
    """The change of an edge; none where its verdict is that it is unknown, whatever it says."""
    return "" if edge.get("verdict") == "unknown" else _text(edge.get("change"))


def _check_edges(origin: str, edges: list[dict[str, Any]]) -> None:
    """Refuse objects that are no edges, such as the lines of a runs table."""
    lacking = [name for name in EDGE[:2] if any(name not in edge for edge in edges)]
    if lacking:
        has = ", ".join(edges[0]) or "nothing"
        raise TableError(
            f"`{origin}` is a list of objects without {' and '.join(lacking)} (the first has: "
            f"{has}). Relations need `source`, `target` and `change`; runs are read from CSV."
        )


def _with_kinds(header: list[str], lines: list[Line], content: Any) -> tuple[list[str], list[Line]]:
    """The same with the kind and threshold of each edge's target, where the content says them."""
    kinds = content.get("changes") if isinstance(content, dict) else None
    if not isinstance(kinds, Mapping):
        return header, lines

    def of_target(target: str) -> list[str]:
        facts = kinds.get(target)
        facts = facts if isinstance(facts, Mapping) else {}
        return [_text(facts.get("kind")), _text(facts.get("threshold"))]

    return [*header, "kind", "threshold"], [
        (line, [*cells, *of_target(cells[1])]) for line, cells in lines
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else repr(value)
