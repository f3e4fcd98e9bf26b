"""The place of the runs of a training of one's own."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.recommendation.own_training.own_training import OwnTraining, Told
from gradsplit.studies.recommendation.own_training.told import told
from gradsplit.studies.variant_runs import RunPlace
from relations.runs import Run

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.configuration import Configuration
    from gradsplit.training.methods.method import Method
    from relations.runs import Trainer


@dataclass(frozen=True, kw_only=True)
class OwnRuns(RunPlace):
    """Trains the runs of a training of one's own.

    Attributes:
        training: It as it is told of no method.
    """

    training: OwnTraining

    def trainer(self, method: "Method | None" = None) -> "Trainer":
        """The training told of a method.

        Raises:
            GradSplitError: It cannot be told.
        """
        return self.training.told(self._told(method), self.ledger.parent.absolute())

    def commands(self, configuration: "Configuration") -> tuple[str, ...]:
        """The line that trains each network of a configuration, of seed 0.

        Started in the current folder, as the program itself is: what lies below is named from
        there, so that both may be moved together.
        """
        groups = configuration.networks or (self.taskset.task_names,)
        names = [f"scores-{at}.json" for at in range(1, len(groups) + 1)]
        out = names if len(groups) > 1 else ["scores.json"]
        folder, here = self.ledger.parent.absolute(), Path.cwd()
        folder = folder.relative_to(here) if folder.is_relative_to(here) else folder
        return tuple(
            self.training.line(
                self._told(configuration.method if len(group) > 1 else None),
                folder,
                Run(group, 0),
                file,
            )
            for group, file in zip(groups, out, strict=True)
        )

    def _told(self, method: "Method | None") -> Told:
        return told(method, self.taskset.task_names, self.training)
