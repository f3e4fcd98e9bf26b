"""What a recommendation tells to do, in a few words, from its facts."""

from collections.abc import Mapping
from typing import Any

from analysis.figures.labels import percent

_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


def advised(facts: Mapping[str, Any], *, shortly: bool = False) -> str:
    """What is to be trained: the rest of a sentence that begins with "train".

    Args:
        facts: Of a sound recommendation.json; those of older releases say it in their answer alone.
        shortly: Several networks by their number alone.
    """
    (best,) = (one for one in facts["candidates"] if one["name"] == facts["recommended"])
    what = best.get("what") or _of_answer(facts["answer"])
    if not shortly:
        return what
    # Names of older releases tell the networks: "a+b | c, db-mtl".
    names = [name.split("+") for name in best["name"].partition(", ")[0].split(" | ")]
    networks = best.get("networks", names)
    if len(networks) == 1 or all(len(network) == 1 for network in networks):
        return what
    return f"{_NUMBERS.get(len(networks), len(networks))} networks"


def gain_in_words(facts: Mapping[str, Any]) -> str:
    """What it gains over plain training, and whether that is decided; empty of plain training.

    Example:
        >>> over = {"mean": 0.08, "lower": -0.01, "upper": 0.17}
        >>> gain_in_words({"recommended": "a", "judged": {"a": {"over_multi_head": over}}})
        '+8.0 points of Δm over plain training, not decided'
    """
    over = facts["judged"][facts["recommended"]]["over_multi_head"]
    if not over["mean"]:
        return ""
    sure = "" if is_decided(facts) else ", not decided"
    return f"{percent(over['mean'])} points of Δm over plain training{sure}"


def is_decided(facts: Mapping[str, Any]) -> bool:
    """Whether what is recommended is decidedly better than plain training."""
    lower = facts["judged"][facts["recommended"]]["over_multi_head"]["lower"]
    return lower is not None and lower > 0


def _of_answer(answer: str) -> str:
    what = answer.partition(": `")[0]
    return what[:1].lower() + what[1:] if not what.startswith("Train ") else what[len("Train ") :]
