"""The commands that make a report again, from its options and what the ledger knows."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.page.ran import STEPS, Ran
from analysis.page.report import Command
from gradsplit.studies.report.recommended_again import recommend_command
from gradsplit.tasksets import built_in

if TYPE_CHECKING:
    from relations.tables.change_cells import Unit
    from relations.tables.orientation import Rows


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a source is read and judged: the options of `load_relations`, with its defaults."""

    source: str
    threshold: float | None = None
    level: float = 0.95
    correction: str = "holm"
    column: str | None = None
    lower: tuple[str, ...] = ()
    unit: "Unit | None" = None
    rows: "Rows | None" = None
    tasks: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    absolute: Mapping[str, float] = field(default_factory=dict)
    standardised: Mapping[str, float] = field(default_factory=dict)

    def words(self) -> tuple[str, ...]:
        """The words that make a command read the source the same way, thresholds left out.

        Example:
            >>> Reading(source="runs", level=0.9, lower=("depth",)).words()
            ('--level', '0.9', '--lower', 'depth')
        """
        words: list[str] = []
        for name in ("level", "correction", "column", "unit", "rows"):
            value = getattr(self, name)
            if value != getattr(Reading, name):
                words += [f"--{name}", str(value)]
        for name in ("lower", "tasks", "without"):
            words += [f"--{name}", *getattr(self, name)] if getattr(self, name) else []
        return tuple(words)

    def kinds(self) -> tuple[str, ...]:
        """The words that say which changes are not relative, with their thresholds."""
        return tuple(
            word
            for name in ("absolute", "standardised")
            for task, threshold in getattr(self, name).items()
            for word in (f"--{name}", f"{task}={threshold!r}")
        )


_FIRST_SEEDS = 5
"""Of a probe that nobody has planned yet."""


def commands(
    reading: Reading,
    out: str,
    title: str | None,
    ran: Ran | None,
    recommended: Mapping[str, Any] | None = None,
) -> list[Command]:
    """The command lines of a report: the recommendation, the probe, what reads it, the report.

    Args:
        reading: How the source was read.
        out: The page.
        title: Above the page; None for the usual one.
        ran: The trainings; None when the source is a table.
        recommended: Of a sound recommendation.json; None where there is none.
    """
    how = [reading.source, *reading.words(), *reading.kinds()]
    if reading.threshold is not None:
        how += ["--threshold", repr(reading.threshold)]
    page = [*how, *([] if title is None else ["--title", title]), "--out", out]
    first = []
    if ran is not None and recommended is not None:
        place = _folder(reading.source)
        function = _function(ran.settings)
        first.append(recommend_command(recommended, ran.settings, function, place))
    return [
        *first,
        *([] if ran is None else [_probe_or_first(ran, reading.source, beside=bool(first))]),
        Command("The numbers in the terminal:", shlex.join(["gradsplit", "relations", *how])),
        Command("This page:", shlex.join(["gradsplit", "report", *page])),
    ]


def grouping_command(reading: Reading, ran: Ran | None) -> str:
    """The command that writes a grouping to where the page looks for it.

    Args:
        reading: How the source was read.
        ran: The trainings; None when the source is a table.

    Example:
        >>> grouping_command(Reading(source="runs.csv", lower=("depth",)), None)
        'gradsplit group runs.csv --lower depth --out .'
    """
    folder = reading.source if Path(reading.source).is_dir() else str(Path(reading.source).parent)
    if ran is not None and "task set" in ran.settings:
        name, options = _task_set(ran.settings)
        steps = ["--steps", str(options["steps"])] if "steps" in options else []
        named = name if name in built_in() else "TASKSET"
        words = [str(named), *steps, *_set(options)]
        return shlex.join(["gradsplit", "group", *words, "--out", folder])
    read = Reading(
        source=reading.source,
        **{name: getattr(reading, name) for name in ("column", "lower", "unit", "rows")},
    )
    words = [reading.source, *read.words(), *reading.kinds()]
    return shlex.join(["gradsplit", "group", *words, "--out", folder])


def _probe_or_first(ran: Ran, source: str, *, beside: bool = False) -> Command:
    """The probe's command, which nobody has given yet where no pair is even planned.

    Args:
        ran: The trainings.
        source: Where they lie.
        beside: Whether a recommendation, whose command trains pairs too, was written beside.
    """
    probe = _probe(ran, source)
    if not ran.without_pairs:
        purpose = probe.purpose.replace("The trainings", "Its trainings of pairs")
        return Command(purpose, probe.line) if beside else probe
    place = " (TASKSET: where it is defined)" if "TASKSET" in probe.line.split() else ""
    return Command(f"No pairs were probed; this would do it{place}:", probe.line)


def _probe(ran: Ran, source: str) -> Command:
    """What the probe's command is for, and the command."""
    out = ["--seeds", _seeds(ran), "--out", _folder(source)]
    command = ran.settings.get("command")
    if isinstance(command, str):
        tasks = ",".join(
            task.name + ("" if task.higher_is_better else ":lower") for task in ran.tasks
        )
        words = ["--command", command, "--tasks", tasks, *out]
        return Command("The trainings, by their own program:", _probe_line(*words))
    name, options = _task_set(ran.settings)
    if name is None and (function := _function(ran.settings)):
        seeds = list(ran.planned_seeds or ran.seeds)
        return Command(
            f"The trainings, in Python with the {function}:",
            f"PairwiseProbe(tasks, train, seeds={seeds}, ledger={source!r}).run()",
        )
    if name is None:
        purpose = "The trainings; the ledger does not know where their trainer is defined:"
        return Command(purpose, _probe_line("TASKSET", *out))
    purpose = "The trainings, with every setting that a score depends on:"
    if name not in built_in():
        purpose = (
            f"The trainings; for TASKSET write where {name!r} is defined, as file.py:attribute:"
        )
        name = "TASKSET"
    if "steps" in options:
        steps = [str(options["steps"]), *(name.removeprefix(STEPS) for name in ran.step_variants)]
        out = ["--steps", ",".join(sorted(steps, key=int)), *out]
    return Command(purpose, _probe_line(name, *out, *_set(options)))


def _task_set(settings: Mapping[str, object]) -> tuple[str | None, Mapping[str, object]]:
    """A task set's name and its plain options, as TaskSetTrainer writes them into the ledger."""
    known = settings.get("task set")
    if not isinstance(known, Mapping) or not isinstance(known.get("task set"), str):
        return None, {}
    both = {**known.get("recipe", {}), **known.get("options", {})}
    # What is nested (a planted set's plants) is part of the task set, not of a command line.
    plain = {name: value for name, value in both.items() if isinstance(value, int | float | str)}
    return known["task set"], plain


def _function(settings: Mapping[str, object]) -> str:
    """What trained in Python, such as "function train of my.py"; "" where that is not known."""
    code = settings.get("code")
    subject = code.get("subject") if isinstance(code, Mapping) else None
    return subject if isinstance(subject, str) and subject.startswith("function ") else ""


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
    if ran.without_pairs:
        return str(_FIRST_SEEDS)
    return str(max(ran.planned_seeds or ran.seeds, default=0) + 1)


def _folder(source: str) -> str:
    """The probe's folder of a source that is the folder or its ledger."""
    path = Path(source)
    return str(path.parent) if path.is_file() else source


def _probe_line(*words: str) -> str:
    return shlex.join(["gradsplit", "probe", *words])
