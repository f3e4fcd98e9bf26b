"""Which way of sharing is best for tasks that a function of one's own trains."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.recommendation.asked import RACE_SEEDS
from gradsplit.studies.recommendation.own_training.function import Function
from gradsplit.studies.recommendation.own_training.recommend_own import recommend_own
from gradsplit.studies.recommendation.recommended import Recommended
from gradsplit.studies.variant_runs import Tell, unheard
from relations.tasks import as_tasks
from relations.watch.declared import Declared

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from relations.executors import Executor
    from relations.tasks import Task


def recommend_function(
    train: Callable[..., Mapping[str, float]],
    tasks: "Sequence[Task | str]",
    out: str | Path = "recommended",
    *,
    networks: int | None = None,
    inference: float | None = None,
    runs: int | None = None,
    hours: float | None = None,
    methods: "Sequence[str | Method]" = (),
    race_seeds: int = RACE_SEEDS,
    judge_seeds: int = 5,
    threshold: float = -0.01,
    executor: "str | Executor" = "in-process",
    workers: int | None = None,
    progress: bool = True,
    settings: Mapping[str, object] | None = None,
    depends: Sequence[str | Path] = (),
    accept_changed_code: bool = False,
    absolute: Mapping[str, float] | None = None,
    standardised: Mapping[str, float] | None = None,
    tell: Tell = unheard,
) -> Recommended:
    """What `recommend` does, for a training function of one's own, as `PairwiseProbe` takes it.

    The candidates are plain training, every task alone and groupings, whose networks are trained as
    runs of their tasks; where the function has a parameter `weights` tuned loss weights as well,
    and where it has `mask` masks of the relations. A grouping costs as much at inference as it has
    networks. Finished runs of a probe in the folder are used again.

    Args:
        train: `train(tasks, seed)` that gives a score for each task. `weights`, where it has that
            parameter, is task -> factor of its loss, of all tasks whichever a run trains; `mask` a
            `GradientMask` of all tasks. Both are left at their defaults for plain training. See
            `search_weights` for how far apart the search of them brings two tasks; what is further
            apart is to be brought to one size before.
        tasks: The tasks; a name alone stands for one whose metric is better higher.
        out: See `recommend`, as those below.
        networks: See there.
        inference: See there.
        runs: Most trainings of any kind.
        hours: How long it may take instead, where the folder holds finished runs to tell by.
        methods: More candidates; the function must be able to be told of them.
        race_seeds: See there.
        judge_seeds: See there.
        threshold: See there.
        executor: See there.
        workers: See there.
        progress: See there.
        settings: Anything beside the function's code that changes a score, as JSON values.
        depends: See there.
        accept_changed_code: See there.
        absolute: See there.
        standardised: See there.
        tell: See there.

    Returns:
        What was found; its `commands` are the calls that train it.

    Raises:
        GradSplitError: An argument is not what it must be, or the trainings do not suffice.
        RunFailedError: Single-task trainings failed, or plain ones of all tasks.

    Source: our choice, see `recommend`.
    Cost: at most `runs` trainings.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> def train(tasks, seed, weights=None):
        ...     loud = (weights or {}).get("loud", 1.0)
        ...     harm = 0.2 * loud if len(tasks) == 2 else 0.0
        ...     return {task: 0.8 - harm * (task == "quiet") + seed / 1e4 for task in tasks}
        >>> with TemporaryDirectory() as folder:
        ...     best = recommend_function(train, ["loud", "quiet"], folder, runs=60, inference=1,
        ...                               judge_seeds=3, progress=False)
        >>> best.config.name
        'tuned-weights'
    """
    return recommend_own(
        Function(train),
        as_tasks(tasks),
        out,
        limits={
            "networks": networks,
            "inference": inference,
            "runs": runs,
            "hours": hours,
            "race_seeds": race_seeds,
            "judge_seeds": judge_seeds,
        },
        methods=methods,
        threshold=threshold,
        executor=executor,
        workers=workers,
        progress=progress,
        declared=Declared(settings or {}, tuple(depends), accept_changed_code),
        absolute=absolute,
        standardised=standardised,
        tell=tell,
    )
