"""Which task set, and with what options."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from gradsplit.errors import TaskSetError
from gradsplit.tasksets import built_in

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet

TASK_SET_HELP = (
    f"A built-in name ({', '.join(built_in())}), module:attribute, path/to/file.py:attribute, or a "
    "configuration file.toml."
)


@dataclass(kw_only=True)
class TaskSetOptions:
    """Which task set, and with what options."""

    taskset: Annotated[
        str, tyro.conf.Positional, tyro.conf.arg(metavar="TASKSET", help=TASK_SET_HELP)
    ] = ""
    data: str | None = None
    """File or folder of a task set that reads real data."""
    steps: int | None = None
    """Optimizer steps of every run; the task set's own number when not given."""
    batch_size: int | None = None
    """Samples of each task in a step."""
    set: tuple[str, ...] = ()
    """Further options of the task set, as name=value."""
    device: str = "cpu"
    """Where networks are trained: cpu, cuda, cuda:1, ..."""

    def load(self) -> "TaskSet":
        """The task set these options name.

        Raises:
            TaskSetError: It does not exist, or does not take an option.
        """
        from gradsplit.tasksets.registry import load_taskset

        if not self.taskset:
            raise TaskSetError(
                "A task set must be named, e.g. `figures` or `my_tasks.py:tasks`; see --help."
            )
        return load_taskset(self.taskset, self.given())

    def given(self) -> dict[str, Any]:
        """The options that were given, by name."""
        given: dict[str, Any] = dict(name_and_value(text) for text in self.set)
        for name in ("data", "steps", "batch_size"):
            if getattr(self, name) is not None:
                given[name] = getattr(self, name)
        return given


def name_and_value(text: str, option: str = "set") -> tuple[str, Any]:
    """Split name=value; the value is read as JSON where it is JSON, else kept as text.

    Raises:
        TaskSetError: There is no name or no "=".

    Example:
        >>> name_and_value("width=16"), name_and_value("split=person")
        (('width', 16), ('split', 'person'))
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise TaskSetError(
            f"`--{option}` takes name=value, got {text!r}. Write e.g. --{option} width=16."
        )
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value
