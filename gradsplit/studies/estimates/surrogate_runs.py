"""The surrogate estimate: runs of random subsets, trained and kept as a probe's runs are."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradsplit.errors import GradSplitError

if TYPE_CHECKING:
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.estimates.estimate import Estimate
    from relations.executors import Executor

LEAST_TASKS = 9
VARIANT = "surrogate"
_UNIT = "share of the target's mean score that the source adds, within random subsets of tasks"


def surrogate_of_subsets(
    trainer: "TaskSetTrainer", folder: Path, seeds: range, place: "Executor"
) -> "Estimate":
    """Train the subset runs that the folder's ledger lacks, and estimate from all of them.

    Raises:
        GradSplitError: There are too few tasks: the probe itself is cheaper.
        RunFailedError: Runs failed.
    """
    from relations.estimates.estimate import Estimate
    from relations.estimates.estimate_file import estimate_name, save_estimate, with_null
    from relations.estimates.surrogate import subset_runs, surrogate
    from relations.sources import LEDGER_NAME
    from relations.variants import refuse_failed, train_runs

    tasks = trainer.taskset.tasks
    if len(tasks) < LEAST_TASKS:
        raise GradSplitError(
            f"A surrogate is for {LEAST_TASKS} tasks or more; `{trainer.taskset.name}` has "
            f"{len(tasks)}, and a pairwise probe of them takes no more runs than the subsets would."
        )
    runs = {seed: subset_runs(tasks, seed, variant=VARIANT) for seed in seeds}
    every = [run for some in runs.values() for run in some]
    outcomes = train_runs({VARIANT: trainer}, tasks, every, folder / LEDGER_NAME, executor=place)
    refuse_failed(outcomes, "A surrogate needs all its subset runs")
    found = [surrogate(tasks, [one for one in outcomes if one.run.seed == seed]) for seed in seeds]
    estimate = Estimate(
        "surrogate",
        _UNIT,
        trainer.taskset.task_names,
        tuple(seeds),
        np.stack([one.values for one in found]),
        np.stack([one.se for one in found]),
        trainings=float(sum(len(run.tasks) for run in every)),
        seconds=sum(one.wall_seconds or 0.0 for one in outcomes),
        settings={
            "estimator": {"estimator": "surrogate"},
            "training": trainer.settings(),
            "runs a seed": len(runs[seeds[0]]),
        },
        diagnostics=tuple({"explained": with_null(one.explained)} for one in found),
    )
    save_estimate(estimate, folder / estimate_name("surrogate"))
    return estimate
