"""One training, from what users give: a task set or its name, a mask or its file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.arguments import check_seed, the_mask, the_method, the_names, the_taskset

if TYPE_CHECKING:
    import torch

    from gradsplit.training.fit import Fitted
    from gradsplit.training.methods.method import Method
    from gradsplit.training.step import Observe, OnStep
    from gradsplit.training.taskset import TaskSet
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

    taskset = the_taskset(taskset)
    check_seed(seed)
    return training.fit(
        taskset,
        the_names(tasks, "tasks"),
        seed,
        mask=None if mask is None else the_mask(mask),
        modules=None if modules is None else the_names(modules, "modules"),
        method=None if method is None else the_method(method),
        device=device,
        on_step=on_step,
        observe=observe,
    )
