"""Which way of sharing is best for tasks that a training of one's own trains."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from gradsplit.studies.arguments import the_folder
from gradsplit.studies.news import News
from gradsplit.studies.recommendation.asked import asked_of, check_asked
from gradsplit.studies.recommendation.own_training.own_training import OwnTraining
from gradsplit.studies.recommendation.own_training.runs import OwnRuns
from gradsplit.studies.recommendation.own_training.tasks import OwnTasks
from gradsplit.studies.recommendation.recommend import raced
from gradsplit.studies.recommendation.recommended import Recommended
from gradsplit.studies.run_by_run import run_by_run
from gradsplit.studies.variant_runs import Tell
from relations.sources import LEDGER_NAME
from relations.statistics.corrections import check_levels
from relations.watch.declared import Declared

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from relations.executors import Executor
    from relations.tasks import Task


class LimitsAsked(TypedDict):
    """What a recommendation may take; see `recommend`."""

    networks: int | None
    inference: float | None
    runs: int | None
    hours: float | None
    race_seeds: int
    judge_seeds: int


def recommend_own(
    training: OwnTraining,
    tasks: "Sequence[Task]",
    out: str | Path,
    *,
    limits: LimitsAsked,
    methods: "Sequence[str | Method]",
    threshold: float,
    executor: "str | Executor",
    workers: int | None,
    progress: bool,
    declared: Declared,
    absolute: Mapping[str, float] | None,
    standardised: Mapping[str, float] | None,
    tell: Tell,
) -> Recommended:
    """What `recommend` does, for a training of one's own; see there for the arguments.

    Raises:
        GradSplitError: An argument is not what it must be, or the trainings do not suffice.
        RunFailedError: Single-task trainings failed, or plain ones of all tasks.
    """
    news = News(tell)
    check_levels(threshold, 0.95, "holm")
    folder, where = the_folder(out, make=False), run_by_run(executor, workers)
    taskset = OwnTasks(tasks, training).with_kinds(absolute, standardised)
    place = OwnRuns(
        taskset,
        folder / LEDGER_NAME,
        executor=where,
        progress=progress,
        tell=news,
        declared=declared,
        training=training,
    )
    check_asked(taskset, **limits)
    seeds = range(limits["race_seeds"])
    asked = asked_of(
        taskset,
        **limits,
        methods=methods,
        workers=workers,
        cost=lambda: place.probe(seeds).plan().cost,
        loudness=False,
    )
    folder.mkdir(parents=True, exist_ok=True)
    return raced(place, asked, threshold, news)
