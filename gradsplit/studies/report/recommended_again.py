"""The command that makes a recommendation again, from what its file says it was asked for."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from analysis.page.report import Command
from gradsplit.studies.recommendation.asked import NETWORKS, RACE_SEEDS

_OWN_NAMES = ("data", "steps", "batch_size")
"""Options of task sets that have a name of their own on the command line."""
_DEFAULTS = {"race_seeds": RACE_SEEDS, "judge_seeds": 5, "threshold": -0.01}
_UNKNOWN = "options such as --runs and --judge-seeds were not kept by the release that wrote it"


def recommend_command(
    facts: Mapping[str, Any], settings: Mapping[str, object], function: str, folder: str
) -> Command:
    """What a recommendation's command is for, and the command.

    Args:
        facts: Of a sound recommendation.json.
        settings: What the scores of the ledger depend on.
        function: What trained in Python, "" where that was a task set or a program.
        folder: Where it was written.
    """
    asked: Mapping[str, Any] = facts.get("asked") or {}
    purpose = "The recommendation" if asked else f"The recommendation; {_UNKNOWN}"
    given = {"runs": asked.get("runs"), **_of_costs(asked)}
    given |= {
        name: asked.get(name) for name, usual in _DEFAULTS.items() if asked.get(name) != usual
    }
    given = {name: value for name, value in given.items() if value is not None}
    command = settings.get("command")
    if function and not isinstance(command, str):
        words = [f"{name}={value!r}" for name, value in given.items()]
        if asked.get("methods"):
            words.append(f"methods={list(asked['methods'])!r}")
        line = ", ".join(["train", "tasks", repr(folder), *words])
        return Command(f"{purpose}, in Python with the {function}:", f"recommend_function({line})")
    start = ["TASKSET"]
    if isinstance(command, str):
        start = ["--command", command, "--tasks", _tasks(facts)]
    elif asked.get("taskset"):
        start = [asked["taskset"], *_options(asked.get("options") or {})]
    else:
        purpose += "; for TASKSET write where it is defined, as file.py:attribute"
    words = [w for name, value in given.items() for w in (_option(name), str(value))]
    if asked.get("methods"):
        words += ["--methods", *asked["methods"]]
    line = ["gradsplit", "recommend", *start, *words, *_kinds(facts), "--out", folder]
    return Command(f"{purpose}:", shlex.join(line))


def _of_costs(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Networks and inference, as far as they must be said: each follows from the other."""
    if not asked:
        return {}
    networks, inference = asked["networks"], asked["inference"]
    said = networks != int(inference) or (asked["pairs"] and networks > 1)
    given = {"networks": networks} if said else {}
    if inference != (networks if said else NETWORKS):
        given["inference"] = inference
    return given


def _tasks(facts: Mapping[str, Any]) -> str:
    """The tasks as `--tasks` takes them."""
    rises = facts.get("higher_is_better", {})
    return ",".join(task + ("" if rises.get(task, True) else ":lower") for task in facts["kinds"])


def _kinds(facts: Mapping[str, Any]) -> list[str]:
    """The words that say which changes are not relative."""
    return [
        word
        for task, kind in facts["kinds"].items()
        if kind["kind"] in ("absolute", "standardised")
        for word in (f"--{kind['kind']}", f"{task}={kind['threshold']!r}")
    ]


def _options(options: Mapping[str, Any]) -> Sequence[str]:
    own = [w for n in _OWN_NAMES if n in options for w in (_option(n), str(options[n]))]
    further = [f"{name}={value}" for name, value in options.items() if name not in _OWN_NAMES]
    return [*own, *(["--set", *further] if further else [])]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
