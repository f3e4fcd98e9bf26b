"""The commands that make a report again, from its options and what the ledger knows."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.commands.source import SourceOptions
from gradsplit.tasksets import built_in

if TYPE_CHECKING:
    from analysis.page.ran import Ran
    from analysis.page.report import Command
    from gradsplit.commands.report import Report


def reading_options(options: SourceOptions) -> tuple[str, ...]:
    """The words that make a command read the same source the same way, threshold left out.

    Example:
        >>> reading_options(SourceOptions(source="runs", level=0.9, lower=("depth",)))
        ('--level', '0.9', '--lower', 'depth')
    """
    words: list[str] = []
    for name in ("level", "correction", "column", "shrink"):
        value = getattr(options, name)
        if value != getattr(SourceOptions, name):
            words += [f"--{name}", str(value)]
    return (*words, "--lower", *options.lower) if options.lower else tuple(words)


def commands(options: "Report", ran: "Ran | None") -> "list[Command]":
    """The command lines of a report: the probe, if there was one, what reads it, the report."""
    from analysis.page.report import Command

    source, threshold = options.source, options.threshold
    how = list(reading_options(options))
    if threshold is not None:
        how += ["--threshold", repr(threshold)]
    title = [] if options.title is None else ["--title", options.title]
    lines = [] if ran is None else [Command(*_probe(ran, source))]
    return [
        *lines,
        Command("The numbers in the terminal:", _line("gradsplit", "relations", source, *how)),
        Command(
            "This page:", _line("gradsplit", "report", source, *how, *title, "--out", options.out)
        ),
    ]


def _probe(ran: "Ran", source: str) -> tuple[str, str]:
    """What the probe's command is for, and the command."""
    from analysis.page.ran import STEPS

    out = ["--seeds", _seeds(ran), "--out", _folder(source)]
    command = ran.settings.get("command")
    if isinstance(command, str):
        tasks = ",".join(
            task.name + ("" if task.higher_is_better else ":lower") for task in ran.tasks
        )
        words = ["gradsplit", "probe", "--command", command, "--tasks", tasks, *out]
        return "The trainings, by their own program:", _line(*words)
    name, options = _task_set(ran.settings)
    if name is None:
        return (
            "The trainings; the ledger does not know where their trainer is defined:",
            _line("gradsplit", "probe", "TASKSET", *out),
        )
    purpose = "The trainings, with every setting that a score depends on:"
    if name not in built_in():
        purpose = f"The trainings, where TASKSET is the place of the task set {name!r}:"
        name = "TASKSET"
    if "steps" in options:
        steps = [str(options["steps"]), *(name.removeprefix(STEPS) for name in ran.step_variants)]
        out = ["--steps", ",".join(sorted(steps, key=int)), *out]
    return purpose, _line("gradsplit", "probe", name, *out, *_set(options))


def _task_set(settings: Mapping[str, object]) -> tuple[str | None, Mapping[str, object]]:
    """A task set's name and its plain options, as TaskSetTrainer writes them into the ledger."""
    found = settings.get("task set")
    if not isinstance(found, Mapping) or not isinstance(found.get("task set"), str):
        return None, {}
    both = {**found.get("recipe", {}), **found.get("options", {})}
    # What is nested (a planted set's plants) is part of the task set, not of a command line.
    plain = {name: value for name, value in both.items() if isinstance(value, int | float | str)}
    return found["task set"], plain


def _set(options: Mapping[str, object]) -> list[str]:
    """Further options as --set name=value."""
    pairs = [
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in options.items()
        if name != "steps"
    ]
    return ["--set", *pairs] if pairs else []


def _seeds(ran: "Ran") -> str:
    """How many seeds, as `--seeds` takes them."""
    if ran.looks:
        return f"{ran.looks[0]}..{ran.looks[-1]}"
    return str(max(ran.seeds, default=0) + 1)


def _folder(source: str) -> str:
    """The probe's folder of a source that is the folder or its ledger."""
    path = Path(source)
    return str(path.parent) if path.is_file() else source


def _line(*words: str) -> str:
    """One line for a shell."""
    return shlex.join(words)
