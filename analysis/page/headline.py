"""The sentence with which the page opens."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.diagnosis.diagnosis_file import DiagnosedEdge
from analysis.figures.labels import percent
from analysis.page.advised import advised, gain_in_words
from analysis.page.diagnosed import removal_in_words
from analysis.page.joint_harm import joint_harm
from analysis.writing_direction import isolated
from relations.change_kinds import ChangeKind

if TYPE_CHECKING:
    from relations.graph import RelationGraph


def headline(
    graph: "RelationGraph",
    recommended: Mapping[str, Any] | None,
    diagnosed: Sequence[DiagnosedEdge] = (),
) -> str:
    """The most important thing that is known, in a sentence or two.

    Args:
        graph: The relations at the threshold with which the page opens.
        recommended: Of a sound recommendation.json, whose answer follows the harm.
        diagnosed: Of a diagnosis, which says what removes the worst harm where nothing is
            recommended.
    """
    if recommended is None:
        return f"{_worst(graph, diagnosed)}."
    sentences = [f"Recommended: train {advised(recommended)}"]
    if gain := gain_in_words(recommended):
        sentences[0] += f", {gain}"
    known = joint_harm(recommended, graph.sizes())
    if is_paired(graph):
        # What pairs do to each other is not what all together do to each.
        worst = _worst(graph, ())
        if known is not None:
            starts = worst if graph.with_verdict("harmful") else worst[:1].lower() + worst[1:]
            worst = f"In pairs, {starts}"
        sentences.insert(0, worst)
    if known is not None:
        said = known.shortly()
        sentences.insert(0, said[:1].upper() + said[1:])
    return f"{'. '.join(sentences)}."


def is_paired(graph: "RelationGraph") -> bool:
    """Whether anything is known of any edge."""
    return len(graph.with_verdict("unknown")) < graph.number_of_edges()


def _worst(graph: "RelationGraph", diagnosed: Sequence[DiagnosedEdge]) -> str:
    """The worst decided edge in words; without one, what else is known of harm."""
    sizes = graph.sizes()
    decided = sorted(
        graph.with_verdict("harmful"),
        key=lambda edge: graph.edges[edge]["change"] / sizes[edge[1]],
    )
    if not decided:
        by_mean = len(graph.harmful())
        if by_mean:
            edges = f"{by_mean} edge{'s are' if by_mean > 1 else ' is'}"
            return f"No harm is decided, but {edges} harmful by the mean"
        return _without_harm(graph)
    source, target = decided[0]
    others = len(decided) - 1
    more = f"; {others} more edge{'s' if others > 1 else ''} decided harmful" if others else ""
    change = _size(graph.edges[decided[0]]["change"], graph.kind(target))
    known = [one for one in diagnosed if (one.source, one.target) == decided[0]]
    removal = f"; {removal_in_words(known[0])}" if known else ""
    return f"{isolated(source)} harms {isolated(target)} by {change}, decided{removal}{more}"


def _without_harm(graph: "RelationGraph") -> str:
    """What is known where no edge is harmful by the mean."""
    unknown = len(graph.with_verdict("unknown"))
    if not is_paired(graph):
        return "Of no pair of tasks a change is known"
    if unknown:
        return f"No harm is seen, but {unknown} edge{'s are' if unknown > 1 else ' is'} unknown"
    if graph.with_verdict("undecided"):
        return "No harm is seen, but not every edge is decided"
    return "No task harms another, decided"


def _size(change: float, kind: ChangeKind) -> str:
    """How large a loss is, without its sign."""
    if kind.name == "relative":
        return f"{percent(abs(change)).lstrip('+')} %"
    return f"{kind.number(abs(change), 1).lstrip('+')} {kind.short}"
