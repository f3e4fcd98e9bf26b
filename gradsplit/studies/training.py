"""One network for all tasks of a task set, with a mask, and its weights and scores in a folder."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.arguments import check_number, check_seed, the_folder, the_taskset
from gradsplit.studies.fitting import fit

if TYPE_CHECKING:
    from torch import Tensor

    from gradsplit.training.fit import Fitted
    from gradsplit.training.taskset import TaskSet
    from relations.mask import GradientMask


def train(
    taskset: "TaskSet | str",
    *,
    out: str | Path,
    mask: "GradientMask | str | Path | None" = None,
    seed: int = 0,
    modules: str | Sequence[str] = (),
    device: str = "cpu",
    threads: int = 1,
    progress: bool = True,
) -> "Fitted":
    """Train the shared network and keep it, as `gradsplit train` does.

    Args:
        taskset: A task set, or its name as the commands take it.
        out: Folder for weights.safetensors, scores.json and losses.json.
        mask: A mask or its file; without one the network is trained plainly (multi-head).
        seed: Seed of the initial weights and the data order.
        modules: The trunk's modules to split; the task set's own choice when not given.
        device: Where the network is trained.
        threads: CPU threads, from now on; small networks gain nothing from more.
        progress: Show the steps, if this is a terminal.

    Returns:
        The network, its scores and losses.

    Raises:
        GradSplitError: An argument is not what it must be.
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
    from tqdm import tqdm

    from gradsplit.training.device import check_device

    check_number("threads", threads)
    torch.set_num_threads(threads)
    taskset = the_taskset(taskset)
    check_seed(seed)
    check_device(device, here=True)
    # Made before training: a folder that cannot be written must not cost a training.
    folder = the_folder(out)
    shown = None if progress else True
    with tqdm(total=taskset.recipe.steps, unit="step", disable=shown) as bar:

        def on_step(step: int, losses: "Mapping[str, Tensor]") -> None:  # noqa: ARG001
            bar.update()

        fitted = fit(
            taskset,
            taskset.task_names,
            seed,
            mask=mask,
            modules=modules or None,
            device=device,
            on_step=on_step,
        )
    _write(folder, fitted)
    return fitted


def _write(folder: Path, fitted: "Fitted") -> None:
    """Weights without pickle, the rest as JSON."""
    from safetensors.torch import save_model

    save_model(fitted.network, str(folder / "weights.safetensors"))
    (folder / "scores.json").write_text(json.dumps(fitted.scores, indent=2) + "\n")
    (folder / "losses.json").write_text(json.dumps(fitted.losses) + "\n")
