"""One training with what is kept of it in a folder: weights, scores, losses; unfinished too."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError
from gradsplit.studies.arguments import the_folder
from gradsplit.studies.fitting import fit
from gradsplit.studies.trained_folder import write_trained
from gradsplit.studies.unfinished_run import trainer_of, unfinished_run
from relations.running.unfinished import FOLDER
from relations.runs import Run

if TYPE_CHECKING:
    from torch import Tensor

    from gradsplit.training.checkpoint import Checkpoint
    from gradsplit.training.fit import Fitted
    from gradsplit.training.taskset import TaskSet
    from gradsplit.training.team.team import Team
    from gradsplit.training.trail import Trail


def kept_training(
    taskset: "TaskSet",
    tasks: tuple[str, ...],
    seed: int,
    how: Mapping[str, Any],
    team: "Team | None",
    trail: "Trail",
    out: str | Path,
    progress: bool,
    finished: "list[Checkpoint] | None" = None,
    width: float = 1.0,
) -> "Fitted":
    """One training, and its folder with weights, scores and losses.

    Args:
        taskset: See `fit`, as tasks and seed.
        tasks: See there.
        seed: See there.
        how: Mask, modules, method and device, see there.
        team: The processes that train together, of which this one leads; None of one alone.
        trail: What is recorded of it beside its scores.
        out: The folder.
        progress: Show steps and the time left, on stderr.
        finished: Takes the checkpoint of the whole training, for who removes it when others have
            ended too; it is removed at once when None.
        width: Factor by which the task set was widened, for the file of the network.

    Raises:
        GradSplitError: What was trained cannot be written.
    """
    # Made before training: a folder that cannot be written must not cost a training.
    folder = the_folder(out)
    processes = 1 if team is None else team.size
    kept = unfinished_run(folder / FOLDER, taskset, tasks, seed, trail, processes, **how)
    if kept is not None and finished is not None:
        kept.at_end = True
        finished.append(kept)
    fitted = _seen(folder, taskset, tasks, seed, {**how, "team": team}, kept, trail, progress)
    by = replace(trainer_of(taskset, trail, **how).trained_by(), width=width)
    try:
        write_trained(folder, fitted, by, Run(tasks, seed))
    except OSError as fault:  # a full disk says no place by itself
        here = kept is not None and kept.path.is_file()
        raise GradSplitError(
            f"What was trained cannot be written to `{folder}` ({fault}). When it can, the same "
            f"command {'goes on from what was last kept' if here else 'trains it again'}."
        ) from fault
    if kept is not None and finished is None:
        kept.remove()
    return fitted


def _seen(
    folder: Path,
    taskset: "TaskSet",
    tasks: tuple[str, ...],
    seed: int,
    how: Mapping[str, Any],
    kept: "Checkpoint | None",
    trail: "Trail",
    progress: bool,
) -> "Fitted":
    """One training with its bar and its loggers."""
    from gradsplit.training.loggers.run_logs import FOLDER as LOGS
    from gradsplit.training.loggers.run_logs import Logs
    from relations.running.progress import progress_bar

    logs = Logs(folder / LOGS, trail.loggers).of(Run(tasks, seed), taskset.recipe)
    with progress_bar(taskset.recipe.steps, "step", shown=progress) as bar, logs as told:

        def on_step(step: int, losses: "Mapping[str, Tensor]") -> None:
            bar.update(step - bar.n)
            told.on_step(step, losses)

        fitted = fit(taskset, tasks, seed, **how, on_step=on_step, checkpoint=kept)
        told.scores(fitted.scores | fitted.side)
    return fitted
