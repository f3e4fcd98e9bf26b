"""What a recommendation will train, before anything is spent."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from gradsplit.studies.arguments import the_taskset
from gradsplit.studies.recommendation.asked import (
    RACE_SEEDS,
    Asked,
    asked_of,
    check_asked,
    known_of,
    timed,
)
from gradsplit.studies.recommendation.budget.cost import RecommendationCost, trainings_of
from gradsplit.studies.recommendation.budget.entrance import admitted
from gradsplit.studies.recommendation.candidate_source import Known, candidates
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.racing.contest import TUNED
from gradsplit.studies.recommendation.racing.race import FIRST

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from relations.plan import Cost


def planned(known: Known, asked: Asked) -> RecommendationCost:
    """What a recommendation will train; nothing is trained, and nothing of `known` is changed.

    Args:
        known: As it is before the race.
        asked: What is asked for.
    """
    return replace(
        _planned(known, asked),
        searched_from=_enough(known, asked, lambda plan: plan.search_lacks),
        probed_from=_enough(known, asked, lambda plan: plan.probe_lacks),
    )


def _enough(known: Known, asked: Asked, lacks: Callable[[RecommendationCost], int]) -> int:
    """The fewest trainings, those asked for or more, in which something lacks nothing.

    With more trainings more candidates enter, too, so it is looked at again.
    """
    most = asked.limits.most
    while more := lacks(_planned(known, replace(asked, limits=replace(asked.limits, most=most)))):
        most += more
    return most


def _planned(known: Known, asked: Asked) -> RecommendationCost:
    """The same, but for what it lacks."""
    known = replace(known, left_out=dict(known.left_out))
    limits, tasks = asked.limits, known.taskset.task_names
    plain = [Configuration(MULTI_HEAD, "one shared network plainly"), *asked.own]
    room = limits.for_race - FIRST * len(tasks)
    at_once = admitted([*plain, *candidates("at once", known)], known, limits, room, FIRST)
    room -= FIRST * trainings_of(at_once)
    room -= limits.search if TUNED not in known.left_out and limits.has_search(room) else 0
    # Any balancing will do: what goes on top of the best one is as much.
    balancing = next((one.words for one in at_once if one.is_balancing), "")
    above = replace(known, balance=balancing)
    on_top = candidates("on the best balancing", above) if balancing else []
    on_balancing = admitted(on_top, replace(known, left_out={}), limits, room, FIRST)
    return RecommendationCost(
        tasks,
        limits,
        len(asked.racing),
        at_once,
        on_balancing,
        known.left_out,
        asked.probed,
        asked.cost,
    )


def recommendation_cost(
    taskset: "TaskSet | str",
    *,
    networks: int | None = None,
    inference: float | None = None,
    runs: int | None = None,
    hours: float | None = None,
    methods: "Sequence[str | Method]" = (),
    race_seeds: int = RACE_SEEDS,
    judge_seeds: int = 5,
    workers: int | None = None,
    device: str = "cpu",
    cost: "Cost | None" = None,
) -> RecommendationCost:
    """What `recommend` will train with the same arguments, and how long that may take.

    Args:
        taskset: A task set, or its name as the commands take it.
        networks: See `recommend`, as those below.
        inference: See there.
        runs: See there.
        hours: See there.
        methods: See there.
        race_seeds: See there.
        judge_seeds: See there.
        workers: See there.
        device: See there.
        cost: What runs cost, when it was measured; otherwise a few steps are timed.

    Raises:
        GradSplitError: An argument is not what it must be, or the trainings do not suffice.

    Example:
        >>> from relations.plan import Cost
        >>> plan = recommendation_cost("planted", runs=80, cost=Cost({1: 5.0, 2: 10.0}))
        >>> plan.runs, plan.stages[0].what, plan.stages[0].runs
        (80, 'every task alone', 8)
    """
    loaded = the_taskset(taskset)
    check_asked(loaded, networks, inference, runs, hours, race_seeds, judge_seeds)
    asked = asked_of(
        loaded,
        networks=networks,
        inference=inference,
        runs=runs,
        hours=hours,
        methods=methods,
        race_seeds=race_seeds,
        judge_seeds=judge_seeds,
        workers=workers,
        cost=lambda: cost or timed(loaded, device),
    )
    with TemporaryDirectory() as folder:  # where sources may lay files of candidates
        return planned(known_of(loaded, Path(folder), asked), asked)
