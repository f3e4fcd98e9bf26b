"""The checkpoint of a training that is no run of a ledger."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradsplit.training.checkpoint import Checkpoint
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from relations.mask import GradientMask


def unfinished_run(
    folder: Path,
    taskset: "TaskSet",
    tasks: Sequence[str],
    seed: int,
    *,
    mask: "GradientMask | None" = None,
    modules: Sequence[str] | None = None,
    method: "Method | None" = None,
    device: str = "cpu",
    processes: int = 1,
) -> "Checkpoint | None":
    """Where a training is kept until it is finished; None where that is switched off.

    Args:
        folder: Of all unfinished trainings.
        taskset: See `fit`, as those below.
        tasks: See there.
        seed: See there.
        mask: See there.
        modules: See there.
        method: See there.
        device: See there.
        processes: How many train it together.

    Raises:
        GradSplitError: The environment variable for how often is no number.
    """
    import torch

    from gradsplit.training.methods.masked.gradsplit import MaskedTraining
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.running.unfinished import code_behind

    if mask is not None:
        method = MaskedTraining(mask, None if modules is None else tuple(modules))
    threads = torch.get_num_threads()
    trainer = TaskSetTrainer(taskset, str(device), method, threads)
    kept = trainer.keeping(folder, code_behind(trainer)).checkpoints
    return None if kept is None else replace(kept, processes=processes).of(tasks, seed)
