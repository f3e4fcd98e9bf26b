"""A program of one's own, told of loss weights and a mask on its command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.recommendation.own_training.mask_file import mask_file
from gradsplit.studies.recommendation.own_training.own_training import (
    MASK,
    WEIGHTS,
    OwnTraining,
    Told,
)
from relations.command_trainer import CommandTrainer
from relations.mask import GradientMask

if TYPE_CHECKING:
    from relations.runs import Run


class ToldProgram(CommandTrainer):
    """A program that is told of a method.

    Args:
        program: The program as it is told of none.
        said: What it is told.
        folder: Where the file of a mask lies, once a run begins.
    """

    def __init__(self, program: CommandTrainer, said: Told, folder: Path) -> None:
        weights = ",".join(f"{task}={factor:.6g}" for task, factor in said.weights.items())
        super().__init__(
            program.command,
            values={WEIGHTS: weights, MASK: ""},
            time_limit=program.time_limit,
            retries=program.retries,
            folder=program.folder,
        )
        self._said, self._masks = said, folder

    def settings(self) -> dict[str, object]:
        """What its scores depend on; of plain training the same as of a probe of the command."""
        return {"command": self.command, "libraries": {}, **self._said.settings}

    def arguments(self, run: "Run", out: str | Path) -> list[str]:
        """The program and its arguments for one run; the mask's file is there."""
        if self.has_placeholder(MASK):
            self.values[MASK] = str(mask_file(self._said.mask, self._masks))
        return super().arguments(run, out)


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

    @staticmethod
    def called(name: str) -> str:
        """See `OwnTraining.called`."""
        return f"{{{name}}}"

    def lacks(self, name: str) -> str:
        """See `OwnTraining.lacks`."""
        return f"the command has no {self.called(name)}"

    def told(self, said: Told, folder: Path) -> ToldProgram:
        """See `OwnTraining.told`."""
        return ToldProgram(self._command, said, folder)

    def plainly(self, tasks: Sequence[str], folder: Path) -> ToldProgram:
        """It as told of nothing: a weight of 1 for every task, and a mask that blocks nothing."""
        said = Told(dict.fromkeys(tasks, 1.0), GradientMask.full(list(tasks)), {})
        return ToldProgram(self._command, said, folder)

    def line(self, said: Told, folder: Path, run: "Run", out: str) -> str:
        """See `OwnTraining.line`."""
        return self.told(said, folder).command_line(run, out)
