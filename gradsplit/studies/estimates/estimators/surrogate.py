"""`surrogate`: relations within larger groups, from runs of random subsets in a probe's ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates.estimator import Estimator
from gradsplit.training.trainer import TaskSetTrainer
from relations.change_kinds import ABSOLUTE, RELATIVE, STANDARDISED
from relations.estimates.estimate import Estimate
from relations.estimates.estimate_file import estimate_name, save_estimate, with_null
from relations.estimates.surrogate import subset_runs, surrogate
from relations.executors import Executor
from relations.ledger.fingerprint import library_versions
from relations.runs import Outcome, Run
from relations.sources import LEDGER_NAME
from relations.tasks import Task
from relations.variants import refuse_failed, train_runs

LEAST_TASKS = 9
VARIANT = "surrogate"
_UNITS = {
    ABSOLUTE: "in its metric's own unit",
    STANDARDISED: "in standard deviations of its scores over the subsets",
}


@dataclass(frozen=True)
class SubsetSurrogate(Estimator):
    """A regression of scores on who was trained along; see `relations.estimates.surrogate`.

    Unlike the others it looks into no training: its runs go through the ledger, as a probe's do.

    Cost: 4 T runs of random subsets of 3 to 5 tasks a seed.
    """

    name: ClassVar[str] = "surrogate"
    unit: ClassVar[str] = (
        "share of the target's mean score that the source adds, within random subsets of tasks"
    )
    paper: ClassVar[str] = "Li, Nguyen and Zhang 2023"
    cost: ClassVar[str] = "4 T runs of 3 to 5 tasks; for 9 tasks or more"

    def estimate(
        self, trainer: TaskSetTrainer, folder: Path, seeds: Sequence[int], executor: Executor
    ) -> Estimate:
        """See `Estimator.estimate`; all seeds are computed anew from the ledger's runs.

        Raises:
            GradSplitError: There are too few tasks: the probe itself is cheaper.
            RunFailedError: Runs failed.
        """
        tasks = trainer.taskset.measured_tasks
        if len(tasks) < LEAST_TASKS:
            raise GradSplitError(
                f"A surrogate is for {LEAST_TASKS} tasks or more; `{trainer.taskset.name}` has "
                f"{len(tasks)}, and a pairwise probe of them takes no more runs than the subsets "
                "would."
            )
        runs = [run for seed in seeds for run in subset_runs(tasks, seed, variant=VARIANT)]
        ledger = folder / LEDGER_NAME
        outcomes = train_runs({VARIANT: trainer}, tasks, runs, ledger, executor=executor)
        refuse_failed(outcomes, "A surrogate needs all its subset runs", ledger)
        estimate = self._from_runs(trainer, seeds, runs, outcomes)
        save_estimate(estimate, folder / estimate_name(self.name))
        return estimate

    def settings(self) -> dict[str, Any]:
        """See `Estimator.settings`."""
        return {"estimator": self.name}

    def _from_runs(
        self,
        trainer: TaskSetTrainer,
        seeds: Sequence[int],
        runs: list[Run],
        outcomes: list[Outcome],
    ) -> Estimate:
        """The estimate of finished runs."""
        tasks = trainer.taskset.measured_tasks
        kinds = {task.name: task.kind.facts() for task in tasks}
        mixed = any(task.change != RELATIVE for task in tasks)
        by_seed = [
            surrogate(tasks, [outcome for outcome in outcomes if outcome.run.seed == seed])
            for seed in seeds
        ]
        return Estimate(
            self.name,
            f"{self.unit}{_other_units(tasks)}",
            trainer.taskset.task_names,
            tuple(seeds),
            np.stack([fitted.values for fitted in by_seed]),
            np.stack([fitted.se for fitted in by_seed]),
            trainings=float(sum(len(run.tasks) for run in runs)),
            seconds=sum(outcome.wall_seconds or 0.0 for outcome in outcomes),
            settings={
                "estimator": self.settings(),
                "training": trainer.settings(),
                "libraries": library_versions(),
                "runs a seed": len(runs) // len(seeds),
                **({"changes": kinds} if mixed else {}),
            },
            diagnostics=tuple({"explained": with_null(fitted.explained)} for fitted in by_seed),
        )


def _other_units(tasks: Sequence[Task]) -> str:
    """What the unit is for tasks whose change is not relative; empty when there are none."""
    others = [f"of {task.name}: {_UNITS[task.change]}" for task in tasks if task.change in _UNITS]
    return f" ({'; '.join(others)})" if others else ""
