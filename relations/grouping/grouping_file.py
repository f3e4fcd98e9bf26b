"""The file of a grouping: JSON that people and `gradsplit train --grouping` read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from relations.errors import GroupingError, all_problems, did_you_mean_file
from relations.grouping.candidate import Candidate, Choice
from relations.grouping.grouping_facts import GroupingFacts
from relations.tables.json_text import read_json

FORMAT, VERSION = "gradsplit-grouping", 1


def grouping_json(grouping: GroupingFacts) -> dict[str, Any]:
    """The content of a grouping's file."""
    together = grouping.together
    return {
        "format": FORMAT,
        "version": VERSION,
        "tasks": list(grouping.tasks),
        **_choice_json(grouping.choice),
        "serves": grouping.serves,
        "gains": grouping.choice.gains(),
        "budget": grouping.budget,
        "unit": "fraction" if grouping.relative else "sd",
        "exact": grouping.choice.exact,
        "all_together": None if together is None else dict(together),
        "runner_up": None if grouping.runner_up is None else _choice_json(grouping.runner_up),
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
    choice = Choice(networks, dict(serves), bool(content.get("exact", True)))
    return {
        "tasks": tasks,
        "choice": choice,
        "budget": float(content.get("budget", choice.cost)),
        "together": content.get("all_together"),
        "relative": content.get("unit", "fraction") == "fraction",
        "notes": tuple(content.get("notes", ())),
    }


def _choice_json(choice: Choice) -> dict[str, Any]:
    return {
        "groups": [list(network.tasks) for network in choice.networks],
        "total": choice.total,
        "cost": choice.cost,
        "measured": choice.measured,
        "costs": [network.cost for network in choice.networks],
        "trained": [network.measured for network in choice.networks],
    }


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
    if not isinstance(tasks, list) or set(map(str, tasks)) != members:
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
        ):
            what = "number" if name == "costs" else "true or false"
            yield f"`{name}` must be one {what} a group."
    gains = content.get("gains", {})
    if not isinstance(gains, dict) or not all(
        isinstance(gain, int | float) for gain in gains.values()
    ):
        yield "`gains` must be a number for each task."


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
