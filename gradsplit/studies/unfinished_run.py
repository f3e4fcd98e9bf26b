"""The checkpoint of a training that is no run of a ledger."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.training.trail import NO_TRAIL, Trail

if TYPE_CHECKING:
    from gradsplit.training.checkpoint import Checkpoint
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.mask import GradientMask


def unfinished_run(
    folder: Path,
    taskset: "TaskSet",
    tasks: Sequence[str],
    seed: int,
    trail: Trail = NO_TRAIL,
    processes: int = 1,
    **how: Any,
) -> "Checkpoint | None":
    """Where a training is kept until it is finished; None where that is switched off.

    Args:
        folder: Of all unfinished trainings.
        taskset: See `fit`, as those below.
        tasks: See there.
        seed: See there.
        trail: How often it is kept.
        processes: How many train it together.
        how: See `trainer_of`.

    Raises:
        GradSplitError: The environment variable for how often is no number.
    """
    from relations.running.unfinished import code_behind

    trainer = trainer_of(taskset, trail, **how)
    kept = trainer.keeping(folder, code_behind(trainer)).checkpoints
    return None if kept is None else replace(kept, processes=processes).of(tasks, seed)


def trainer_of(
    taskset: "TaskSet",
    trail: Trail,
    *,
    mask: "GradientMask | None" = None,
    modules: Sequence[str] | None = None,
    method: "Method | None" = None,
    device: str = "cpu",
) -> "TaskSetTrainer":
    """What trains as `fit` does with these arguments, by this process's threads.

    Args:
        taskset: See `fit`, as those below.
        trail: What is recorded beside the scores.
        mask: See `fit`.
        modules: See there.
        method: See there.
        device: See there.
    """
    import torch

    from gradsplit.training.methods.masked.gradsplit import MaskedTraining
    from gradsplit.training.trainer import TaskSetTrainer

    if mask is not None:
        method = MaskedTraining(mask, None if modules is None else tuple(modules))
    return TaskSetTrainer(taskset, str(device), method, torch.get_num_threads(), trail)
