"""Joint runs of several methods on a task set, beside the single-task runs of the same seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from gradsplit.methods.method import Method
    from gradsplit.taskset import TaskSet
    from relations.runs import Outcome

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

        Only what the ledger does not hold yet is trained; the single-task runs are the probe's.

        Raises:
            RunFailedError: Trainings failed; all of them at once.
        """
        from analysis.comparison import Comparison
        from gradsplit.trainer import TaskSetTrainer
        from relations.joint import train_runs
        from relations.runs import Run

        tasks = self.taskset.task_names
        runs = [Run((task,), seed) for seed in self.seeds for task in tasks]
        runs += [Run(tasks, seed, name) for seed in self.seeds for name in methods]
        trainers = {
            name: TaskSetTrainer(self.taskset, device=self.device, method=method)
            for name, method in [("", None), *methods.items()]
        }
        outcomes = train_runs(
            trainers,
            self.taskset.tasks,
            runs,
            self.ledger,
            executor="processes",
            workers=self.workers,
            progress=self.progress,
        )
        return Comparison(
            _by_method(outcomes),
            higher_is_better={task.name: task.higher_is_better for task in self.taskset.tasks},
        )


def _by_method(outcomes: Sequence["Outcome"]) -> dict[str, Scores]:
    """Scores by method and seed; single-task runs under the name `single`."""
    from relations.errors import RunFailedError, all_problems

    failed = [outcome for outcome in outcomes if outcome.scores is None]
    if failed:
        raise RunFailedError(
            all_problems(
                "Methods cannot be compared while trainings fail",
                [f"{outcome.run}: {(outcome.error or '').splitlines()[0]}" for outcome in failed],
            )
        )
    scores: dict[str, Scores] = {}
    for outcome in outcomes:
        of_method = scores.setdefault(outcome.run.variant or "single", {})
        of_method.setdefault(outcome.run.seed, {}).update(outcome.scores or {})
    return scores
