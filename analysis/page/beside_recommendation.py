"""A grouping beside a recommendation: two studies with two answers, and what tells them apart."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from analysis.page.recommended import in_code

if TYPE_CHECKING:
    from relations.grouping.grouping import Grouping

_Networks = frozenset[frozenset[str]]


def the_difference(
    grouping: "Grouping", recommended: Mapping[str, Any] | None, *, judged: bool
) -> list[tuple[str, bool]]:
    """Why a grouping is not what is recommended, in parts that are words or code.

    Args:
        grouping: The grouping.
        recommended: Of a sound recommendation.json; None where there is none.
        judged: Whether fresh seeds judged the grouping too.
    """
    if recommended is None:
        return []
    name = str(recommended["recommended"])
    seeds = "each was judged on fresh seeds of its own" if judged else "its numbers are not judged"
    if _named(name) == _networks(grouping):
        return in_code(f"The recommendation above, `{name}`, trains these networks too; {seeds}.")
    helped = ", helpers included" if any(grouping.choice.helpers()) else ""
    return in_code(
        f"The recommendation above, `{name}`, answers another question: which of all ways of "
        "training is worth what it takes. Here those networks are sought that gain most at their "
        f"cost{helped}; {seeds}."
    )


def cost_in_words(grouping: "Grouping", recommended: Mapping[str, Any] | None) -> str:
    """What the networks cost, and by the measure of a recommendation that stands above."""
    text = f"{grouping.cost:g} network{'s' * (grouping.cost != 1)} of full size"
    if recommended is None:
        return text
    for one in recommended["candidates"]:
        if _named(one["name"]) == _networks(grouping):
            operations = f"{one['operations']:.2f} × the operations at inference"
            return f"{text}, {operations} of one network with all heads"
    if len(grouping.groups) == 1:
        return text
    return (
        f"{text}; in operations at inference, as above, that is less where heads are large, since "
        "one network for all has all heads too"
    )


def _networks(grouping: "Grouping") -> _Networks:
    return _sets("+".join(group) for group in grouping.groups)


def _named(name: str) -> _Networks:
    """The networks that a candidate's name tells, such as "a+b | c, db-mtl"."""
    return _sets(name.partition(", ")[0].split(" | "))


def _sets(networks: Iterable[str]) -> _Networks:
    return frozenset(frozenset(network.split("+")) for network in networks)
