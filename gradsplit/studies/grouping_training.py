"""The networks of a grouping, each in a folder of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError
from gradsplit.launched import speaks
from gradsplit.studies.arguments import the_folder, the_taskset
from gradsplit.studies.grouping.small_networks import at_cost
from gradsplit.studies.trained_folder import write_grouped
from gradsplit.studies.training import trained

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.files.recommended_file import RecommendedTraining
    from gradsplit.training.checkpoint import Checkpoint
    from gradsplit.training.fit import Fitted
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from relations.grouping.grouping import Grouping


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
    sync_batch_norm: bool = False,
    progress: bool = True,
    checkpoint_minutes: float | None = None,
    log: str | Sequence[str] | None = None,
) -> "dict[str, Fitted]":
    """Train the networks of a grouping, each in a folder of its own: network-1, network-2, ...

    A network of another cost than 1 has another width, see `at_cost`. When it is ended, the same
    call goes on; networks that were finished are only scored again. Beside the folders stand
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
        sync_batch_norm: See `train`.
        progress: See `train`.
        checkpoint_minutes: See `train`.
        log: See `train`.

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
    from gradsplit.training.team.joined import joined

    taskset = the_taskset(taskset)
    if (grouping is None) == (recommended is None):
        raise GradSplitError("Give either a grouping, or a recommended one.")
    width = 1.0
    if recommended is not None:
        said = _several(recommended)
        taskset, grouping, method = said.taskset(taskset), said.grouping, said.method
        width = said.width
    grouping = _of_tasks(grouping, taskset)
    # Refused before training.
    sized = [(at_cost(taskset, one.cost), one) for one in grouping.choice.networks]
    folder, finished = the_folder(out), list["Checkpoint"]()
    with joined(device):
        fitted = [
            trained(
                of_size,
                finished,
                out=folder / f"network-{at}",
                tasks=network.tasks,
                method=method if len(network.tasks) > 1 else None,
                seed=seed,
                device=device,
                threads=threads,
                sync_batch_norm=sync_batch_norm,
                progress=progress,
                checkpoint_minutes=checkpoint_minutes,
                log=log,
                width=width * network.cost**0.5,
            )
            for at, (of_size, network) in enumerate(sized, start=1)
        ]
    served = {task: fitted[at] for task, at in grouping.serves.items()}
    if speaks():
        grouping.save(folder / "grouping.json")
        write_grouped(folder, served)
    for kept in finished:
        kept.remove()
    return served


def _several(recommended: "RecommendedTraining | str | Path") -> "RecommendedTraining":
    """What is recommended, if it is more networks than one."""
    from gradsplit.studies.recommendation.files.recommended_file import the_recommended

    said = the_recommended(recommended)
    if said.grouping is None:
        raise GradSplitError(f"`{said.name}` is one network: `train` trains it.")
    return said


def _of_tasks(grouping: "Grouping | str | Path | None", taskset: "TaskSet") -> "Grouping":
    """A grouping or what its file says, if it is of the tasks of a task set."""
    from relations.errors import GroupingError
    from relations.grouping.grouping import Grouping

    assert grouping is not None
    if not isinstance(grouping, Grouping):
        grouping = Grouping.load(grouping)
    if set(grouping.tasks) != set(taskset.task_names):
        raise GroupingError(
            f"The grouping is of the tasks {', '.join(grouping.tasks)}; `{taskset.name}` has "
            f"{', '.join(taskset.task_names)}."
        )
    return grouping
