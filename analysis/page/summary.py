"""What the page says first: a sentence, and how far each question of a study is answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from analysis.figures.labels import percent, threshold_text
from analysis.page.cells import has_repeats
from analysis.page.undecided import Undecided
from relations.change_kinds import ChangeKind

if TYPE_CHECKING:
    from relations.graph import RelationGraph
    from relations.statistics.change_matrix import ChangeMatrix

State = Literal["good", "mind", "bad", "open"]


@dataclass(frozen=True)
class Light:
    """One question of a study, and how far it is answered.

    Attributes:
        question: What was asked.
        state: "good", "mind" (read on), "bad", or "open" where nobody looked.
        said: The state in a word that answers the question.
        answer: In a sentence without its full stop.
    """

    question: str
    state: State
    said: str
    answer: str


@dataclass(frozen=True)
class Summary:
    """The opening of a page.

    Attributes:
        headline: The most important thing that is known, in a sentence.
        lights: The questions in the order in which they should be asked.
    """

    headline: str
    lights: tuple[Light, ...]


def summary(
    changes: "ChangeMatrix",
    graph: "RelationGraph",
    undecided: Undecided | None,
    recommended: Mapping[str, Any] | None,
) -> Summary:
    """The opening of a page, at the threshold with which it opens.

    Args:
        changes: The matrix.
        graph: The same changes, judged.
        undecided: What is undecided, and what would decide it; None without repeats.
        recommended: Of a sound recommendation.json; None where there is none.
    """
    lights = (
        _finished(changes),
        _learnt(changes),
        _seeds(changes, undecided),
        _harm(graph),
        _cure(graph, recommended),
    )
    return Summary(_headline(graph, recommended), lights)


def _headline(graph: "RelationGraph", recommended: Mapping[str, Any] | None) -> str:
    harm = _worst(graph)
    if recommended is None:
        return f"{harm}."
    what = str(recommended["answer"]).partition(": `")[0]
    gain = recommended["judged"][recommended["recommended"]]["over_multi_head"]["mean"]
    gained = f", {percent(gain)} points of Δm over plain training" if gain else ""
    return f"{harm}. Recommended: {what[:1].lower()}{what[1:]}{gained}."


def _worst(graph: "RelationGraph") -> str:
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
    return f"{source} harms {target} by {change}, decided{more}"


def _without_harm(graph: "RelationGraph") -> str:
    """What is known where no edge is harmful by the mean."""
    unknown = len(graph.with_verdict("unknown"))
    if unknown == graph.number_of_edges():
        return "Nothing is known yet"
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


def _finished(changes: "ChangeMatrix") -> Light:
    question = "Is training finished?"
    seen = {task: one for task, one in changes.learnt.items() if one.moved == one.moved}
    moving = [
        f"{task} ({one.kind.text(one.moved, 0)})" for task, one in seen.items() if one.still_moves
    ]
    if moving:
        return Light(
            question, "bad", "no",
            f"still better in the second half: {', '.join(moving)}; "
            "train longer before the changes are believed",
        )  # fmt: skip
    if len(seen) < len(changes.tasks):
        return Light(question, "open", "not known", "the runs do not say how their scores moved")
    return Light(question, "good", "yes", "no score moves much in the second half of its training")


def _learnt(changes: "ChangeMatrix") -> Light:
    question = "Are the tasks learnt?"
    seen = {t: one for t, one in changes.learnt.items() if one.over_constant == one.over_constant}
    barely = [task for task, one in seen.items() if one.barely]
    if barely:
        return Light(
            question, "bad", "no", f"hardly better than a constant answer: {', '.join(barely)}"
        )
    if len(seen) < len(changes.tasks):
        return Light(
            question, "open", "not known", "the runs do not say what a constant answer scores"
        )
    return Light(question, "good", "yes", "each is clearly better alone than a constant answer")


def _seeds(changes: "ChangeMatrix", undecided: Undecided | None) -> Light:
    question = "Are the seeds enough?"
    if undecided is None or not has_repeats(changes):
        return Light(question, "bad", "no", "one seed: no uncertainty is known")
    if not undecided.undecided:
        return Light(question, "good", "yes", "every known edge is decided")
    more = (
        f"; {undecided.more_runs} more runs would decide {undecided.decidable}"
        if undecided.decidable
        else ""
    )
    edges = f"{undecided.undecided} edge{'s are' if undecided.undecided > 1 else ' is'} undecided"
    return Light(question, "mind", "not for all", f"{edges}{more}")


def _harm(graph: "RelationGraph") -> Light:
    question = "Is there harm?"
    decided, by_mean = len(graph.with_verdict("harmful")), len(graph.harmful())
    edges, unknown = graph.number_of_edges(), len(graph.with_verdict("unknown"))
    limit = "its own threshold" if graph.mixed else threshold_text(graph.threshold, ChangeKind())
    if decided:
        return Light(
            question, "bad", "yes", f"{decided} of {edges} edges are below {limit}, decided"
        )
    if by_mean:
        return Light(
            question, "mind", "perhaps", f"{by_mean} of {edges} edges by the mean, none decided"
        )
    if unknown:
        return Light(question, "open", "not known", f"{unknown} of {edges} edges are unknown")
    if graph.with_verdict("undecided"):
        return Light(question, "mind", "none seen", "but not all edges are decided")
    return Light(question, "good", "no", f"no edge is below {limit}, all decided")


def _cure(graph: "RelationGraph", recommended: Mapping[str, Any] | None) -> Light:
    question = "Is there a cure?"
    if recommended is not None:
        return Light(question, "good", "judged", "see the recommendation below")
    if len(graph.with_verdict("not harmful")) == graph.number_of_edges():
        return Light(question, "good", "not needed", "no task harms another, decided")
    return Light(
        question,
        "open",
        "not tried",
        "gradsplit recommend tries balancing, own stages, masks and several networks",
    )
