"""Whether there is harm: in plain training of all tasks, as judged, and in their pairs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analysis.figures.labels import threshold_text
from analysis.page.headline import is_paired
from analysis.page.joint_harm import joint_harm
from analysis.page.light import Light
from relations.change_kinds import ChangeKind

if TYPE_CHECKING:
    from analysis.page.joint_harm import JointHarm
    from relations.graph import RelationGraph

_HARM = "Is there harm?"


def harm_light(graph: "RelationGraph", recommended: Mapping[str, Any] | None) -> Light:
    """What fresh seeds judged of all tasks together, then what the pairs say.

    Args:
        graph: The relations at the threshold with which the page opens.
        recommended: Of a sound recommendation.json; None where there is none.
    """
    known = joint_harm(recommended, graph.sizes())
    if known is None:
        if not is_paired(graph):
            return Light(_HARM, "open", "not known", "of no pair of tasks a change is known")
        return _of_pairs(graph)
    together = _together(known)
    if not is_paired(graph):
        return together
    pairs = _of_pairs(graph)
    return together.beside(replace(pairs, answer=f"in pairs, {pairs.answer}"))


def _together(known: "JointHarm") -> Light:
    """What all tasks together do to each."""
    if known.losing:
        return Light(_HARM, *(("bad", "yes") if known.sure else ("mind", "perhaps")), known.text)
    if known.safe:
        return Light(_HARM, "good", "no", known.text)
    return Light(_HARM, "mind", "none seen", f"{known.text}, but not all is decided")


def _of_pairs(graph: "RelationGraph") -> Light:
    """What the edges say."""
    decided, by_mean = len(graph.with_verdict("harmful")), len(graph.harmful())
    edges, unknown = graph.number_of_edges(), len(graph.with_verdict("unknown"))
    limit = "its own threshold" if graph.mixed else threshold_text(graph.threshold, ChangeKind())
    if decided:
        are = "is" if decided == 1 else "are"
        return Light(
            _HARM, "bad", "yes", f"{decided} of {edges} edges {are} below {limit}, decided"
        )
    if by_mean:
        return Light(
            _HARM, "mind", "perhaps", f"{by_mean} of {edges} edges by the mean, none decided"
        )
    if unknown:
        are = "is" if unknown == 1 else "are"
        return Light(_HARM, "open", "not known", f"{unknown} of {edges} edges {are} unknown")
    if graph.with_verdict("undecided"):
        return Light(
            _HARM, "mind", "none seen", f"no edge is below {limit}, but not all are decided"
        )
    return Light(_HARM, "good", "no", f"no edge is below {limit}, all decided")
