"""Instead of a task set: somebody's own training program."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradsplit.errors import TaskSetError

if TYPE_CHECKING:
    from relations.command_trainer import CommandTrainer
    from relations.tasks import Task


@dataclass(kw_only=True)
class ProgramOptions:
    """Instead of a task set: somebody's own training program, started once a run."""

    command: str | None = None
    """A training program, e.g. "python train.py --tasks {tasks} --seed {seed} --scores {out}"; it
    writes {"task": score, ...} to {out}. Give --tasks with it."""
    tasks: str | None = None
    """The tasks of --command, e.g. "pose,reid,depth:lower"; ":lower" says that lower is better.
    Of a task set: only these of its tasks."""
    time_limit: float | None = None
    """Seconds after which a run of --command has failed."""
    retries: int = 0
    """How often a failed run of --command is started again."""

    def program(self) -> "tuple[list[Task], CommandTrainer]":
        """The tasks of the program, and the program as a trainer.

        Raises:
            TaskSetError: The tasks were not named.
        """
        from relations.command_trainer import CommandTrainer
        from relations.tasks import Task

        if self.tasks is None:
            raise TaskSetError(
                "`--command` needs --tasks, the tasks' names: e.g. --tasks pose,reid,depth:lower."
            )
        tasks = [Task(name, higher_is_better=higher) for name, higher in parse_tasks(self.tasks)]
        train = CommandTrainer(str(self.command), time_limit=self.time_limit, retries=self.retries)
        return tasks, train


def parse_tasks(text: str) -> list[tuple[str, bool]]:
    """Names and directions from "pose,reid,depth:lower".

    Raises:
        TaskSetError: A direction is not "higher" or "lower".

    Example:
        >>> parse_tasks("pose,depth:lower")
        [('pose', True), ('depth', False)]
    """
    parsed = []
    for part in re.split(r"\s*,\s*", text.strip()):
        name, _, direction = part.partition(":")
        if direction not in ("", "higher", "lower"):
            raise TaskSetError(
                f"`--tasks` takes name, name:higher or name:lower, got {part!r}. "
                "Write e.g. --tasks pose,depth:lower."
            )
        parsed.append((name, direction != "lower"))
    return parsed
