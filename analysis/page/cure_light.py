"""Whether there is a cure: what is recommended, or what a diagnosis found."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.diagnosis.diagnosis_file import DiagnosedEdge
from analysis.figures.labels import percent
from analysis.page.advised import advised, is_decided
from analysis.page.headline import is_paired
from analysis.page.joint_harm import PLAIN, joint_harm
from analysis.page.light import Light

if TYPE_CHECKING:
    from relations.graph import RelationGraph

_CURE = "Is there a cure?"


def cure_light(
    graph: "RelationGraph",
    recommended: Mapping[str, Any] | None,
    diagnosed: Sequence[DiagnosedEdge],
    way: str,
) -> Light:
    """The cure that is known.

    Args:
        graph: The relations at the threshold with which the page opens.
        recommended: Of a sound recommendation.json; None where there is none.
        diagnosed: The edges of a diagnosis.
        way: How a cure would be found, where none is known.
    """
    if recommended is not None and len(recommended["candidates"]) == 1:
        return Light(_CURE, "open", "not tried", "nothing but plain training was raced")
    if recommended is not None:
        return _recommended(recommended, graph)
    if len(graph.with_verdict("not harmful")) == graph.number_of_edges():
        return Light(_CURE, "good", "not needed", "no task harms another, decided")
    if diagnosed:
        return _diagnosed(diagnosed)
    return Light(_CURE, "open", "not tried", way)


def _recommended(facts: Mapping[str, Any], graph: "RelationGraph") -> Light:
    """What a recommendation gains, how sure that is, and whether harm is left."""
    harm = joint_harm(facts, graph.sizes())
    if facts["recommended"] == PLAIN:
        # Who loses beside all others, or in a pair, has something to cure.
        harmed = bool(harm.losing) if harm is not None else not is_paired(graph)
        if harmed or graph.with_verdict("harmful"):
            said = "nothing that was tried is decidedly better than plain training"
            return Light(_CURE, "mind", "no", said)
        return Light(_CURE, "good", "not needed", "plain training is recommended")
    gain = facts["judged"][facts["recommended"]]["over_multi_head"]["mean"]
    points = "" if gain is None else f", {percent(gain)} points of Δm"
    answer = f"{advised(facts, shortly=True)}{points}"
    if not is_decided(facts):
        return Light(_CURE, "mind", "perhaps", f"{answer}, not decided")
    if harm is not None and harm.left:
        lose = "loses" if len(harm.left) == 1 else "lose"
        return Light(_CURE, "mind", "in part", f"{answer}; {', '.join(harm.left)} still {lose}")
    return Light(_CURE, "good", "yes", answer)


def _diagnosed(diagnosed: Sequence[DiagnosedEdge]) -> Light:
    """How many edges a diagnosis knows a remedy of."""
    found = sum(edge.remedy is not None for edge in diagnosed)
    edges = f"{len(diagnosed)} diagnosed edge{'s' if len(diagnosed) > 1 else ''}"
    if not found:
        return Light(_CURE, "open", "not found", f"what helps {edges} is undecided")
    return Light(
        _CURE,
        "mind",
        "on pairs",
        f"known for {found} of {edges}; gradsplit recommend judges all tasks together",
    )
