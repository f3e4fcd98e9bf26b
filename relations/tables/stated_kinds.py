"""How a relation table measures changes, where that is not relatively: what it says, or is told."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from relations.change_kinds import (
    ABSOLUTE,
    EXAMPLES,
    KIND_NAMES,
    RELATIVE,
    SHORT,
    STANDARDISED,
    ChangeKind,
)
from relations.errors import TaskError
from relations.tasks import Task, measured

_WORDS = rf"{re.escape(SHORT[ABSOLUTE])}?|{ABSOLUTE}|{SHORT[STANDARDISED]}|standardi[sz]ed"
# A per cent sign is no kind: it is a unit of relative changes, or a part of a name.
_UNIT = re.compile(rf"\s*[\[(]({_WORDS}|relative)(?:,? threshold ([^\])]+))?[\])]$", re.IGNORECASE)
_HEADING = re.compile(rf"(?<![a-z])({_WORDS})(?![a-z])", re.IGNORECASE)


@dataclass
class StatedKinds:
    """The kinds of a table's targets.

    Attributes:
        absolute: Task -> threshold of an absolute change, as the reader was told.
        standardised: The same of standardised changes.
        said: Task -> kind and threshold, as the table says; the threshold None where it does not.
    """

    absolute: Mapping[str, float] = field(default_factory=dict)
    standardised: Mapping[str, float] = field(default_factory=dict)
    said: dict[str, tuple[str, float | None]] = field(default_factory=dict)

    def relative(self, target: str) -> bool:
        """Whether the changes of a target are fractions or per cent."""
        told = target in self.absolute or target in self.standardised
        return not told and self.said.get(target, (RELATIVE, None))[0] == RELATIVE

    def bare(self, name: str) -> str:
        """A task's name without the unit behind it, which is noted: `r2 [abs.]`."""
        match = _UNIT.search(name)
        if match is None:
            return name
        task = name[: match.start()]
        kind = _kind(match[1])
        self.said[task] = kind, None if kind == RELATIVE else _number(match[2])
        return task

    def under(self, heading: str, targets: Iterable[str]) -> None:
        """Take note of the kind that a heading above all changes names: `change [abs.]`."""
        if match := _HEADING.search(heading):
            for target in targets:
                self.said.setdefault(target, (_kind(match[1]), None))

    def note(self, target: str, kind: str, threshold: str) -> str | None:
        """Take over what a line says of a target; what is wrong with it, if anything is."""
        name = kind.strip().lower() or RELATIVE
        given = None if name == RELATIVE else _number(threshold)
        known = self.said.setdefault(target, (name, given))
        if name not in KIND_NAMES:
            return f"a kind is {', '.join(KIND_NAMES)}, got {kind!r}."
        if known != (name, given):
            return f"`{target}` had another kind or threshold before."
        return None

    def problems(self) -> list[str]:
        """Kinds whose threshold nobody has said, or that are not possible."""
        problems = []
        for task, (kind, threshold) in self.said.items():
            if kind == RELATIVE or task in self.absolute or task in self.standardised:
                continue
            if threshold is None:
                problems.append(
                    f"changes of `{task}` are {kind}, but below which is harm? Say "
                    f"--{kind} {task}={EXAMPLES[kind]}, or another threshold."
                )
                continue
            try:
                ChangeKind.of_facts({"kind": kind, "threshold": threshold})
            except TaskError as wrong:
                problems.append(f"`{task}`: {wrong}")
        return problems

    def tasks(self, tasks: Iterable[Task | str]) -> tuple[Task, ...]:
        """Tasks with their kinds.

        Raises:
            TaskError: The reader was told of a task that is not there.
        """
        kinds: dict[str, dict[str, float]] = {ABSOLUTE: {}, STANDARDISED: {}}
        for task, (kind, threshold) in self.said.items():
            told = task in self.absolute or task in self.standardised
            if kind != RELATIVE and threshold is not None and not told:
                kinds[kind][task] = threshold
        return measured(
            [task if isinstance(task, Task) else Task(task) for task in tasks],
            {**kinds[ABSOLUTE], **self.absolute},
            {**kinds[STANDARDISED], **self.standardised},
        )


def per_cent_apart(name: str) -> tuple[str, bool]:
    """A name without the sign for per cent behind it, and whether it has one.

    Example:
        >>> per_cent_apart("pose (%)"), per_cent_apart("pose")
        (('pose', True), ('pose', False))
    """
    signed = name.endswith(("(%)", "[%]"))
    return (name[: -len("(%)")].rstrip() if signed else name), signed


def without_unit(name: str) -> str:
    """A name without the unit behind it, which is noted nowhere.

    Example:
        >>> without_unit("pose (%)"), without_unit("r2 [abs. threshold -0.02]")
        ('pose', 'r2')
    """
    return _UNIT.sub("", per_cent_apart(name)[0])


def headed(task: str, kind: ChangeKind) -> str:
    """A task as the header of a matrix names it; `StatedKinds.bare` reads it again.

    Example:
        >>> headed("r2", ChangeKind("absolute", -0.02)), headed("pose", ChangeKind())
        ('r2 [abs. threshold -0.02]', 'pose')
        >>> headed("a task [sd]", ChangeKind())
        'a task [sd] [relative]'
    """
    if kind.name == RELATIVE:
        return f"{task} [{RELATIVE}]" if _UNIT.search(task) else task
    return f"{task} [{kind.short} threshold {float(kind.threshold or 0.0)!r}]"


def _kind(word: str) -> str:
    """The kind that a word of a table names."""
    return next(name for name in KIND_NAMES if name[0] == word[0].lower())


def _number(text: str | None) -> float | None:
    """A threshold; None where there is none, NaN where it cannot be read."""
    if text is None or not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        return math.nan
