"""Instead of a task set: somebody's own training program."""

import re
import shlex
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from gradsplit.command_line.programs import IN_QUOTES
from gradsplit.commands.options.task_set import TASK_SET_HELP, TaskSetOptions
from gradsplit.errors import TaskSetError

if TYPE_CHECKING:
    from relations.command_trainer import CommandTrainer
    from relations.tasks import Task


@dataclass(kw_only=True)
class ProgramOptions:
    """Instead of a task set: somebody's own training program, started once a run."""

    command: Annotated[str | None, tyro.conf.arg(metavar="PROGRAM")] = None
    """A training program, e.g. "python train.py --tasks {tasks} --seed {seed} --scores {out}"; it
    writes {"task": score, ...} to {out}. Give --tasks with it. {weights} and {mask} are filled
    as for plain training, except by recommend."""
    tasks: str | None = None
    """The tasks of --command, e.g. "pose,reid,depth:lower"; ":lower" says that lower is better.
    Of a task set: only these of its tasks."""
    time_limit: float | None = None
    """Seconds after which a run of --command has failed, e.g. 7200."""
    retries: int = 0
    """How often a failed run of --command is started again."""

    def program(self, folder: Path) -> "tuple[list[Task], CommandTrainer]":
        """The tasks of the program, and the program as a trainer that is told of no method.

        Args:
            folder: Where the file of a mask that blocks nothing lies, where the command wants it.

        Raises:
            TaskSetError: The tasks were not named.
        """
        from gradsplit.studies.recommendation.own_training.program import Program
        from relations.tasks import names

        tasks = self.program_tasks()
        program = Program(str(self.command), time_limit=self.time_limit, retries=self.retries)
        return tasks, program.plainly(names(tasks), folder.absolute())

    def program_tasks(self) -> "list[Task]":
        """The tasks of the program.

        Raises:
            TaskSetError: They were not named.

        Warns:
            Note: One is called as an error or a loss, and nobody said which way it is better.
        """
        from relations.errors import Note
        from relations.tables.metric_names import sounds_lower
        from relations.tasks import Task

        if self.tasks is None:
            raise TaskSetError(
                "`--command` needs --tasks, the tasks' names: e.g. --tasks pose,reid,depth:lower."
            )
        parsed = parse_tasks(self.tasks)
        told = {part.partition(":")[0].strip() for part in self.tasks.split(",") if ":" in part}
        if unsaid := [name for name, _ in parsed if name not in told and sounds_lower(name)]:
            warnings.warn(
                f"{', '.join(unsaid)} {'are' if len(unsaid) > 1 else 'is'} read as higher is "
                f"better. Say which way: --tasks ...,{unsaid[0]}:lower, or :higher.",
                Note,
                stacklevel=2,
            )
        return [Task(name, higher_is_better=higher) for name, higher in parsed]


@dataclass(kw_only=True)
class TaskSetOrProgramOptions(TaskSetOptions, ProgramOptions):
    """A task set, or somebody's own training program."""

    taskset: Annotated[
        str,
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="TASKSET | --command PROGRAM --tasks NAMES",
            help=f"{TASK_SET_HELP} Or in its place a training program of your own and its tasks.",
        ),
    ] = ""

    def is_program(self) -> bool:
        """Whether a program is trained and no task set.

        Raises:
            TaskSetError: Neither or both were named, or an option of the other was given.
        """
        self._refuse_a_program_elsewhere()
        if self.command is not None and self.tasks is not None and self.taskset:
            raise TaskSetError(
                f"Commas join the names of --tasks: write --tasks {self.tasks},{self.taskset} if "
                f"`{self.taskset}` is a task. A task set is not named beside --command."
            )
        if (self.command is None) == (not self.taskset):
            raise TaskSetError(
                "Name a task set or give --command, one of the two: "
                "`gradsplit probe figures`, or `gradsplit probe --command ... --tasks ...`."
            )
        if self.command is None and (self.time_limit is not None or self.retries):
            raise TaskSetError("`--time-limit` and `--retries` are for the program of --command.")
        of_task_sets = [
            f"--{name.replace('_', '-')}"
            for name in ("data", "batch_size", "set")
            if getattr(self, name)
        ]
        if self.command is not None and of_task_sets:
            raise TaskSetError(
                f"{', '.join(of_task_sets)} would change nothing: they are for task sets. Write "
                "the program's options into --command."
            )
        return self.command is not None

    def refuse_tasks(self, command: str) -> None:
        """Say that a task set is taken whole; somebody may have forgotten `--command`.

        Raises:
            TaskSetError: Some tasks were named.
        """
        if self.tasks is None:
            return
        meant = ""
        if self.taskset.endswith(".py"):
            meant = (
                f" Was `--command` meant? `{self.taskset}` may be a program of your own: --command "
                f'"python {self.taskset} --tasks {{tasks}} --seed {{seed}} --scores {{out}}".'
            )
        raise TaskSetError(f"`{command}` takes all tasks: leave out --tasks.{meant}")

    def _refuse_a_program_elsewhere(self) -> None:
        """Say where the words of a program stand that were given as a task set."""
        given = self.taskset
        if self.command is None and ("{" in given or given.startswith("python")) and " " in given:
            raise TaskSetError(
                f"{given!r} stands where a task set is named: was `--command` meant? Write "
                f"--command {shlex.quote(given)}."
            )
        if self.command is not None and given.endswith(".py") and " " not in self.command:
            raise TaskSetError(IN_QUOTES.format(start=f"{self.command} {given}"))


def parse_tasks(text: str) -> list[tuple[str, bool]]:
    """Names and directions from "pose,reid,depth:lower".

    Raises:
        TaskSetError: A direction is not "higher" or "lower", or no comma separates the names.

    Example:
        >>> parse_tasks("pose,depth:lower")
        [('pose', True), ('depth', False)]
    """
    text = re.sub(r"\s*:\s*", ":", text)
    words = text.replace("+", " ").split()
    if len(words) > 1 and "," not in text:
        raise TaskSetError(
            f"Commas separate the names of `--tasks`, got {text!r}. "
            f"Write --tasks {','.join(words)}."
        )
    parsed = []
    for part in re.split(r"\s*,\s*", text.strip()):
        name, _, direction = part.partition(":")
        if "=" in name:
            raise TaskSetError(
                f"A task's name in `--tasks` has no `=`, got {part!r}. Which way is better stands "
                f"behind a colon: --tasks {name.partition('=')[0].strip()}:lower."
            )
        if direction not in ("", "higher", "lower"):
            raise TaskSetError(
                f"`--tasks` takes name, name:higher or name:lower, got {part!r}. "
                "Write e.g. --tasks pose,depth:lower."
            )
        parsed.append((name, direction != "lower"))
    return parsed
