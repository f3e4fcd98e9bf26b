"""Trainings, from what users give: a task set or its name, a mask or its file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.arguments import check_seed, the_mask, the_method, the_names, the_taskset
from gradsplit.studies.unfinished_run import unfinished_run

if TYPE_CHECKING:
    import torch

    from gradsplit.errors import GradSplitError
    from gradsplit.training.checkpoint import Checkpoint
    from gradsplit.training.ensemble.vectorising import Runs
    from gradsplit.training.fit import Fitted
    from gradsplit.training.methods.method import Method
    from gradsplit.training.step import Observe, OnStep
    from gradsplit.training.taskset import TaskSet
    from gradsplit.training.team.team import Team
    from relations.mask import GradientMask


def fit(
    taskset: "TaskSet | str",
    tasks: str | Sequence[str],
    seed: int,
    *,
    mask: "GradientMask | str | Path | None" = None,
    modules: str | Sequence[str] | None = None,
    method: "Method | str | None" = None,
    device: "str | torch.device" = "cpu",
    on_step: "OnStep | None" = None,
    observe: "Observe | None" = None,
    watch: bool = False,
    checkpoint: "Checkpoint | str | Path | None" = None,
    team: "Team | None" = None,
) -> "Fitted":
    """Train one network for some tasks of a task set and score it on held-out data.

    What a training does, how far it can be repeated, and what it costs is said at
    `gradsplit.training.fit.fit`, which this calls.

    Args:
        taskset: A task set, or its name as the commands take it.
        tasks: Names of the tasks to train together, one or more.
        seed: Any whole number.
        mask: A gradient mask or its file; the split modules are then trained by GradSplit.
        modules: With a mask, the trunk's modules to split; the task set's own choice when None.
        method: Another way of training instead of a mask, an object or its words, such as
            "dropgrad:rate=0.5"; multi-head by default.
        device: Where to train.
        on_step: Called after every step, e.g. to show progress.
        observe: Called in every step between the gradients and the optimizer's move, to measure
            without taking part; see `gradsplit.Step`.
        watch: Score the tasks after half of the steps as well, and a constant answer, into `side`.
        checkpoint: A folder where the training is kept every five minutes, and goes on from to the
            same bits when it is called again after it was ended; its file is removed in the end.
        team: The processes that train it together; `gradsplit.train` finds them under torchrun.

    Raises:
        GradSplitError: An argument is not what it must be, or a loss is not finite.
        TaskError: A task is unknown or doubled.
        MaskError: The mask's file is unsound.
        MaskMismatchError: The mask lacks a task of the run.
        TaskSetError: The task set breaks its contract during the run.

    Example:
        >>> from gradsplit import load_taskset
        >>> fitted = fit(load_taskset("planted", {"steps": 3}), "quiet", seed=0)
        >>> list(fitted.scores), len(fitted.losses["quiet"])
        (['quiet'], 3)
    """
    from gradsplit.training import fit as training

    taskset, tasks = the_taskset(taskset), the_names(tasks, "tasks")
    check_seed(seed)
    how = {
        "mask": None if mask is None else the_mask(mask),
        "modules": None if modules is None else the_names(modules, "modules"),
        "method": None if method is None else the_method(method),
        "device": device,
    }
    own = isinstance(checkpoint, str | Path)
    kept = unfinished_run(Path(checkpoint), taskset, tasks, seed, **how) if own else checkpoint
    fitted = training.fit(
        taskset,
        tasks,
        seed,
        **how,
        on_step=on_step,
        observe=observe,
        watch=watch,
        checkpoint=kept,
        team=team,
    )
    if own and kept is not None:
        kept.remove()
    return fitted


def fit_ensemble(
    taskset: "TaskSet | str",
    runs: "Runs",
    *,
    method: "Method | str | None" = None,
    device: "str | torch.device" = "cpu",
) -> "list[Fitted | GradSplitError]":
    """Train many runs of a task set at once, as one vectorised program, and score each.

    Each run is that of `fit(taskset, tasks, seed)` up to rounding; what can be trained so, and what
    it costs, is said at `gradsplit.training.ensemble.fit_ensemble`, which this calls.

    Args:
        taskset: A task set, or its name as the commands take it.
        runs: (tasks, seed) of each run.
        method: A method that has a form for many runs, an object or its words, all of the same
            tasks; multi-head when None.
        device: Where to train.

    Returns:
        For each run what `fit` returns (its seconds: an equal share of all), or the error of a run
        whose loss was not finite; the others are not disturbed by it.

    Raises:
        TaskError: A task is unknown or doubled.
        GradSplitError: An argument is not what it must be, or the task set or the method cannot be
            vectorised; says why.

    Example:
        >>> from gradsplit import load_taskset
        >>> runs = [("loud", 0), (("loud", "quiet"), 0)]
        >>> trained = fit_ensemble(load_taskset("planted", {"steps": 2}), runs)
        >>> [list(fitted.scores) for fitted in trained]
        [['loud'], ['loud', 'quiet']]
    """
    from gradsplit.training import ensemble

    for _, seed in runs:
        check_seed(seed)
    return ensemble.fit_ensemble(
        the_taskset(taskset),
        [(the_names(tasks, "tasks"), seed) for tasks, seed in runs],
        method=None if method is None else the_method(method),
        device=device,
    )
