"""The probe of a task set, and what it costs."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.arguments import (
    check_number,
    the_folder,
    the_names,
    the_pairs,
    the_seeds,
    the_taskset,
    the_trail,
)

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet
    from relations.plan import Cost
    from relations.probe import PairwiseProbe
    from relations.seeds import Seeds


def probe(
    taskset: "TaskSet | str",
    *,
    out: str | Path,
    seeds: "int | str | Iterable[int] | Seeds" = 3,
    steps: int | None = None,
    device: str = "cpu",
    pairs: Iterable[tuple[str, str] | str] | None = None,
    variant: str = "",
    tasks: str | Sequence[str] = (),
    settings: Mapping[str, object] | None = None,
    depends: Iterable[str | Path] = (),
    accept_changed_code: bool = False,
    absolute: Mapping[str, float] | None = None,
    standardised: Mapping[str, float] | None = None,
    checkpoint_minutes: float | None = None,
    log: str | Sequence[str] | None = None,
    keep_networks: bool = False,
) -> "PairwiseProbe":
    """The probe of a task set, in the folder where `gradsplit probe` keeps it.

    Nothing is trained yet: `plan()` says what would be, `run()` trains what is missing.

    Args:
        taskset: A task set, or its name as the commands take it.
        out: The folder of the ledger; `run()` makes it.
        seeds: How many, or the seeds; "3..10" for more only where edges are undecided.
        steps: Optimizer steps of every run; the task set's own number when None.
        device: Where networks are trained.
        pairs: Only these pairs, such as those of `relations.triage`; all of them when None.
        variant: Name of these runs in the ledger, when they are not the probe's ordinary ones.
        tasks: Only these tasks of the task set, in its order; all when empty.
        settings: Anything beside the task set that changes a score, as JSON values.
        depends: Files or folders whose content changes a score.
        accept_changed_code: Take runs of other code from the ledger; see `PairwiseProbe`.
        absolute: Task -> threshold of a change in the metric's own unit; see `TaskSet.with_kinds`.
        standardised: The same of a change in units of the seeds' spread.
        checkpoint_minutes: Between two checkpoints of an unfinished run, 0 for none; where None,
            the environment variable `GRADSPLIT_CHECKPOINT_MINUTES` says it, else 5.
        log: Loggers that are told of runs while they train, such as "jsonl", one or several; where
            None, the environment variable `GRADSPLIT_LOG` names them. See docs/clusters.md.
        keep_networks: Keep the trained network of every run, a file each in the folder `networks`
            beside the ledger; `gradsplit.load_network` reads it.

    Raises:
        GradSplitError: An argument is not what it must be.
        TaskError: A task is not in the task set, or fewer than two are left.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     len(probe("planted", out=folder, seeds=2).plan().missing)
        20
    """
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.probe import PairwiseProbe
    from relations.seeds import Seeds, parse_seeds
    from relations.sources import LEDGER_NAME
    from relations.tasks import check_known, check_related, names

    taskset = the_taskset(taskset, steps).with_kinds(absolute, standardised)
    if isinstance(seeds, str) and ".." in seeds:
        seeds = parse_seeds(seeds)
    trail = the_trail(checkpoint_minutes, log, keep_networks=keep_networks)
    chosen = the_names(tasks, "tasks")
    check_known(chosen, taskset.task_names)
    probed = [task for task in taskset.measured_tasks if not chosen or task.name in chosen]
    check_related(names(probed), taskset.task_names)
    return PairwiseProbe(
        probed,
        TaskSetTrainer(taskset, device=device, trail=trail),
        seeds if isinstance(seeds, Seeds) else the_seeds(seeds),
        the_folder(out, make=False) / LEDGER_NAME,
        settings,
        variant=variant,
        pairs=None if pairs is None else the_pairs(pairs, "pairs"),
        depends=depends,
        accept_changed_code=accept_changed_code,
    )


def measured_cost(taskset: "TaskSet | str", measure: int = 5, *, device: str = "cpu") -> "Cost":
    """What runs of a task set cost, from a handful of steps, for `probe(...).plan(cost)`.

    Args:
        taskset: A task set, or its name as the commands take it.
        measure: Steps of each run that is measured.
        device: Where networks are trained.
    """
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.plan import Cost

    taskset = the_taskset(taskset)
    check_number("measure", measure)
    costs = TaskSetTrainer(taskset, device=device).measure(measure)
    return Cost(
        seconds={cost.tasks: cost.seconds for cost in costs},
        peak_memory_bytes=max(cost.peak_bytes for cost in costs),
        steps=costs[0].steps,
        measured_on=f"{measure} steps on {device}",
    )
