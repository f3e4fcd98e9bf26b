"""What the page says first: a sentence, and how far each question of a study is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.diagnosis.diagnosis_file import DiagnosedEdge
from analysis.page.advised import is_decided
from analysis.page.cells import has_repeats
from analysis.page.cure_light import cure_light
from analysis.page.harm_light import harm_light
from analysis.page.headline import headline, is_paired
from analysis.page.light import Light
from analysis.page.longer_training import longer_training
from analysis.page.undecided import Undecided
from analysis.writing_direction import isolated

if TYPE_CHECKING:
    from relations.graph import RelationGraph
    from relations.statistics.change_matrix import ChangeMatrix

_SEEDS = "Are the seeds enough?"
_MATTERS = 0.01
"""A gain of delta_m that is worth more steps: as large as a change that is called harm."""


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
        _all_seeds(changes, graph, undecided, recommended),
        harm_light(graph, recommended),
        cure_light(graph, recommended, diagnosed, way),
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


def _all_seeds(
    changes: "ChangeMatrix",
    graph: "RelationGraph",
    undecided: Undecided | None,
    recommended: Mapping[str, Any] | None,
) -> Light:
    """Those that judged a recommendation, and those of the pairs."""
    if recommended is None:
        if is_paired(graph):
            return _seeds(changes, undecided)
        return Light(_SEEDS, "open", "not known", "of no pair of tasks a change is known")
    judged = _judged_seeds(recommended)
    if not is_paired(graph):
        return judged
    pairs = _seeds(changes, undecided)
    return judged.beside(replace(pairs, answer=f"in pairs, {pairs.answer}"))


def _seeds(changes: "ChangeMatrix", undecided: Undecided | None) -> Light:
    if undecided is None or not has_repeats(changes):
        return Light(_SEEDS, "bad", "no", "one seed: no uncertainty is known")
    if not undecided.undecided:
        return Light(_SEEDS, "good", "yes", "every known edge is decided")
    more = (
        f"; {undecided.more_runs} more runs would decide {undecided.decidable}"
        if undecided.decidable
        else ""
    )
    edges = f"{undecided.undecided} edge{'s are' if undecided.undecided > 1 else ' is'} undecided"
    return Light(_SEEDS, "mind", "not for all", f"{edges}{more}")


def _judged_seeds(recommended: Mapping[str, Any]) -> Light:
    """The seeds that judged a recommendation."""
    seeds = recommended["judged"][recommended["recommended"]]["delta_m"]["n"]
    said = f"the recommendation was judged on {seeds} fresh seeds"
    if is_decided(recommended):
        return Light(_SEEDS, "good", "judged", said)
    return Light(_SEEDS, "mind", "judged", f"{said}, which do not show it better than multi-head")
