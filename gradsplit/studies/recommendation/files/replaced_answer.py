"""An answer of more fresh seeds that a new one of fewer takes the place of, as it is remembered."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradsplit.errors import argument
from gradsplit.studies.arguments import is_whole
from gradsplit.studies.recommendation.files.asked_facts import is_asked
from gradsplit.studies.recommendation.files.recommendation_file import (
    RECOMMENDATION,
    first_sentence,
    said_in,
)

_SAID = ("judge_seeds", "race_seeds", "runs")
"""What a former answer is had again by, where it was another."""


def replaced_answer(
    folder: Path, tasks: Sequence[str], seeds: int, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """The answer in a folder, if more fresh seeds judged it than judge that which replaces it.

    One that the answer in the folder has itself replaced is remembered, until as many seeds judge.

    Args:
        folder: Where the answers are written.
        tasks: Of the new answer.
        seeds: Fresh seeds that judge it.
        asked: What it was asked for, as `Asked.facts` has it.

    Returns:
        `seeds`, the `answer`'s first sentence, and `again`, what was asked for otherwise; nothing
        where nothing stronger is replaced.
    """
    said = said_in(folder / RECOMMENDATION)
    if said is None or list(next(iter(said["judged"].values()))["tasks"]) != list(tasks):
        return {}
    judged = max(one["delta_m"]["n"] for one in said["judged"].values())
    former: Mapping[str, Any] = {"judge_seeds": judged}
    if is_asked(kept := said.get("asked") or {}):
        former = kept
    own = {
        "seeds": judged,
        "answer": first_sentence(said),
        "again": {
            key: former[key] for key in _SAID if key in former and former[key] != asked.get(key)
        },
    }
    earlier: Any = said.get("replaces")
    remembered = [own, earlier] if _is_sound(earlier) else [own]
    strongest = max(remembered, key=lambda one: one["seeds"])
    return strongest if strongest["seeds"] > seeds else {}


def replaced_warning(found: Mapping[str, Any]) -> list[str]:
    """What is said of it, in a line; nothing where nothing was replaced.

    Example:
        >>> lost = {"seeds": 9, "answer": "Train with `uw`", "again": {"judge_seeds": 9}}
        >>> print(*replaced_warning(lost))
        this replaces the answer of 9 fresh seeds: "Train with `uw`"; `judge_seeds=9` gives it again
    """
    if not found:
        return []
    options = ", ".join(argument(key, value) for key, value in found["again"].items())
    again = f"; {options} give{'s' * (len(found['again']) == 1)} it again" if options else ""
    return [f'this replaces the answer of {found["seeds"]} fresh seeds: "{found["answer"]}"{again}']


def _is_sound(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and is_whole(found.get("seeds"))
        and isinstance(found.get("answer"), str)
        and isinstance(found.get("again"), dict)
        and all(is_whole(value) for value in found["again"].values())
        and found["again"].keys() <= set(_SAID)
    )
