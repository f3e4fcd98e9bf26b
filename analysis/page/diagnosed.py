"""What a diagnosis has found, as a section of the page: an edge a row, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from analysis.diagnosis.diagnosis_file import DiagnosedEdge
from analysis.diagnosis.in_words import share_in_words
from analysis.diagnosis.removed_harm import REMOVES, UNDECIDED
from analysis.diagnosis.table import diagnosis_table
from analysis.figures.labels import change_text
from analysis.page.cells import interval_text
from analysis.page.recommended import in_code

if TYPE_CHECKING:
    from relations.graph import RelationGraph

_MOVED = 1e-9
"""What arithmetic may add or take."""


@dataclass(frozen=True)
class EdgeRow:
    """An edge's row, and the table of its interventions.

    Attributes:
        source, target: The edge.
        change: Of the target, today.
        ends: Its interval and its verdict.
        cause: What is named, or that it is not.
        removes: What removes the harm, and how much of it.
        brings: What that was measured to bring the two tasks.
        unknown: What is not known, a sentence each, in parts that are words or code.
        header, rows: What each intervention showed.
    """

    source: str
    target: str
    change: str
    ends: str
    cause: str
    removes: str
    brings: str
    unknown: list[list[tuple[str, bool]]]
    header: list[str]
    rows: list[list[str]]


def diagnosed_section(
    edges: Sequence[DiagnosedEdge] | None, graph: "RelationGraph"
) -> dict[str, Any] | None:
    """The rows of all edges between tasks of the page; None where there was no diagnosis.

    Args:
        edges: Of a diagnosis.
        graph: What the page shows; harm and verdict are read from it.
    """
    if edges is None:
        return None
    shown = [edge for edge in edges if graph.has_edge(edge.source, edge.target)]
    harmful = {(edge.source, edge.target) for edge in shown}
    return {
        "rows": [_row(edge, graph) for edge in shown],
        "hidden": len(edges) - len(shown),
        "undiagnosed": sum(edge not in harmful for edge in graph.harmful()),
    }


def removal_in_words(edge: DiagnosedEdge) -> str:
    """What removes the harm of an edge and how much of it, or that nobody knows.

    The subject is an intervention in quotes, so that it can follow "; " in a sentence.
    """
    best = edge.best
    if edge.remedy is not None and edge.remedy.intervention is None:
        return "nothing that was tried removes it but training the two tasks apart"
    if best is None:
        return "what removes it is not known"
    share = share_in_words(best.removed)
    if best.removed.verdict == REMOVES:
        return f"“{best.intervention}” removes {share}, decided"
    if best.removed.verdict == UNDECIDED:
        return f"what removes it is undecided: “{best.intervention}” may remove {share}"
    return f"“{best.intervention}” removes {share}"


def _row(edge: DiagnosedEdge, graph: "RelationGraph") -> EdgeRow:
    seen, kind = graph.edges[edge.source, edge.target], edge.kinds[1]
    words = f"{seen['verdict']}, {seen['n']} seed{'s' * (seen['n'] != 1)}"
    ends = f"{interval_text(seen['lower'], seen['upper'], kind)}, {words}"
    header, *rows = _table(edge)
    return EdgeRow(
        source=edge.source,
        target=edge.target,
        change=change_text(seen["change"], kind),
        ends=ends.removeprefix("–, "),
        cause=_cause(edge),
        removes=removal_in_words(edge),
        brings=_brings(edge),
        unknown=[in_code(said) for said in _unknown(edge, seen)],
        header=header,
        rows=rows,
    )


def _table(edge: DiagnosedEdge) -> list[list[str]]:
    """The header and the rows of its interventions, with true signs."""
    table = diagnosis_table(edge.rows, edge.kinds)
    return [list(table.header), *([_typeset(cell) for cell in row] for row in table.rows)]


def _typeset(cell: str) -> str:
    if cell == "-":
        return "–"
    return cell.replace("-", "−") if cell.startswith("-") else cell


def _cause(edge: DiagnosedEdge) -> str:
    if edge.cause is not None:
        return edge.cause
    return "undecided" if edge.open else "none of those examined"


def _brings(edge: DiagnosedEdge) -> str:
    """What the remedy brings to both tasks; empty where there is none."""
    if edge.remedy is None:
        return ""
    source, target = edge.kinds
    return (
        f"{edge.target} {change_text(edge.remedy.target, target, 1)}, "
        f"{edge.source} {change_text(edge.remedy.source, source, 1)}"
    )


def _unknown(edge: DiagnosedEdge, seen: Mapping[str, Any]) -> list[str]:
    """What is not known, a sentence each; `seen` is what is known of the edge today."""
    said = []
    if _has_moved(edge.change, seen):
        was = change_text(edge.change, edge.kinds[1])
        said.append(f"The change was {was} when this was diagnosed: diagnose it again.")
    if edge.cause is None and edge.open:
        said.append(f"The cause may be {_or(edge.open)}{_seeds(edge)}.")
    elif edge.cause is None:
        said.append("The harm has a cause that was not examined.")
    return [*said, *(f"Not examined: {why}" for why in edge.left_out)]


def _has_moved(before: float, seen: Mapping[str, Any]) -> bool:
    """Whether a change lies outside today's interval; without one, whether it is another."""
    if isnan(seen["lower"]):
        return not abs(seen["change"] - before) <= _MOVED
    return not seen["lower"] - _MOVED <= before <= seen["upper"] + _MOVED


def _seeds(edge: DiagnosedEdge) -> str:
    """How many seeds would decide it, where that is known."""
    undecided = [row.removed for row in edge.rows if row.removed.verdict == UNDECIDED]
    needed = [removed.seeds_to_decide for removed in undecided]
    known = [seeds for seeds in needed if seeds is not None]
    if not known or len(known) < len(needed):
        return ""
    return f"; about {max(known)} seeds would decide it"


def _or(names: Sequence[str]) -> str:
    """Names in a sentence.

    Example:
        >>> _or(["loss scale", "capacity", "stage"])
        'loss scale, capacity or stage'
    """
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
