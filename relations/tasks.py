"""A task: a name, and whether its metric is better higher or lower."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from relations.change_kinds import ABSOLUTE, RELATIVE, STANDARDISED, ChangeKind, KindName
from relations.errors import TaskError, TaskNote, all_problems, did_you_mean
from relations.tables.metric_names import sounds_lower
from relations.tables.plain_text import cut, has_commands

# "+" joins tasks in a runs table, ":" joins source and target on the command line.
_RESERVED = ("+", ":", ",", "\n", "\r", "\t")
_MOST_LETTERS = 200


@dataclass(frozen=True, repr=False)
class Task:
    """A named objective with a metric.

    Args:
        name: Unique within a task set; without "+", ":", "," or line breaks, which join names in
            tables and on the command line, without blanks at its ends and without control and
            direction characters, which change how what stands beside them is read; at most 200
            characters.
        higher_is_better: Direction of the metric. Changes are turned so that a positive change is
            always an improvement.
        change: How its change is measured: "relative" to the single-task score, for metrics that
            keep their sign; "absolute", in the metric's own unit; or "standardised", in standard
            deviations of the single-task score over seeds. See `relations.ChangeKind`.
        threshold: Of an absolute or standardised change: harm begins below it, in its unit.
            Relative changes are judged at the threshold of a relation graph.

    Raises:
        TaskError: The name is empty, too long or holds a reserved character, or the threshold does
            not go with the kind of change.

    Example:
        >>> Task("depth", higher_is_better=False)
        Task(name='depth', higher_is_better=False)
        >>> Task("r2", change="absolute", threshold=-0.02)
        Task(name='r2', higher_is_better=True, change='absolute', threshold=-0.02)
    """

    name: str
    higher_is_better: bool = True
    change: KindName = RELATIVE
    threshold: float | None = None

    def __post_init__(self) -> None:
        self._check_name()
        if self.change == RELATIVE and self.threshold is not None:
            raise TaskError(
                f"`{self.name}` has a relative change, which is judged at the threshold of the "
                f"relation graph; got threshold={self.threshold!r}. Leave it out, or give "
                'change="absolute" or change="standardised".'
            )
        try:
            self.kind  # noqa: B018 - is checked where it is made
        except TaskError as wrong:
            raise TaskError(f"The task `{self.name}`: {wrong}") from wrong

    @property
    def kind(self) -> ChangeKind:
        """How its change is measured."""
        return ChangeKind(self.change, self.threshold)

    def __repr__(self) -> str:
        own = "" if self.change == RELATIVE else f", change={self.change!r}"
        own += "" if self.threshold is None else f", threshold={self.threshold!r}"
        return f"Task(name={self.name!r}, higher_is_better={self.higher_is_better!r}{own})"

    def _check_name(self) -> None:
        if not isinstance(self.name, str):
            raise TaskError(f"A task's name must be a text, got {self.name!r}.")
        reserved = [character for character in _RESERVED if character in self.name]
        if not self.name.strip() or reserved:
            problem = f"must be non-empty and free of {' '.join(map(repr, _RESERVED))}"
        elif has_commands(self.name):
            problem = "must be free of control and direction characters"
        elif self.name != self.name.strip():
            problem = "must have no blanks at its ends, which tables do not keep"
        elif len(self.name) > _MOST_LETTERS:
            problem = f"must have at most {_MOST_LETTERS} characters"
        else:
            return
        name, _, direction = self.name.partition(":")
        remedy = "Rename the task."
        if name and direction in ("lower", "higher"):  # as options of the command line have it
            remedy = f'Write Task("{name}", higher_is_better={direction == "higher"}).'
        raise TaskError(f"A task's name {problem}, got {cut(repr(self.name), 80)}. {remedy}")


def given_names(given: str | Iterable[str]) -> tuple[str, ...]:
    """Names as users give them: several, one, or several joined by a comma, which no name holds.

    Example:
        >>> given_names("pose"), given_names("pose, reid"), given_names(["pose"]), given_names("")
        (('pose',), ('pose', 'reid'), ('pose',), ())
    """
    if isinstance(given, str):
        return tuple(part.strip() for part in given.split(",") if part.strip())
    return tuple(given)


def as_tasks(given: Iterable[Task | str]) -> tuple[Task, ...]:
    """Tasks as users give them: tasks, and names of those whose metric is better higher.

    Raises:
        TaskError: A name is unusable or doubled, or a mapping or one text stands for all: a
            mapping's values, which may say directions, would be lost, a text be cut into letters.

    Warns:
        TaskNote: A name alone, that says nothing of a direction, is that of an error.

    Example:
        >>> as_tasks([Task("depth", higher_is_better=False), "pose"])[1]
        Task(name='pose', higher_is_better=True)
    """
    if isinstance(given, str | Mapping):
        raise TaskError(
            f"`tasks` must be a list of names or tasks, got {cut(repr(given), 80)}. Write "
            '[Task("depth", higher_is_better=False), "pose"].'
        )
    given = tuple(given)
    for name in given:
        if isinstance(name, str) and sounds_lower(name):
            better = f'Task("{name}", higher_is_better='
            warnings.warn(
                f"`{name}` is taken for better higher, as every task that is given as a name "
                f"alone. If lower is better, give {better}False); if not, {better}True).",
                TaskNote,
                stacklevel=3,
            )
    tasks = tuple(task if isinstance(task, Task) else Task(task) for task in given)
    check_unique(names(tasks))
    return tasks


def measured(
    tasks: Sequence[Task],
    absolute: Mapping[str, float] | None = None,
    standardised: Mapping[str, float] | None = None,
) -> tuple[Task, ...]:
    """Tasks, some of them with a change of another kind.

    Args:
        tasks: The tasks.
        absolute: Task -> threshold of an absolute change.
        standardised: Task -> threshold of a standardised change.

    Raises:
        TaskError: A name is that of no task or in both, or a threshold is not possible.

    Example:
        >>> measured([Task("pose"), Task("r2")], absolute={"r2": -0.02})[1].change
        'absolute'
    """
    kinds: list[tuple[str, KindName, float]] = [
        *((name, ABSOLUTE, threshold) for name, threshold in (absolute or {}).items()),
        *((name, STANDARDISED, threshold) for name, threshold in (standardised or {}).items()),
    ]
    asked = [name for name, _, _ in kinds]
    check_unique(asked)
    check_known(asked, names(tasks))
    chosen = {task.name: task for task in tasks}
    for name, kind, threshold in kinds:
        chosen[name] = replace(chosen[name], change=kind, threshold=threshold)
    return tuple(chosen.values())


def kinds_of(tasks: Iterable[Task | str]) -> tuple[ChangeKind, ...]:
    """How the changes of tasks are measured; of a mere name relatively."""
    return tuple(task.kind if isinstance(task, Task) else ChangeKind() for task in tasks)


def names(tasks: Iterable[Task | str]) -> tuple[str, ...]:
    """Names of tasks, in their order.

    Example:
        >>> names([Task("pose"), "reid"])
        ('pose', 'reid')
    """
    return tuple(task.name if isinstance(task, Task) else task for task in tasks)


def positions(tasks: Iterable[Task | str]) -> dict[str, int]:
    """Where each task stands, by name.

    Example:
        >>> positions([Task("pose"), "reid"])
        {'pose': 0, 'reid': 1}
    """
    return {name: position for position, name in enumerate(names(tasks))}


def check_known(asked: Sequence[str], known: Sequence[str]) -> None:
    """Refuse task names that do not exist, all of them at once.

    Raises:
        TaskError: With the unknown names and the known ones.
    """
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise TaskError(
            all_problems(
                f"Known tasks are {', '.join(known)}",
                [f"`{name}` is not one of them.{did_you_mean(name, known)}" for name in unknown],
            )
        )


def check_related(chosen: Sequence[str], known: Sequence[str]) -> None:
    """Refuse fewer than two tasks where relations are asked for.

    Args:
        chosen: The tasks that are left by `tasks` and `without`.
        known: All tasks there are.

    Raises:
        TaskError: Nothing can be known of their relations.
    """
    if len(chosen) >= 2:
        return
    what = f"there is {', '.join(known) or 'none'}"
    if len(chosen) < len(known):
        what = f"of {', '.join(known)} are left {', '.join(chosen) or 'none'}"
    raise TaskError(
        f"A relation is between two tasks or more; {what}. Name more of them (--tasks, --without)."
    )


def check_unique(asked: Sequence[str]) -> None:
    """Refuse doubled task names.

    Raises:
        TaskError: With the doubled names.
    """
    doubled = sorted({name for name in asked if list(asked).count(name) > 1})
    if doubled:
        raise TaskError(f"Task names must be unique, got {', '.join(doubled)} more than once.")
