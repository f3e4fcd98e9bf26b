"""Joint runs of several methods on a task set, beside the single-task runs of the same seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from gradsplit.methods.method import Method
    from gradsplit.taskset import TaskSet
    from relations.runs import Run

Scores = dict[int, dict[str, float]]
"""Seed -> task -> score."""


@dataclass(frozen=True)
class Bench:
    """Where the runs of a comparison are trained and kept.

    Attributes:
        taskset: What is trained.
        ledger: The ledger of all runs, the probe's among them.
        seeds: Seeds of every method.
        device: Where networks are trained.
        workers: Worker processes.
        progress: Show progress.
    """

    taskset: "TaskSet"
    ledger: Path
    seeds: Sequence[int]
    device: str = "cpu"
    workers: int = 2
    progress: bool = True

    def compare(self, methods: Mapping[str, "Method"]) -> "Comparison":
        """Joint runs of each method beside single-task training, by the name given to each.

        Raises:
            RunFailedError: A training failed.
        """
        from analysis.comparison import Comparison

        joint = {name: self._joint(name, method) for name, method in methods.items()}
        return Comparison(
            {"single": self.single_runs()} | joint,
            higher_is_better={task.name: task.higher_is_better for task in self.taskset.tasks},
        )

    def single_runs(self) -> Scores:
        """Scores of the single-task runs of the seeds; trained if the probe has not yet."""
        from relations.runs import Run

        runs = [Run((task,), seed) for seed in self.seeds for task in self.taskset.task_names]
        return self._train(None, runs)

    def _joint(self, name: str, method: "Method") -> Scores:
        from relations.runs import Run

        return self._train(
            method, [Run(self.taskset.task_names, seed, name) for seed in self.seeds]
        )

    def _train(self, method: "Method | None", runs: "Sequence[Run]") -> Scores:
        from gradsplit.trainer import TaskSetTrainer
        from relations.errors import RunFailedError
        from relations.joint import train_runs

        outcomes = train_runs(
            TaskSetTrainer(self.taskset, device=self.device, method=method),
            self.taskset.tasks,
            runs,
            self.ledger,
            executor="processes",
            workers=self.workers,
            progress=self.progress,
        )
        scores: Scores = {seed: {} for seed in self.seeds}
        for outcome in outcomes:
            if outcome.scores is None:
                raise RunFailedError(f"{outcome.run} failed: {outcome.error}")
            scores[outcome.run.seed] |= outcome.scores
        return scores
