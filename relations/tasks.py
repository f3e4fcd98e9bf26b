"""A task: a name, and whether its metric is better higher or lower."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from relations.errors import TaskError, all_problems, did_you_mean

# "+" joins tasks in a runs table, ":" joins source and target on the command line.
_RESERVED = ("+", ":", ",", "\n", "\r", "\t")


@dataclass(frozen=True)
class Task:
    """A named objective with a metric.

    Args:
        name: Unique within a task set; without "+", ":", "," or line breaks, which join names in
            tables and on the command line.
        higher_is_better: Direction of the metric. Changes are turned so that a positive change is
            always an improvement.

    Raises:
        TaskError: The name is empty or holds a reserved character.

    Example:
        >>> Task("depth", higher_is_better=False)
        Task(name='depth', higher_is_better=False)
    """

    name: str
    higher_is_better: bool = True

    def __post_init__(self) -> None:
        reserved = [character for character in _RESERVED if character in self.name]
        if not self.name.strip() or reserved:
            raise TaskError(
                f"A task's name must be non-empty and free of {' '.join(map(repr, _RESERVED))}, "
                f"got {self.name!r}. Rename the task."
            )


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


def check_unique(asked: Sequence[str]) -> None:
    """Refuse doubled task names.

    Raises:
        TaskError: With the doubled names.
    """
    doubled = sorted({name for name in asked if list(asked).count(name) > 1})
    if doubled:
        raise TaskError(f"Task names must be unique, got {', '.join(doubled)} more than once.")
