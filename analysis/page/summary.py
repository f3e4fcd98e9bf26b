"""What the page says first: a sentence, and how far each question of a study is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from analysis.diagnosis.diagnosis_file import DiagnosedEdge
from analysis.figures.labels import percent, threshold_text
from analysis.page.cells import has_repeats
from analysis.page.headline import headline, is_paired
from analysis.page.joint_harm import PLAIN, joint_harm
from analysis.page.longer_training import longer_training
from analysis.page.undecided import Undecided
from analysis.writing_direction import isolated
from relations.change_kinds import ChangeKind

if TYPE_CHECKING:
    from relations.graph import RelationGraph
    from relations.statistics.change_matrix import ChangeMatrix

State = Literal["good", "mind", "bad", "open"]
_MATTERS = 0.01
"""A gain of delta_m that is worth more steps: as large as a change that is called harm."""
_NUMBERS = {"2": "two", "3": "three", "4": "four", "5": "five", "6": "six"}

_HARM = "Is there harm?"


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
    diagnosed: Sequence[DiagnosedEdge] = (),
    way: str = "gradsplit recommend tries all",
) -> Summary:
    """The opening of a page, at the threshold with which it opens.

    Args:
        changes: The matrix.
        graph: The same changes, judged.
        undecided: What is undecided, and what would decide it; None without repeats.
        recommended: Of a sound recommendation.json; None where there is none.
        diagnosed: The edges of a diagnosis.
        way: How a cure would be found, where none is known.
    """
    lights = (
        _finished(changes, recommended),
        _learnt(changes),
        _seeds(changes, undecided) if is_paired(graph) else _judged_seeds(recommended),
        _harm(graph) if is_paired(graph) else _joint_harm(graph, recommended),
        _cure(graph, recommended, diagnosed, way),
    )
    return Summary(headline(graph, recommended, diagnosed), lights)


def _finished(changes: "ChangeMatrix", recommended: Mapping[str, Any] | None) -> Light:
    question = "Is training finished?"
    seen = {task: one for task, one in changes.learnt.items() if one.moved == one.moved}
    moving = [
        f"{isolated(task)} ({one.kind.text(one.moved, 0)})"
        for task, one in seen.items()
        if one.still_moves
    ]
    if moving:
        return Light(
            question, "bad", "no",
            f"still better in the second half: {', '.join(moving)}; "
            "train longer before the changes are believed",
        )  # fmt: skip
    raced = _raced_longer(question, recommended)
    if raced is not None and (raced.state == "bad" or len(seen) < len(changes.tasks)):
        return raced
    if len(seen) < len(changes.tasks):
        return Light(question, "open", "not known", "the runs do not say how their scores moved")
    return Light(question, "good", "yes", "no score moves much in the second half of its training")


def _raced_longer(question: str, recommended: Mapping[str, Any] | None) -> Light | None:
    """What more steps of plain training gained in the race of a recommendation."""
    longer = longer_training(recommended)
    if longer is None:
        return None
    if longer.mean > max(_MATTERS, 2 * longer.error):
        return Light(question, "bad", "no", longer.text)
    if longer.mean + 2 * longer.error < _MATTERS:
        return Light(question, "good", "yes", longer.text)
    return Light(question, "open", "undecided", longer.text)


def _learnt(changes: "ChangeMatrix") -> Light:
    question = "Are the tasks learnt?"
    seen = {t: one for t, one in changes.learnt.items() if one.over_constant == one.over_constant}
    barely = [
        f"{isolated(task)} (or is it better {one.better}?)" if one.better else isolated(task)
        for task, one in seen.items()
        if one.barely
    ]
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


def _judged_seeds(recommended: Mapping[str, Any] | None) -> Light:
    """Where no pair was trained: the seeds that judged a recommendation."""
    question = "Are the seeds enough?"
    if recommended is None:
        return Light(question, "open", "not known", "of no pair of tasks a change is known")
    judged = recommended["judged"][recommended["recommended"]]
    seeds, over = judged["delta_m"]["n"], judged["over_multi_head"]
    said = f"the recommendation was judged on {seeds} fresh seeds"
    if over["lower"] is not None and over["lower"] > 0:
        return Light(question, "good", "judged", said)
    return Light(question, "mind", "judged", f"{said}, which do not show it better than multi-head")


def _joint_harm(graph: "RelationGraph", recommended: Mapping[str, Any] | None) -> Light:
    """Where no pair was trained: what all tasks together do to each, as a recommendation judged."""
    known = joint_harm(recommended, graph.sizes())
    if known is None:
        return Light(_HARM, "open", "not known", "of no pair of tasks a change is known")
    if known.losing:
        return Light(_HARM, *(("bad", "yes") if known.sure else ("mind", "perhaps")), known.text)
    if known.safe:
        return Light(_HARM, "good", "no", known.text)
    return Light(_HARM, "mind", "none seen", f"{known.text}, but not all is decided")


def _harm(graph: "RelationGraph") -> Light:
    question = _HARM
    decided, by_mean = len(graph.with_verdict("harmful")), len(graph.harmful())
    edges, unknown = graph.number_of_edges(), len(graph.with_verdict("unknown"))
    limit = "its own threshold" if graph.mixed else threshold_text(graph.threshold, ChangeKind())
    if decided:
        are = "is" if decided == 1 else "are"
        return Light(
            question, "bad", "yes", f"{decided} of {edges} edges {are} below {limit}, decided"
        )
    if by_mean:
        return Light(
            question, "mind", "perhaps", f"{by_mean} of {edges} edges by the mean, none decided"
        )
    if unknown:
        are = "is" if unknown == 1 else "are"
        return Light(question, "open", "not known", f"{unknown} of {edges} edges {are} unknown")
    if graph.with_verdict("undecided"):
        return Light(question, "mind", "none seen", "but not all edges are decided")
    return Light(question, "good", "no", f"no edge is below {limit}, all decided")


def _cure(
    graph: "RelationGraph",
    recommended: Mapping[str, Any] | None,
    diagnosed: Sequence[DiagnosedEdge],
    way: str,
) -> Light:
    question = "Is there a cure?"
    if recommended is not None and len(recommended["candidates"]) == 1:
        return Light(question, "open", "not tried", "nothing but plain training was raced")
    if recommended is not None:
        return _recommended(question, recommended, graph)
    if len(graph.with_verdict("not harmful")) == graph.number_of_edges():
        return Light(question, "good", "not needed", "no task harms another, decided")
    if diagnosed:
        return _diagnosed(question, diagnosed)
    return Light(question, "open", "not tried", way)


def _recommended(question: str, recommended: Mapping[str, Any], graph: "RelationGraph") -> Light:
    """What a recommendation gains, how sure that is, and whether harm is left."""
    over = recommended["judged"][recommended["recommended"]]["over_multi_head"]
    if recommended["recommended"] == PLAIN:
        if graph.with_verdict("harmful") or not is_paired(graph):
            said = "nothing that was tried is decidedly better than plain training"
            return Light(question, "mind", "no", said)
        return Light(question, "good", "not needed", "plain training is recommended")
    gain = "" if over["mean"] is None else f", {percent(over['mean'])} points of Δm"
    answer = f"{_shortly(recommended['answer'])}{gain}"
    if over["lower"] is None or over["lower"] <= 0:
        return Light(question, "mind", "perhaps", f"{answer}, not decided")
    harm = joint_harm(recommended, graph.sizes())
    if harm is not None and harm.left:
        lose = "loses" if len(harm.left) == 1 else "lose"
        return Light(question, "mind", "in part", f"{answer}; {', '.join(harm.left)} still {lose}")
    return Light(question, "good", "yes", answer)


def _shortly(answer: str) -> str:
    """What is to be trained, without the tasks of each network.

    Example:
        >>> _shortly("Train 2 networks: loud with scarce, quiet with apart: `name`, judged on")
        'two networks'
        >>> _shortly("Train one network by db-mtl: `db-mtl`, judged on 5 fresh seeds.")
        'one network by db-mtl'
    """
    what = answer.partition(": `")[0].removeprefix("Train ")
    count, networks, _ = what.partition(" networks: ")
    if networks:
        return f"{_NUMBERS.get(count, count)} networks"
    return what


def _diagnosed(question: str, diagnosed: Sequence[DiagnosedEdge]) -> Light:
    """How many edges a diagnosis knows a remedy of."""
    found = sum(edge.remedy is not None for edge in diagnosed)
    edges = f"{len(diagnosed)} diagnosed edge{'s' if len(diagnosed) > 1 else ''}"
    if not found:
        return Light(question, "open", "not found", f"what helps {edges} is undecided")
    return Light(
        question,
        "mind",
        "on pairs",
        f"known for {found} of {edges}; gradsplit recommend judges all tasks together",
    )
