"""A probe from the command line's options: its tasks, its trainer, its seeds, where it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gradsplit.commands.options import CommandOptions, TaskSetOptions, parse_tasks
from gradsplit.errors import TaskSetError

if TYPE_CHECKING:
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.executors import Executor
    from relations.plan import Cost
    from relations.probe import PairwiseProbe
    from relations.runs import Trainer
    from relations.tasks import Task


@dataclass(kw_only=True)
class TrainerOptions(TaskSetOptions, CommandOptions):
    """What is trained: a task set, or somebody's training program."""

    def what_is_trained(self) -> "tuple[list[Task], Trainer]":
        """The tasks, and the callable that trains a run of them.

        Raises:
            TaskSetError: Neither or both of a task set and a program were named.
        """
        if (self.command is None) == (not self.taskset):
            raise TaskSetError(
                "Name a task set or give --command, one of the two: "
                "`gradsplit probe figures`, or `gradsplit probe --command ... --tasks ...`."
            )
        if self.command is not None:
            return self._program(self.command)
        trainer = self.taskset_trainer()
        return list(trainer.taskset.tasks), trainer

    def taskset_trainer(self, steps: int | None = None) -> "TaskSetTrainer":
        """The trainer of the named task set, perhaps with another number of steps."""
        from gradsplit.training.trainer import TaskSetTrainer

        taskset = self.load()
        if steps is not None:
            taskset = taskset.with_recipe(steps=steps)
        return TaskSetTrainer(taskset, device=self.device)

    def _program(self, command: str) -> "tuple[list[Task], Trainer]":
        """Somebody's training program as a trainer."""
        from relations.command_trainer import CommandTrainer
        from relations.tasks import Task

        if self.tasks is None:
            raise TaskSetError(
                "`--command` needs --tasks, the tasks' names: e.g. --tasks pose,reid,depth:lower."
            )
        tasks = [Task(name, higher_is_better=higher) for name, higher in parse_tasks(self.tasks)]
        return tasks, CommandTrainer(command, time_limit=self.time_limit, retries=self.retries)


@dataclass(kw_only=True)
class ProbeOptions(TrainerOptions):
    """A probe: what is trained, how long, and how often."""

    steps: str | None = None  # type: ignore[assignment]
    """Optimizer steps of every run; the task set's own number when not given. Several, such as
    400,800, train a probe for each and say which changes still move between them."""
    seeds: str = "3"
    """How often each run is trained: a number such as 5, or 3..10 to give more seeds only to
    edges that are undecided."""

    def probe(
        self, folder: Path | None, pairs: "Sequence[tuple[str, str]] | None" = None
    ) -> "PairwiseProbe":
        """The probe these options describe, of all or some pairs; its ledger lies in the folder."""
        tasks, train = self.what_is_trained()
        return self._pairwise(tasks, train, folder, "", pairs)

    def shorter_probes(self, folder: Path) -> "dict[int, PairwiseProbe]":
        """Probes with the smaller numbers of steps, in the same ledger."""
        shorter = {}
        for steps in self.step_counts()[:-1]:
            trainer = self.taskset_trainer(steps)
            tasks = trainer.taskset.tasks
            shorter[steps] = self._pairwise(tasks, trainer, folder, f"steps={steps}")
        return shorter

    def step_counts(self) -> list[int]:
        """The numbers of steps asked for, ascending; empty when none was.

        Raises:
            TaskSetError: One is no number of steps, or a program is trained, which has its own.
        """
        if self.steps is None:
            return []
        parts = self.steps.split(",")
        if not all(part.strip().isdigit() and int(part) > 0 for part in parts):
            raise TaskSetError(
                f"`--steps` takes a number or several, such as 400,800, got {self.steps!r}."
            )
        if self.command is not None:
            raise TaskSetError(
                "`--steps` is for task sets; write the steps into --command, and compare two "
                "probes in two folders."
            )
        return sorted({int(part) for part in parts})

    def given(self) -> dict[str, Any]:
        """The options that were given, by name; of several step counts the largest."""
        given = super().given()
        return given | ({"steps": self.step_counts()[-1]} if self.steps is not None else {})

    def _pairwise(
        self,
        tasks: "Sequence[Task]",
        train: "Trainer",
        folder: Path | None,
        variant: str,
        pairs: "Sequence[tuple[str, str]] | None" = None,
    ) -> "PairwiseProbe":
        from relations import PairwiseProbe
        from relations.seeds import parse_seeds
        from relations.sources import LEDGER_NAME

        # A folder that does not exist holds no ledger: everything is missing.
        ledger = (Path("no-ledger") if folder is None else folder) / LEDGER_NAME
        seeds = parse_seeds(self.seeds)
        return PairwiseProbe(tasks, train, seeds, ledger, variant=variant, pairs=pairs)


@dataclass(kw_only=True)
class ExecutorOptions:
    """Where runs are trained."""

    executor: Literal["in-process", "processes", "ray", "ensemble"] = "in-process"
    """In this process, in worker processes, on a Ray cluster, or all together as one vectorised
    program (for networks without batch statistics)."""
    workers: int | None = None
    """How many runs at once; as many as cores, or as the cluster holds, when not given."""
    address: str | None = None
    """Of a running Ray cluster; a new one on this machine when not given."""
    gpus: float = 0.0
    """GPUs of one run on a Ray cluster; 0.25 lets four runs share one."""

    def place(self) -> "Executor":
        """The executor these options describe."""
        from relations.executors import executor_named

        if self.executor == "ray":
            from relations.executors.ray import Ray

            return Ray(self.workers, address=self.address, gpus=self.gpus)
        return executor_named(self.executor, self.workers)


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
