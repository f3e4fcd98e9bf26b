"""Which way of sharing is best for tasks that a program of one's own trains."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.recommendation.asked import RACE_SEEDS
from gradsplit.studies.recommendation.budget.cost import RecommendationCost
from gradsplit.studies.recommendation.budget.plan import recommendation_cost
from gradsplit.studies.recommendation.own_training.program import Program
from gradsplit.studies.recommendation.own_training.recommend_own import recommend_own
from gradsplit.studies.recommendation.own_training.tasks import OwnTasks
from gradsplit.studies.recommendation.recommended import Recommended
from gradsplit.studies.variant_runs import Tell, unheard
from relations.watch.declared import Declared

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from relations.executors import Executor
    from relations.plan import Cost
    from relations.tasks import Task


def recommend_program(
    command: str,
    tasks: "Sequence[Task]",
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
    time_limit: float | None = None,
    retries: int = 0,
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
    """What `recommend` does, for a training program of one's own.

    The candidates are plain training, every task alone and groupings, whose networks are trained as
    runs of their tasks; with `{weights}` in the command tuned loss weights as well, and with
    `{mask}` masks of the relations. A grouping costs as much at inference as it has networks.

    Args:
        command: The program, e.g. "python train.py --tasks {tasks} --seed {seed} --scores {out}".
            `{weights}` becomes "pose=0.3,reid=1", `{mask}` the path of a mask's file, both of all
            tasks whichever a run trains. See `search_weights` for how far apart the search of them
            brings two tasks; what is further apart is to be brought to one size before.
        tasks: The tasks.
        out: See `recommend`, as those below.
        networks: See there.
        inference: See there.
        runs: Most trainings of any kind.
        hours: How long it may take instead, where the folder holds finished runs to tell by.
        methods: More candidates; the program must be able to be told of them.
        race_seeds: See there.
        judge_seeds: See there.
        threshold: See there.
        time_limit: Seconds after which a run has failed.
        retries: How often a run that failed is started again.
        executor: See there.
        workers: See there.
        progress: See there.
        settings: Anything beside the command that changes a score, as JSON values.
        depends: See there.
        accept_changed_code: See there.
        absolute: See there.
        standardised: See there.
        tell: See there.

    Returns:
        What was found; its `commands` train it.

    Raises:
        GradSplitError: An argument is not what it must be, or the trainings do not suffice.
        RelationsError: The command is not sound.
        RunFailedError: Single-task trainings failed, or plain ones of all tasks.
    """
    return recommend_own(
        Program(command, time_limit=time_limit, retries=retries),
        tasks,
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


def program_cost(
    command: str, tasks: "Sequence[Task]", runs: int | None, cost: "Cost"
) -> RecommendationCost:
    """What `recommend_program` will train within so many trainings.

    Args:
        command: See there.
        tasks: See there.
        runs: See there; an hour's where None.
        cost: What runs cost; of no seconds where that is not known.

    Raises:
        GradSplitError: The trainings do not suffice, or it is not known what runs cost.
    """
    taskset = OwnTasks(tasks, Program(command))
    return recommendation_cost(taskset, runs=runs, cost=cost)
