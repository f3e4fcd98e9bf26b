"""Joint runs of several methods on a task set, beside the single-task runs of the same seeds."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from relations.executors import Executor
    from relations.runs import Outcome, Run, Trainer

Scores = dict[int, dict[str, float]]
"""Seed -> task -> score."""

SINGLE = "single"
"""The name of single-task training in a comparison."""


@dataclass(frozen=True)
class Bench:
    """Where the runs of a comparison are trained and kept.

    Attributes:
        taskset: What is trained.
        ledger: The ledger of all runs, the probe's among them.
        seeds: Seeds of every method.
        device: Where networks are trained.
        executor: Where runs happen.
        workers: How many at once; as many as the executor likes when None.
        steps: Another number of optimizer steps than the task set's, for all runs.
        progress: Show progress.
    """

    taskset: "TaskSet"
    ledger: Path
    seeds: Sequence[int]
    device: str = "cpu"
    executor: "str | Executor" = "processes"
    workers: int | None = None
    steps: int | None = None
    progress: bool = True

    def compare(
        self,
        methods: Mapping[str, "Method"],
        costs: Mapping[str, Mapping[str, float]] | None = None,
    ) -> "Comparison":
        """Joint runs of each method beside single-task training, by the name given to each.

        Only what the ledger does not hold yet is trained; the single-task runs are the probe's.

        Args:
            methods: Name -> method.
            costs: Name -> cost -> number, for the comparison's table.

        Raises:
            RunFailedError: Trainings failed; all of them at once.
        """
        from analysis.comparison.comparison import Comparison

        variants = {self._variant(name, method): name for name, method in methods.items()}
        alone = self._shorter("")
        outcomes = self._train(methods, self.runs(methods))
        return Comparison(
            _by_method(outcomes, {alone: SINGLE, **variants}),
            higher_is_better={task.name: task.higher_is_better for task in self.taskset.tasks},
            costs=costs or {},
        )

    def runs(self, methods: Mapping[str, "Method"]) -> "list[Run]":
        """All runs of a comparison, trained or not: seed by seed, single-task runs first."""
        from relations.runs import Run

        tasks = self.taskset.task_names
        alone = self._shorter("")
        variants = [self._variant(name, method) for name, method in methods.items()]
        runs = [Run((task,), seed, alone) for seed in self.seeds for task in tasks]
        return runs + [Run(tasks, seed, variant) for seed in self.seeds for variant in variants]

    def _train(self, methods: Mapping[str, "Method"], runs: "list[Run]") -> "list[Outcome]":
        from gradsplit.training.trainer import TaskSetTrainer
        from relations.variants import train_runs

        taskset = self.taskset
        if self.steps is not None:
            taskset = taskset.with_recipe(steps=self.steps)
        trainers: dict[str, Trainer] = {
            self._shorter(""): TaskSetTrainer(taskset, device=self.device)
        }
        for name, method in methods.items():
            trainers[self._variant(name, method)] = TaskSetTrainer(
                taskset, device=self.device, method=method
            )
        return train_runs(
            trainers,
            taskset.tasks,
            runs,
            self.ledger,
            executor=self.executor,
            workers=self.workers,
            progress=self.progress,
        )

    def _variant(self, name: str, method: "Method") -> str:
        """A method's runs in the ledger: other options, such as another mask, are other runs."""
        text = json.dumps(method.settings(), sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        return self._shorter(f"{name} #{digest}")

    def _shorter(self, variant: str) -> str:
        if self.steps is None:
            return variant
        return f"{variant} steps={self.steps}".strip()


def _by_method(outcomes: "Sequence[Outcome]", names: Mapping[str, str]) -> dict[str, Scores]:
    """Scores by method and seed."""
    from relations.variants import refuse_failed

    refuse_failed(outcomes, "Methods cannot be compared while trainings fail")
    scores: dict[str, Scores] = {}
    for outcome in outcomes:
        of_method = scores.setdefault(names[outcome.run.variant], {})
        of_method.setdefault(outcome.run.seed, {}).update(outcome.scores or {})
    return scores
