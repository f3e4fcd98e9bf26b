"""Estimate the relations of a task set instead of probing them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.studies.arguments import the_folder, the_seeds, the_taskset, the_trail

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet
    from relations.estimates.estimate import Estimate
    from relations.executors import Executor


def estimate(
    taskset: "TaskSet | str",
    estimator: str,
    *,
    out: str | Path,
    estimate_seeds: int | Sequence[int] = 1,
    device: str = "cpu",
    executor: "str | Executor" = "in-process",
    workers: int | None = None,
    checkpoint_minutes: float | None = None,
    log: str | Sequence[str] | None = None,
    **options: Any,
) -> "Estimate":
    """Guess who helps and who harms whom from less than a probe; as `gradsplit probe --estimator`.

    What is measured is kept in `out`, `estimate-NAME.json`, seed by seed: call it again after a
    stop, or with more seeds, and only what is missing is measured.

    Args:
        taskset: A task set, or its name as the commands take it.
        estimator: "lookahead", "gradients", ...: see `gradsplit.estimator_names`.
        out: The folder of the estimate's file; a probe's may be used.
        estimate_seeds: How many seeds, or the seeds.
        device: Where networks are trained.
        executor: Where the runs of an estimator are trained that looks into no training.
        workers: How many of them at once.
        checkpoint_minutes: Of such runs; see `gradsplit.probe`.
        log: The same.
        options: The estimator's own, such as `every=20`.

    Raises:
        EstimateError: The folder holds an estimate that was made with other settings.
        GradSplitError: There is no such estimator, task set or option, or the training fails.

    Example:
        >>> import tempfile
        >>> from gradsplit import load_taskset
        >>> planted = load_taskset("planted", {"steps": 2})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     guess = estimate(planted, "gradients", out=folder)
        >>> guess.tasks, guess.symmetric
        (('loud', 'quiet', 'scarce', 'apart'), True)
    """
    from gradsplit.studies.estimates.registry import make_estimator
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.executors import executor_named

    seeds = the_seeds(estimate_seeds, "estimate_seeds")
    made = make_estimator(estimator, **options)
    trail = the_trail(checkpoint_minutes, log)
    trainer = TaskSetTrainer(the_taskset(taskset), device=device, trail=trail)
    return made.estimate(trainer, the_folder(out), seeds, executor_named(executor, workers))
