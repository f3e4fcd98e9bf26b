"""One training with what is kept of it in a folder: weights, scores, losses; unfinished too."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.studies.arguments import the_folder
from gradsplit.studies.fitting import fit
from gradsplit.studies.unfinished_run import unfinished_run
from relations.running.unfinished import FOLDER
from relations.tables.json_text import json_value

if TYPE_CHECKING:
    from torch import Tensor

    from gradsplit.training.checkpoint import Checkpoint
    from gradsplit.training.fit import Fitted
    from gradsplit.training.taskset import TaskSet
    from gradsplit.training.team.team import Team

SIDE_SCORES = "side_scores.json"


def kept_training(
    taskset: "TaskSet",
    tasks: tuple[str, ...],
    seed: int,
    how: Mapping[str, Any],
    team: "Team | None",
    out: str | Path,
    progress: bool,
) -> "Fitted":
    """One training, and its folder with weights, scores and losses.

    Args:
        taskset: See `fit`, as tasks and seed.
        tasks: See there.
        seed: See there.
        how: Mask, modules, method and device, see there.
        team: The processes that train together, of which this one leads; None of one alone.
        out: The folder.
        progress: Show steps and the time left, on stderr.
    """
    # Made before training: a folder that cannot be written must not cost a training.
    folder = the_folder(out)
    processes = 1 if team is None else team.size
    kept = unfinished_run(folder / FOLDER, taskset, tasks, seed, **how, processes=processes)
    fitted = _seen(folder, taskset, tasks, seed, {**how, "team": team}, kept, progress)
    _write(folder, fitted)
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


def _write(folder: Path, fitted: "Fitted") -> None:
    """Weights without pickle, the rest as JSON."""
    from safetensors.torch import save_model

    save_model(fitted.network, str(folder / "weights.safetensors"))
    (folder / "scores.json").write_text(json.dumps(fitted.scores, indent=2) + "\n")
    (folder / "losses.json").write_text(json.dumps(fitted.losses) + "\n")
    write_side(folder, fitted.side)


def write_side(folder: Path, side: "Mapping[str, float]") -> None:
    """In a file of their own, so that whoever reads scores.json judges none of them.

    What is not known is null.
    """
    if side:
        known = {name: json_value(value) for name, value in side.items()}
        (folder / SIDE_SCORES).write_text(json.dumps(known, indent=2) + "\n")
