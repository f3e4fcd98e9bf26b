"""A probe from the command line's options: its tasks, its trainer, its seeds."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.commands.options import CommandOptions, TaskSetOptions, parse_tasks
from gradsplit.errors import TaskSetError

if TYPE_CHECKING:
    from gradsplit.trainer import TaskSetTrainer
    from relations.plan import Cost
    from relations.probe import PairwiseProbe
    from relations.runs import Trainer
    from relations.tasks import Task

LEDGER = "probe.db"
"""Name of the ledger within a probe's folder."""


@dataclass(kw_only=True)
class ProbeOptions(TaskSetOptions, CommandOptions):
    """What is probed: a task set, or somebody's training program."""

    seeds: int = 3
    """How often each run is trained, with seeds 0, 1, ..."""

    def probe(self, folder: Path | None) -> "PairwiseProbe":
        """The probe these options describe; its ledger lies in the folder.

        Raises:
            TaskSetError: Neither or both of a task set and a program were named.
        """
        from relations import PairwiseProbe

        tasks, train = self.what_is_trained()
        ledger = ":memory:" if folder is None else folder / LEDGER
        return PairwiseProbe(tasks=tasks, train=train, seeds=range(self.seeds), ledger=ledger)

    def what_is_trained(self) -> "tuple[list[Task], Trainer]":
        """The tasks and the callable that trains a run of them."""
        if (self.command is None) == (not self.taskset):
            raise TaskSetError(
                "Name a task set or give --command, one of the two: "
                "`gradsplit probe figures`, or `gradsplit probe --command ... --tasks ...`."
            )
        if self.command is None:
            trainer = self.taskset_trainer()
            return list(trainer.taskset.tasks), trainer
        return self._program()

    def taskset_trainer(self) -> "TaskSetTrainer":
        """The trainer of the named task set."""
        from gradsplit.trainer import TaskSetTrainer

        return TaskSetTrainer(self.load(), device=self.device)

    def _program(self) -> "tuple[list[Task], Trainer]":
        """Somebody's training program as a trainer."""
        from relations.command import CommandTrainer
        from relations.tasks import Task

        assert self.command is not None
        if self.tasks is None:
            raise TaskSetError(
                "`--command` needs --tasks, the tasks' names: e.g. --tasks pose,reid,depth:lower."
            )
        tasks = [Task(name, higher_is_better=higher) for name, higher in parse_tasks(self.tasks)]
        return tasks, CommandTrainer(self.command, time_limit=self.time_limit, retries=self.retries)


def measured_cost(trainer: "TaskSetTrainer", steps: int) -> "Cost":
    """What runs of a task set cost, from a handful of steps."""
    from relations.plan import Cost

    costs = trainer.measure(steps)
    return Cost(
        seconds={cost.tasks: cost.seconds for cost in costs},
        peak_memory_bytes=max(cost.peak_bytes for cost in costs),
        steps=costs[0].steps,
        measured_on=f"{steps} steps on {trainer.device}",
    )
