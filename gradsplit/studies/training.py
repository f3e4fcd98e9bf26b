"""One network for tasks of a task set, plainly, by a mask or a method; all of it in a folder."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError
from gradsplit.studies.arguments import (
    check_number,
    check_seed,
    the_mask,
    the_method,
    the_names,
    the_taskset,
    the_trail,
)
from gradsplit.studies.fitting import fit
from gradsplit.studies.kept_training import kept_training

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.files.recommended_file import RecommendedTraining
    from gradsplit.training.checkpoint import Checkpoint
    from gradsplit.training.fit import Fitted
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from relations.mask import GradientMask


def train(
    taskset: "TaskSet | str",
    *,
    out: str | Path,
    mask: "GradientMask | str | Path | None" = None,
    tasks: Sequence[str] | None = None,
    method: "Method | str | None" = None,
    recommended: "RecommendedTraining | str | Path | None" = None,
    seed: int = 0,
    modules: str | Sequence[str] = (),
    device: str = "cpu",
    threads: int = 1,
    sync_batch_norm: bool = False,
    progress: bool = True,
    checkpoint_minutes: float | None = None,
    log: str | Sequence[str] | None = None,
) -> "Fitted":
    """Train the shared network and keep it, as `gradsplit train` does.

    `gradsplit.load_network(out)` gives it again. In processes that torchrun has started it is one
    training of all of them, each with a part of every batch; the first alone writes. When it is
    ended, by SIGTERM or otherwise, the same call goes on from what was kept, at least every five
    minutes, in the folder `unfinished` of `out`; see docs/clusters.md.

    Args:
        taskset: A task set, or its name as the commands take it.
        out: Folder for weights.safetensors, scores.json and losses.json; and for side_scores.json
            where the task set gives side scores.
        mask: A mask or its file; without one the network is trained plainly (multi-head).
        tasks: Only these tasks; all of the task set when None.
        method: Another way of training, an object or its words as in a comparison, such as
            "db-mtl" or "gradsplit:mask=mask.json,balance=db-mtl"; not beside a mask or modules.
        recommended: The file recommended.toml that `recommend` has written, or what
            `read_recommended` read of it, of one network; that of several is for `train_grouping`.
        seed: Seed of the initial weights and the data order.
        modules: The trunk's modules to split; the task set's own choice when not given.
        device: Where the network is trained; with torchrun "cuda" is a GPU a process.
        threads: CPU threads, from now on; small networks gain nothing from more.
        sync_batch_norm: With torchrun, BatchNorm over the whole batch and not refused; on GPUs.
        progress: Show steps and the time left, on stderr: a bar, or a line a minute where it is no
            terminal.
        checkpoint_minutes: Between two checkpoints, 0 for none; where None, the environment
            variable `GRADSPLIT_CHECKPOINT_MINUTES` says it, else 5.
        log: Loggers that are told of the training, such as "jsonl", one or several; where None, the
            environment variable `GRADSPLIT_LOG` names them. See docs/clusters.md.

    Returns:
        The network, its scores and losses.

    Raises:
        GradSplitError: An argument is not what it must be, a method and a mask are given, or
            several processes would not come to the result of one.
        OtherProcessFailedError: With torchrun: another process has failed.
        MaskMismatchError: The mask is for other tasks.
        ModuleNameError: A module does not exist.

    Example:
        >>> import tempfile
        >>> from gradsplit import load_taskset
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     trained = train(load_taskset("planted", {"steps": 2}), out=folder)
        ...     sorted(path.name for path in Path(folder).iterdir())
        ['losses.json', 'scores.json', 'weights.safetensors']
    """
    return trained(
        taskset,
        None,
        out=out,
        mask=mask,
        tasks=tasks,
        method=method,
        recommended=recommended,
        seed=seed,
        modules=modules,
        device=device,
        threads=threads,
        sync_batch_norm=sync_batch_norm,
        progress=progress,
        checkpoint_minutes=checkpoint_minutes,
        log=log,
    )


def trained(
    taskset: "TaskSet | str",
    finished: "list[Checkpoint] | None",
    *,
    out: str | Path,
    tasks: Sequence[str] | None,
    method: "Method | str | None",
    seed: int,
    device: str,
    threads: int,
    sync_batch_norm: bool,
    progress: bool,
    checkpoint_minutes: float | None,
    log: str | Sequence[str] | None,
    mask: "GradientMask | str | Path | None" = None,
    recommended: "RecommendedTraining | str | Path | None" = None,
    modules: str | Sequence[str] = (),
    width: float = 1.0,
) -> "Fitted":
    """See `train`; `finished` and `width` as in `kept_training`."""
    import torch

    from gradsplit.training.device import check_device
    from gradsplit.training.team.joined import joined

    check_number("threads", threads)
    torch.set_num_threads(threads)
    taskset = the_taskset(taskset)
    check_seed(seed)
    if recommended is not None:
        said = _recommended_alone(recommended, mask, modules, method)
        taskset, method, width = said.taskset(taskset), said.method, said.width
    if method is not None and (mask is not None or modules):
        raise GradSplitError(
            "A method has its mask and modules among its own options, such as "
            "gradsplit:mask=mask.json,modules=layer4: give either a method or a mask."
        )
    check_device(device, here=True)
    trail = the_trail(checkpoint_minutes, log)
    how: dict[str, Any] = {
        "mask": None if mask is None else the_mask(mask),
        "modules": the_names(modules, "modules") if modules else None,
        "method": None if method is None else the_method(method),
        "device": device,
    }
    chosen = taskset.task_names if tasks is None else the_names(tasks, "tasks")
    with joined(device) as team:
        if team is not None:
            how |= {"device": str(team.device)}
            team = replace(team, sync_batch_norm=sync_batch_norm)
        if team is not None and not team.leads:
            return fit(taskset, chosen, seed, **how, team=team)
        return kept_training(
            taskset, chosen, seed, how, team, trail, out, progress, finished, width
        )


def _recommended_alone(
    given: "RecommendedTraining | str | Path", *others: object
) -> "RecommendedTraining":
    """A recommendation of one network, beside which nothing else says how to train."""
    from gradsplit.studies.recommendation.files.recommended_file import the_recommended

    said = the_recommended(given)
    if said.grouping is not None or any(others):
        raise GradSplitError(
            "A recommendation says itself how to train: leave mask, modules and method out, and "
            "train a recommended grouping by `train_grouping(..., recommended=...)`."
        )
    return said
