"""`recommendation.json`: its name and format; read, and refused where it is not sound."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gradsplit.studies.recommendation.files.asked_facts import ASKED, is_asked
from relations.change_kinds import ChangeKind
from relations.errors import TableError, TaskError, all_problems
from relations.tables.json_text import read_json

RECOMMENDATION = "recommendation.json"
FORMAT = "gradsplit-recommendation"
VERSION = 1
_AGAIN = "Write it again with `gradsplit recommend`, or move it away."
_LARGEST = 1e6
"""No gain, change or cost of a training is larger."""
_LEFT = ("undecided", "kept to compare")
_RUNNING = ("in front", "running", *_LEFT)
_BEATEN = ("behind", "no room", *_LEFT)
_STATES = (*dict.fromkeys((*_RUNNING, *_BEATEN)), "failed")
_POINTS = re.compile(r"-?[0-9]{1,8}\.[0-9]")
"""How far a candidate was behind, as it is written."""


def read_recommendation(path: Path, tasks: Sequence[str]) -> dict[str, Any]:
    """What a recommendation's file holds.

    Args:
        path: The file.
        tasks: Of the runs beside it, which it must know.

    Raises:
        TableError: It is no such file, of another version, not sound, or of other tasks.
    """
    try:
        content = read_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"`{path}` cannot be read as JSON ({error}). {_AGAIN}") from error
    said = content if isinstance(content, dict) else {}
    if said.get("format") != FORMAT or said.get("version") != VERSION:
        raise TableError(
            f"`{path}` must be a {FORMAT} of version {VERSION}, got {_short(said.get('format'))} "
            f"of version {_short(said.get('version'))}. {_AGAIN}"
        )
    if problems := list(_problems(said)):
        heading = f"`{path}` is not a sound recommendation. {_AGAIN}"
        raise TableError(all_problems(heading.rstrip("."), problems))
    known = next(iter(said["judged"].values()))["tasks"]
    if lacking := [task for task in tasks if task not in known]:
        raise TableError(
            f"`{path}` is of the tasks {', '.join(known)}, without {', '.join(lacking)} of the "
            f"runs beside it. Leave {'it' if len(lacking) == 1 else 'them'} out with `--without "
            f"{' '.join(lacking)}`, write it again with `gradsplit recommend`, or move it away."
        )
    return said


def first_sentence(said: Mapping[str, Any]) -> str:
    """What a file's answer says first, without its full stop.

    Example:
        >>> first_sentence({"answer": "Train 2 networks. It gains +3.2 points."})
        'Train 2 networks'
    """
    return str(said["answer"]).partition(". ")[0].rstrip(".")


def said_in(path: Path) -> dict[str, Any] | None:
    """What a recommendation's file says, for who only looks on; None where nothing sound."""
    try:
        said = read_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        return None
    return said if not list(_problems(said)) else None


def _problems(said: Mapping[str, Any]) -> Iterator[str]:
    """Everything that is wrong with its content."""
    for key in ("answer", "own_loop"):
        if not isinstance(said.get(key), str) or not said[key].strip():
            yield f"`{key}` must be a text that says something."
    if not isinstance(said.get("on_test", False), bool):
        yield "`on_test` must be true or false."
    if (asked := said.get("asked")) is not None and not is_asked(asked):
        yield f"`asked` must be an object with {ASKED}."
    warnings = said.get("warnings", [])
    if not isinstance(warnings, list) or not all(isinstance(line, str) for line in warnings):
        yield "`warnings` must be a list of texts."
    left_out = said.get("left_out")
    if not isinstance(left_out, dict) or not all(isinstance(v, str) for v in left_out.values()):
        yield "`left_out` must be an object of texts."
    candidates = said.get("candidates")
    if not isinstance(candidates, list) or not all(map(_is_candidate, candidates)):
        yield (
            "`candidates` must be a list of objects with name, operations, parameters, "
            f"over_multi_head (null, or mean, se and n), state ({', '.join(_STATES)}), behind, "
            "running and, if they are there, what, method (texts) and networks (lists of tasks)."
        )
        return
    names = [one["name"] for one in candidates]
    if len(set(names)) < len(names):
        yield "`candidates` must have unique names."
    judged = said.get("judged")
    if not isinstance(judged, dict) or not judged or not all(map(_is_judged, judged.values())):
        yield (
            "`judged` must be an object of candidates with delta_m (mean, se, n), over_multi_head "
            "(mean, lower, upper) and tasks (mean, se, n)."
        )
        return
    for one in candidates:
        yield from _out_problems(one, names)
    yield from _name_problems(said, names)
    yield from _kind_problems(said)


def _out_problems(one: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """What is wrong with whether and why a candidate is out."""
    name, state, behind = one["name"], one["state"], one["behind"]
    if one["running"] != (state in _RUNNING):
        yield f"`running` of {name} must be {str(state in _RUNNING).lower()}: it is {state}."
    points, _, rival = behind.partition(" ")
    is_sound = _POINTS.fullmatch(points) and rival in names and rival != name
    if state in _BEATEN and not is_sound:
        yield (
            f"`behind` of {name} must be points with one decimal, a blank and another candidate's "
            f"name, got {_short(behind)}."
        )
    if state not in _BEATEN and behind:
        yield f"`behind` of {name} must be empty: it is {state}, got {_short(behind)}."


def _kind_problems(said: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with how changes are measured."""
    kinds, tasks = said.get("kinds"), next(iter(said["judged"].values()))["tasks"]
    if not isinstance(kinds, dict) or kinds.keys() != tasks.keys():
        yield f"`kinds` must be an object with an entry for each of {', '.join(tasks)}."
        return
    for task, facts in kinds.items():
        try:
            known = facts if isinstance(facts, dict) else {"kind": facts}
            ChangeKind.of_facts({"kind": None, **known})
        except TaskError as wrong:
            yield f"`kinds` of {task}: {wrong}"


def _name_problems(said: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    judged = said["judged"]
    if strangers := [name for name in judged if name not in names]:
        yield f"`judged` must be among the candidates; {', '.join(strangers)} are not."
    if len({tuple(one["tasks"]) for one in judged.values()}) > 1:
        yield "`judged` must have the same tasks, in the same order, of every candidate."
    if said.get("recommended") not in list(judged):
        yield f"`recommended` must be one of the judged, got {_short(said.get('recommended'))}."


def _is_candidate(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and all(isinstance(one.get(key), str) for key in ("name", "behind"))
        and all(isinstance(one.get(key, ""), str) for key in ("what", "method"))
        and _are_networks(one.get("networks", [[""]]))
        and one.get("state") in _STATES
        and all(_is_number(one.get(key)) and one[key] > 0 for key in ("operations", "parameters"))
        and isinstance(one.get("running"), bool)
        and (one.get("over_multi_head", "") is None or _is_mean(one.get("over_multi_head")))
    )


def _are_networks(found: Any) -> bool:
    return (
        isinstance(found, list)
        and bool(found)
        and all(isinstance(network, list) for network in found)
        and all(isinstance(task, str) for network in found for task in network)
    )


def _is_judged(one: Any) -> bool:
    if not isinstance(one, dict):
        return False
    gain, tasks = one.get("over_multi_head"), one.get("tasks")
    return (
        _is_mean(one.get("delta_m"))
        and isinstance(gain, dict)
        and all(_is_known(gain, key) for key in ("mean", "lower", "upper"))
        and isinstance(tasks, dict)
        and bool(tasks)
        and all(map(_is_mean, tasks.values()))
    )


def _is_mean(found: Any) -> bool:
    """Whether it is a mean over n seeds with its standard error, each a number or null."""
    return (
        isinstance(found, dict)
        and all(_is_known(found, key) for key in ("mean", "se"))
        and isinstance(found.get("n"), int)
        and _is_number(found["n"])
    )


def _is_known(found: Mapping[str, Any], key: str) -> bool:
    return key in found and (found[key] is None or _is_number(found[key]))


def _is_number(value: Any) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and abs(value) <= _LARGEST  # NaN is not either


def _short(value: Any) -> str:
    """A value of a file as a message shows it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
