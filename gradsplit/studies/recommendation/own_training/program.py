"""A program of one's own, told of loss weights and a mask on its command line."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.studies.recommendation.own_training.mask_file import mask_file
from gradsplit.studies.recommendation.own_training.own_training import (
    MASK,
    WEIGHTS,
    OwnTraining,
    Told,
)
from relations.command_trainer import CommandTrainer

if TYPE_CHECKING:
    from relations.runs import Run


class ToldProgram(CommandTrainer):
    """A program that is told of a method.

    Args:
        program: The program as it is told of none.
        values: What it is told.
        settings: What tells this from plain training; files by what is in them.
    """

    def __init__(
        self, program: CommandTrainer, values: Mapping[str, str], settings: Mapping[str, Any]
    ) -> None:
        super().__init__(
            program.command,
            values=values,
            time_limit=program.time_limit,
            retries=program.retries,
            folder=program.folder,
        )
        self._settings = dict(settings)

    def settings(self) -> dict[str, object]:
        """What its scores depend on; of plain training the same as of a probe of the command."""
        return {"command": self.command, "libraries": {}, **self._settings}


class Program(OwnTraining):
    """A command that may have `{weights}` and `{mask}`.

    Args:
        command: The command.
        time_limit: Seconds after which a run has failed.
        retries: How often a run that failed is started again.

    Raises:
        RelationsError: The command is not sound.

    Example:
        >>> program = Program("python train.py {tasks} {seed} {out} {weights}")
        >>> program.takes, program.lacks("mask")
        (('weights',), 'the command has no {mask}')
    """

    WHAT = "program"

    def __init__(self, command: str, *, time_limit: float | None = None, retries: int = 0) -> None:
        values: dict[str, str] = {WEIGHTS: "", MASK: ""}
        self._command = CommandTrainer(
            command, values=values, time_limit=time_limit, retries=retries
        )

    @property
    def takes(self) -> tuple[str, ...]:
        """Those of `{weights}` and `{mask}` that the command has."""
        return tuple(name for name in (WEIGHTS, MASK) if self._command.has_placeholder(name))

    def lacks(self, name: str) -> str:
        """See `OwnTraining.lacks`."""
        return f"the command has no {{{name}}}"

    def told(self, said: Told, folder: Path) -> ToldProgram:
        """See `OwnTraining.told`."""
        values = {WEIGHTS: ",".join(f"{task}={it:.6g}" for task, it in said.weights.items())}
        if MASK in self.takes:
            values[MASK] = str(mask_file(said.mask, folder))
        return ToldProgram(self._command, values, said.settings)

    def line(self, said: Told, folder: Path, run: "Run", out: str) -> str:
        """See `OwnTraining.line`."""
        return self.told(said, folder).command_line(run, out)
