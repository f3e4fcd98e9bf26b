"""The place of a program's runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.studies.recommendation.program.told import MASK, WEIGHTS, Told, told
from gradsplit.studies.variant_runs import RunPlace
from relations.command_trainer import CommandTrainer
from relations.digests import digest
from relations.runs import Run

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.configuration import Configuration
    from gradsplit.training.methods.method import Method
    from relations.mask import GradientMask

MASKS = "masks"
"""The folder of the masks that runs are told of."""


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


@dataclass(frozen=True, kw_only=True)
class ProgramRuns(RunPlace):
    """Trains the runs of a program.

    Attributes:
        program: The program as it is told of no method.
    """

    program: CommandTrainer

    def trainer(self, method: "Method | None" = None) -> CommandTrainer:
        """The program told of a method.

        Raises:
            GradSplitError: It cannot be told.
        """
        said = told(method, self.taskset.task_names, placeholders_of(self.program))
        return ToldProgram(self.program, self._values(said), said.settings)

    def commands(self, configuration: "Configuration") -> tuple[str, ...]:
        """The command line of each network of a configuration, of seed 0."""
        groups = configuration.networks or (self.taskset.task_names,)
        names = [f"scores-{at}.json" for at in range(1, len(groups) + 1)]
        out = names if len(groups) > 1 else ["scores.json"]
        return tuple(
            self.trainer(configuration.method if len(group) > 1 else None).command_line(
                Run(group, 0), file
            )
            for group, file in zip(groups, out, strict=True)
        )

    def _values(self, said: Told) -> dict[str, str]:
        values = {WEIGHTS: said.weights}
        if self.program.has_placeholder(MASK):
            values[MASK] = str(self._written(said.mask))
        return values

    def _written(self, mask: "GradientMask") -> Path:
        """The mask's file, named by what it allows."""
        folder = self.ledger.parent.absolute() / MASKS
        allowed = digest(str((list(mask.tasks), mask.may_update.tolist())))[:8]
        file = folder / f"{'full-' * bool(mask.may_update.all())}{allowed}.json"
        if not file.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            mask.save(file)
        return file


def placeholders_of(program: CommandTrainer) -> list[str]:
    """Those of `{weights}` and `{mask}` that the command has."""
    return [name for name in (WEIGHTS, MASK) if program.has_placeholder(name)]
