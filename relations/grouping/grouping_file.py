"""The file of a grouping: JSON that people and `gradsplit train --grouping` read."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from relations.errors import GroupingError, all_problems, did_you_mean_file
from relations.grouping.candidate import Candidate, Choice
from relations.grouping.grouping_facts import GroupingFacts
from relations.grouping.stability import Stability
from relations.tables.json_text import read_json

FORMAT, VERSION = "gradsplit-grouping", 1


def grouping_json(grouping: GroupingFacts) -> dict[str, Any]:
    """The content of a grouping's file."""
    together = grouping.together
    return {
        "format": FORMAT,
        "version": VERSION,
        "tasks": list(grouping.tasks),
        **choice_json(grouping.choice, grouping.tasks),
        "budget": grouping.budget,
        "unit": "fraction" if grouping.relative else "sd",
        "exact": grouping.choice.exact,
        "all_together": None if together is None else dict(together),
        "all_together_trained": grouping.together_trained,
        "runner_up": None
        if grouping.runner_up is None
        else choice_json(grouping.runner_up, grouping.tasks),
        "stability": _stability_json(grouping),
        "notes": list(grouping.notes),
    }


def read_grouping(path: Path) -> dict[str, Any]:
    """What a file holds, as arguments of `Grouping`.

    Only `groups` is needed: without `serves` a task is served by the first group that has it.

    Raises:
        GroupingError: It is no grouping, or does not fit together; all problems at once.
    """
    content = _content(path)
    problems = list(_problems(content))
    if problems:
        raise GroupingError(all_problems(f"`{path}` cannot be used as a grouping", problems))
    choice, seen = _choice(content), content.get("stability")
    told = content.get("runner_up") or {}
    return {
        "tasks": tuple(content.get("tasks") or choice.serves),
        "choice": choice,
        "budget": float(content.get("budget", choice.cost)),
        "runner_up": _choice(told) if "gains" in told else None,
        "stability": None if seen is None else _stability(seen),
        "together": content.get("all_together"),
        "together_trained": bool(content.get("all_together_trained", False)),
        "relative": content.get("unit", "fraction") == "fraction",
        "notes": tuple(content.get("notes", ())),
    }


def choice_json(choice: Choice, tasks: Sequence[str]) -> dict[str, Any]:
    """A choice of networks for some tasks, which are listed in that order."""
    gains = choice.gains()
    return {
        "groups": [list(network.tasks) for network in choice.networks],
        "serves": {task: choice.serves[task] for task in tasks},
        "gains": {task: gains[task] for task in tasks},
        "total": choice.total,
        "cost": choice.cost,
        "measured": choice.measured,
        "costs": [network.cost for network in choice.networks],
        "trained": [network.measured for network in choice.networks],
    }


def _choice(content: Mapping[str, Any]) -> Choice:
    """The choice of sound content; what helpers gain is not kept, and 0 here."""
    groups = [tuple(group) for group in content["groups"]]
    tasks = tuple(content.get("tasks") or dict.fromkeys(task for group in groups for task in group))
    serves = content.get("serves") or {
        task: next(at for at, group in enumerate(groups) if task in group) for task in tasks
    }
    gains = content.get("gains") or {}
    costs = content.get("costs") or [1.0] * len(groups)
    trained = content.get("trained") or [False] * len(groups)
    networks = tuple(
        Candidate(
            group,
            tuple(float(gains.get(task, 0.0)) if serves[task] == at else 0.0 for task in group),
            costs[at],
            trained[at],
        )
        for at, group in enumerate(groups)
    )
    return Choice(networks, dict(serves), bool(content.get("exact", True)))


def _stability(content: Mapping[str, Any]) -> Stability:
    wins = {
        tuple(sorted(tuple(group) for group in one["groups"])): round(
            one["share"] * content["draws"]
        )
        for one in content["groupings"]
    }
    return Stability(content["draws"], wins)


def _stability_json(grouping: GroupingFacts) -> dict[str, Any] | None:
    seen = grouping.stability
    if seen is None:
        return None
    wins = [
        {"groups": [list(group) for group in groups], "share": count / seen.draws}
        for groups, count in seen.wins.items()
    ]
    return {"draws": seen.draws, "share": seen.share(grouping.choice), "groupings": wins}


def _content(path: Path) -> dict[str, Any]:
    try:
        content = read_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GroupingError(f"There is no file `{path}`.{did_you_mean_file(path)}") from None
    except (OSError, ValueError) as error:
        raise GroupingError(f"`{path}` must be a grouping's JSON: {error}.") from None
    if not isinstance(content, dict):
        raise GroupingError(f"`{path}` must hold a JSON object with `groups`.")
    if content.get("format", FORMAT) != FORMAT or content.get("version", VERSION) != VERSION:
        raise GroupingError(
            f"`{path}` must be a {FORMAT} of version {VERSION}, got {content.get('format')!r} of "
            f"version {content.get('version')!r}."
        )
    return content


def _problems(content: Mapping[str, Any]) -> Iterator[str]:
    groups = content.get("groups")
    sound = isinstance(groups, list) and groups and all(
        isinstance(group, list) and group and all(isinstance(task, str) for task in group)
        for group in groups
    )  # fmt: skip
    if not sound:
        yield "`groups` must be a list of lists of task names, at least one each."
        return
    assert isinstance(groups, list)
    members = {task for group in groups for task in group}
    for group in groups:
        if len(set(group)) < len(group):
            yield f"the group {'+'.join(group)} names a task twice."
    tasks = content.get("tasks", sorted(members))
    if not isinstance(tasks, list) or sorted(map(str, tasks)) != sorted(members):
        yield f"`tasks` must be the tasks of the groups, {', '.join(sorted(members))}, got {tasks}."
    serves = content.get("serves")
    if serves is not None:
        yield from _service_problems(serves, groups, members)
    for name, kind in (("costs", (int, float)), ("trained", bool)):
        listed = content.get(name)
        if listed is not None and not (
            isinstance(listed, list)
            and len(listed) == len(groups)
            and all(isinstance(item, kind) for item in listed)
            and (kind is bool or all(map(_is_number, listed)))
        ):
            what = "number" if name == "costs" else "true or false"
            yield f"`{name}` must be one {what} a group."
    yield from _fact_problems(content, members)


def _fact_problems(content: Mapping[str, Any], members: set[str]) -> Iterator[str]:
    """What is wrong with what is known of a grouping beside its groups."""
    gains, together = content.get("gains", {}), content.get("all_together")
    if not _numbers(gains) or not set(gains) <= members:
        yield "`gains` must be a number for each task, and of no other."
    if together is not None and not (_numbers(together) and set(together) == members):
        yield "`all_together` must be a number for each task, or null."
    budget = content.get("budget", 1)
    if not _is_number(budget) or budget <= 0:
        yield f"`budget` must be a number above 0, got {budget!r}."
    if content.get("unit", "fraction") not in ("fraction", "sd"):
        yield f"`unit` must be fraction or sd, got {content['unit']!r}."
    if not isinstance(content.get("exact", True), bool):
        yield f"`exact` must be true or false, got {content['exact']!r}."
    notes = content.get("notes", [])
    if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
        yield "`notes` must be a list of texts."
    runner_up = content.get("runner_up")
    if runner_up is not None and not (isinstance(runner_up, dict) and not [*_problems(runner_up)]):
        yield "`runner_up` must be another grouping, or null."
    if content.get("stability") is not None and not _is_stability(content["stability"]):
        yield "`stability` must have `draws`, and `groupings` of `groups` and `share`, or be null"


def _is_stability(value: object) -> bool:
    if not isinstance(value, dict) or type(value.get("draws")) is not int or value["draws"] < 1:
        return False
    wins = value.get("groupings")
    return isinstance(wins, list) and all(
        isinstance(one, dict)
        and _is_number(one.get("share"))
        and not [*_problems({"groups": one.get("groups")})]
        for one in wins
    )


def _numbers(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_number, value.values()))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _service_problems(serves: object, groups: list[list[str]], members: set[str]) -> Iterator[str]:
    if not isinstance(serves, dict) or set(serves) != members:
        yield "`serves` must say for each task, and no other, which group serves it."
        return
    for task, at in serves.items():
        if type(at) is not int or not 0 <= at < len(groups):
            last = len(groups) - 1
            yield f"`serves` names group {at!r} for {task}; there are groups 0 to {last}."
        elif task not in groups[at]:
            yield f"`serves` gives {task} to group {at}, which is {'+'.join(groups[at])}."
