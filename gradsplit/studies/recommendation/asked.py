"""What a recommendation is asked for, checked before anything is trained."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError, argument
from gradsplit.studies.arguments import check_number, is_whole, the_seeds
from gradsplit.studies.comparison.method_choice import choose
from gradsplit.studies.recommendation.budget.inference_cost import InferenceCosts
from gradsplit.studies.recommendation.budget.limits import HOURS, TIMED, Limits, runs_of_hours
from gradsplit.studies.recommendation.candidate_source import Known
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.masked_methods import check_masked
from gradsplit.studies.recommendation.method_words import placed
from gradsplit.training.methods.wanted import Wanted, build

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from relations.plan import Cost

NETWORKS = 2
"""Most networks where nothing is said, and so many times the operations of one at inference."""

RACE_SEEDS = 8
"""Most seeds of the race; what follows is fresh."""


@dataclass(frozen=True)
class Asked:
    """What a recommendation is asked for.

    Attributes:
        racing: The seeds of the race.
        judging: Fresh seeds.
        limits: How many trainings there may be.
        inference: What may be computed at inference; one shared network costs 1.
        networks: Most networks.
        probed: Whether pairs are probed whatever the harm, as groupings were asked for.
        own: Candidates that somebody asked for.
        masked: Methods that somebody asked for which need a mask: that of the relations.
        cost: What runs cost, where it was measured.
    """

    racing: Sequence[int]
    judging: Sequence[int]
    limits: Limits
    inference: float
    networks: int
    probed: bool
    own: tuple[Configuration, ...] = ()
    masked: tuple[Wanted, ...] = ()
    cost: "Cost | None" = None

    def facts(self, threshold: float) -> dict[str, Any]:
        """What makes the same question again, as JSON has it."""
        own = [one.words or one.name for one in self.own]
        return {
            "runs": self.limits.most,
            "race_seeds": len(self.racing),
            "judge_seeds": len(self.judging),
            "networks": self.networks,
            "inference": self.inference,
            "pairs": self.probed,
            "methods": [*own, *(one.text for one in self.masked)],
            "threshold": threshold,
        }


def check_asked(
    taskset: "TaskSet",
    networks: int | None,
    inference: float | None,
    runs: int | None,
    hours: float | None,
    race_seeds: int,
    judge_seeds: int,
) -> None:
    """Refuse what cannot be done, before anything is trained.

    Raises:
        GradSplitError: The first problem.
    """
    check_number("race_seeds", race_seeds, 2)
    check_number("judge_seeds", judge_seeds, 2)
    if len(taskset.tasks) < 2:
        given = ", ".join(taskset.task_names) or "none"
        raise GradSplitError(f"Nothing is shared by less than two tasks; got {given}.")
    if taskset.judged_on_test:
        raise GradSplitError(
            "Scores of this task set are of its test data, and a recommendation is a choice: give "
            "the validation data, as judge=validation. The judgement takes test data by itself."
        )
    if runs is not None and hours is not None:
        raise GradSplitError(f"Give either {argument('runs')} or {argument('hours')}.")
    if runs is not None:
        check_number("runs", runs)
    if hours is not None and not 0 < hours < inf:
        raise GradSplitError(f"{argument('hours')} must be a number above 0, got {hours!r}.")
    if networks is not None:
        check_number("networks", networks)
    if inference is not None and not inference >= 1:
        raise GradSplitError(
            f"{argument('inference')} is what may be computed where one shared network costs 1, "
            "so it is 1 or "
            f"more, got {inference!r}."
        )


def asked_of(
    taskset: "TaskSet",
    *,
    networks: int | None,
    inference: float | None,
    runs: int | None,
    hours: float | None,
    methods: "Sequence[str | Method]",
    race_seeds: int,
    judge_seeds: int,
    workers: int | None,
    cost: "Callable[[], Cost | None]",
    loudness: bool = True,
) -> Asked:
    """What a recommendation is asked for, by the arguments of `gradsplit.recommend`.

    `loudness` is that of `Limits`. `cost` says what runs cost, and is asked once all else is sound;
    it gives None where that is not known, and then `runs` are needed.

    Raises:
        GradSplitError: An argument is not what it must be, or the trainings do not suffice.
    """
    own, masked = _own(choose(methods), taskset)
    tasks = len(taskset.tasks)
    racing = the_seeds(race_seeds, "race_seeds")
    judging = the_seeds(judge_seeds, "judge_seeds", first=race_seeds)
    limits = Limits(tasks, runs or 0, judge_seeds, loudness=loudness)
    if runs is not None:
        limits.check()
    measured = cost()
    if runs is None:
        if measured is None or 2 not in measured.seconds:
            raise GradSplitError(
                f"Give {argument('runs', limits.fewest)} or more: how long a run takes was not "
                "measured."
            )
        at_once = workers if is_whole(workers) else 1
        fitting = runs_of_hours(HOURS if hours is None else hours, measured, tasks, at_once)
        limits = replace(limits, most=fitting)
        limits.check()
    return Asked(
        racing,
        judging,
        limits,
        *_allowed(networks, inference),
        probed=bool(masked) or (networks is not None and networks > 1),
        own=own,
        masked=masked,
        cost=measured,
    )


def known_of(taskset: "TaskSet", folder: Path, asked: Asked) -> Known:
    """What is known before anything is trained.

    Args:
        taskset: What is trained.
        folder: Where files of candidates lie.
        asked: What is asked for.
    """
    from gradsplit.studies.recommendation.own_training.tasks import OwnTasks

    known = Known(
        InferenceCosts(taskset), folder, asked.inference, asked.networks, masked=asked.masked
    )
    if isinstance(taskset, OwnTasks):
        known.left_out.update(taskset.left_out())
    return known


def timed(taskset: "TaskSet", device: str) -> "Cost":
    """What runs cost, from a few steps."""
    from gradsplit.studies.probing import measured_cost

    return measured_cost(taskset, TIMED, device=device)


def _allowed(networks: int | None, inference: float | None) -> tuple[float, int]:
    """What may be computed at inference, and how many networks that is at most."""
    if inference is None:
        inference = float(NETWORKS if networks is None else networks)
    return inference, int(inference) if networks is None else networks


def _own(
    chosen: "Mapping[str, Wanted | Method]", taskset: "TaskSet"
) -> tuple[tuple[Configuration, ...], tuple[Wanted, ...]]:
    """Candidates that somebody asked for, and those that can only be built once a mask is known.

    Raises:
        GradSplitError: One cannot be built.
    """
    found, masked = [], []
    for name, method in chosen.items():
        if name == MULTI_HEAD:
            continue
        if isinstance(method, Wanted) and method.needs_mask and not method.brings_mask:
            check_masked(method, taskset.task_names)
            masked.append(method)
            continue
        built = build(method) if isinstance(method, Wanted) else method
        # With whole paths: what is recommended is read from another folder.
        words = placed(method.text, Path.cwd()) if isinstance(method, Wanted) else ""
        found.append(Configuration(name, f"one network by {name}", built, words))
    return tuple(found), tuple(masked)
