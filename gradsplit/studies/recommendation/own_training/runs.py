"""The place of the runs of a training of one's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.recommendation.own_training.own_training import OwnTraining, Told
from gradsplit.studies.recommendation.own_training.told import told
from gradsplit.studies.variant_runs import RunPlace
from relations.ledger.ledger import Ledger
from relations.runs import Run
from relations.tasks import names

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

        The tasks are in the order in which the ledger's runs were trained, as a training may draw
        its heads in that order. Started in the current folder, as the program itself is: what lies
        below is named from there, so that both may be moved together.
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
                Run(self._ordered(group), 0),
                file,
            )
            for group, file in zip(groups, out, strict=True)
        )

    def _told(self, method: "Method | None") -> Told:
        return told(method, self._ordered(self.taskset.task_names), self.training)

    def _ordered(self, tasks: Sequence[str]) -> tuple[str, ...]:
        """Tasks in the ledger's order, in which it has runs trained; those it lacks last."""
        if not self.ledger.is_file():
            return tuple(tasks)
        with Ledger(self.ledger, read_only=True) as book:
            known = names(book.tasks())
        places = {task: place for place, task in enumerate(known)}
        return tuple(sorted(tasks, key=lambda task: places.get(task, len(places))))
