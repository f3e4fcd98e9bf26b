"""Networks for all tasks of a task set, by a mask or a grouping; weights and scores in a folder."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError
from gradsplit.studies.arguments import (
    check_number,
    check_seed,
    the_folder,
    the_mask,
    the_method,
    the_names,
    the_taskset,
)
from gradsplit.studies.fitting import fit
from gradsplit.studies.grouping.small_networks import at_cost
from gradsplit.studies.unfinished_run import unfinished_run
from relations.running.unfinished import FOLDER
from relations.side_scores import parted
from relations.tables.json_text import json_value

SIDE_SCORES = "side_scores.json"

if TYPE_CHECKING:
    from torch import Tensor

    from gradsplit.studies.recommendation.recommended_file import RecommendedTraining
    from gradsplit.training.checkpoint import Checkpoint
    from gradsplit.training.fit import Fitted
    from gradsplit.training.methods.method import Method
    from gradsplit.training.network_file import TrainedAs
    from gradsplit.training.taskset import TaskSet
    from relations.grouping.grouping import Grouping
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
    progress: bool = True,
) -> "Fitted":
    """Train the shared network and keep it, as `gradsplit train` does.

    When it is ended, by SIGTERM or otherwise, the same call goes on from what was kept, at least
    every five minutes, in the folder `unfinished` of `out`; see docs/clusters.md.

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
        device: Where the network is trained.
        threads: CPU threads, from now on; small networks gain nothing from more.
        progress: Show steps and the time left, on stderr: a bar, or a line a minute where it is no
            terminal.

    Returns:
        The network, its scores and losses.

    Raises:
        GradSplitError: An argument is not what it must be, or a method and a mask are given.
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
    import torch

    from gradsplit.training.device import check_device
    from gradsplit.training.network_file import TrainedAs

    check_number("threads", threads)
    torch.set_num_threads(threads)
    taskset = the_taskset(taskset)
    check_seed(seed)
    if recommended is not None:
        said = _recommended_alone(recommended, mask, modules, method)
        taskset, method = said.taskset(taskset), said.method
    if method is not None and (mask is not None or modules):
        raise GradSplitError(
            "A method has its mask and modules among its own options, such as "
            "gradsplit:mask=mask.json,modules=layer4: give either a method or a mask."
        )
    check_device(device, here=True)
    how: dict[str, Any] = {
        "mask": None if mask is None else the_mask(mask),
        "modules": the_names(modules, "modules") if modules else None,
        "method": None if method is None else the_method(method),
        "device": device,
    }
    chosen = taskset.task_names if tasks is None else the_names(tasks, "tasks")
    # Made before training: a folder that cannot be written must not cost a training.
    folder = the_folder(out)
    kept = unfinished_run(folder / FOLDER, taskset, chosen, seed, **how)
    fitted = _seen(folder, taskset, chosen, seed, how, kept, progress)
    words = method if isinstance(method, str) else None
    trained_as = TrainedAs.of(fitted.network, taskset, seed, how["method"], words)
    _write(folder, fitted, trained_as)
    if kept is not None:
        kept.remove()
    return fitted


def _seen(
    folder: Path,
    taskset: "TaskSet",
    tasks: tuple[str, ...],
    seed: int,
    how: Mapping[str, Any],
    kept: "Checkpoint | None",
    progress: bool,
) -> "Fitted":
    """One training with its bar and its loggers."""
    from gradsplit.training.loggers.logger import asked_loggers
    from gradsplit.training.loggers.run_logs import FOLDER as LOGS
    from gradsplit.training.loggers.run_logs import Logs
    from relations.running.progress import progress_bar
    from relations.runs import Run

    logs = Logs(folder / LOGS, asked_loggers()).of(Run(tasks, seed), taskset.recipe)
    with progress_bar(taskset.recipe.steps, "step", shown=progress) as bar, logs as told:

        def on_step(step: int, losses: "Mapping[str, Tensor]") -> None:
            bar.update(step - bar.n)
            told.on_step(step, losses)

        fitted = fit(taskset, tasks, seed, **how, on_step=on_step, checkpoint=kept)
        told.scores(fitted.scores | fitted.side)
    return fitted


def train_grouping(
    taskset: "TaskSet | str",
    grouping: "Grouping | str | Path | None" = None,
    *,
    out: str | Path,
    method: "Method | str | None" = None,
    recommended: "RecommendedTraining | str | Path | None" = None,
    seed: int = 0,
    device: str = "cpu",
    threads: int = 1,
    progress: bool = True,
) -> "dict[str, Fitted]":
    """Train the networks of a grouping, each in a folder of its own: network-1, network-2, ...

    A network of another cost than 1 has another width, see `at_cost`. Beside the folders stand
    grouping.json and scores.json, each task's score by the network that serves it; and
    side_scores.json of the same networks, where the task set gives side scores.

    Args:
        taskset: A task set, or its name as the commands take it.
        grouping: A grouping or its file.
        out: Folder for the networks.
        method: How each network of two tasks or more is trained, as in `train`; plainly when None.
        recommended: Instead of grouping and method, the file recommended.toml of a recommended
            grouping, or what `read_recommended` read of it.
        seed: Seed of the initial weights and the data order.
        device: Where networks are trained.
        threads: See `train`.
        progress: See `train`.

    Returns:
        Task -> the network that serves it, with its scores and losses.

    Raises:
        GradSplitError: An argument is not what it must be.
        GroupingError: The file is no grouping, or of other tasks than the task set's.

    Example:
        >>> import tempfile
        >>> from gradsplit import load_taskset
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     mine = Path(folder, "mine.json")
        ...     _ = mine.write_text('{"groups": [["loud"], ["quiet", "scarce", "apart"]]}')
        ...     taskset = load_taskset("planted", {"steps": 2})
        ...     served = train_grouping(taskset, mine, out=folder, progress=False)
        ...     sorted(served["quiet"].scores)
        ['apart', 'quiet', 'scarce']
    """
    from gradsplit.studies.recommendation.recommended_file import the_recommended
    from relations.grouping.grouping import Grouping

    taskset = the_taskset(taskset)
    if (grouping is None) == (recommended is None):
        raise GradSplitError("Give either a grouping, or a recommended one.")
    if recommended is not None:
        said = the_recommended(recommended)
        if said.grouping is None:
            raise GradSplitError(f"`{said.name}` is one network: `train` trains it.")
        taskset, grouping, method = said.taskset(taskset), said.grouping, said.method
    assert grouping is not None
    if not isinstance(grouping, Grouping):
        grouping = Grouping.load(grouping)
    _check_tasks(taskset, grouping)
    networks = grouping.choice.networks
    sized = [at_cost(taskset, network.cost) for network in networks]  # refused before training
    folder = the_folder(out)
    fitted = [
        train(
            of_size,
            out=folder / f"network-{at}",
            tasks=network.tasks,
            method=method if len(network.tasks) > 1 else None,
            seed=seed,
            device=device,
            threads=threads,
            progress=progress,
        )
        for at, (of_size, network) in enumerate(zip(sized, networks, strict=True), start=1)
    ]
    served = {task: fitted[at] for task, at in grouping.serves.items()}
    grouping.save(folder / "grouping.json")
    scores = {task: network.scores[task] for task, network in served.items()}
    (folder / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
    _write_side(folder, _of_served(served))
    return served


def _of_served(served: "Mapping[str, Fitted]") -> dict[str, float]:
    """Each task's side scores by the network that serves it."""
    return {
        name: value
        for task, fitted in served.items()
        for name, value in fitted.side.items()
        if (own := parted(name, tuple(fitted.scores))) and own[0] == task
    }


def _recommended_alone(
    given: "RecommendedTraining | str | Path", *others: object
) -> "RecommendedTraining":
    """A recommendation of one network, beside which nothing else says how to train."""
    from gradsplit.studies.recommendation.recommended_file import the_recommended

    said = the_recommended(given)
    if said.grouping is not None or any(others):
        raise GradSplitError(
            "A recommendation says itself how to train: leave mask, modules and method out, and "
            "train a recommended grouping by `train_grouping(..., recommended=...)`."
        )
    return said


def _check_tasks(taskset: "TaskSet", grouping: "Grouping") -> None:
    from relations.errors import GroupingError

    if set(grouping.tasks) != set(taskset.task_names):
        raise GroupingError(
            f"The grouping is of the tasks {', '.join(grouping.tasks)}; `{taskset.name}` has "
            f"{', '.join(taskset.task_names)}."
        )


def _write(folder: Path, fitted: "Fitted", trained_as: "TrainedAs") -> None:
    """Weights without pickle, the rest as JSON."""
    from gradsplit.training.network_file import WEIGHTS, save_network

    save_network(fitted.network, folder / WEIGHTS, trained_as)
    (folder / "scores.json").write_text(json.dumps(fitted.scores, indent=2) + "\n")
    (folder / "losses.json").write_text(json.dumps(fitted.losses) + "\n")
    _write_side(folder, fitted.side)


def _write_side(folder: Path, side: "Mapping[str, float]") -> None:
    """In a file of their own, so that whoever reads scores.json judges none of them.

    What is not known is null.
    """
    if side:
        known = {name: json_value(value) for name, value in side.items()}
        (folder / SIDE_SCORES).write_text(json.dumps(known, indent=2) + "\n")
