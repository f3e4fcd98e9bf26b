"""Runs whose networks are scored on other task sets too, and what follows from these scores."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.comparison import Comparison
from relations.change_kinds import RELATIVE
from relations.ledger.ledger import Ledger

if TYPE_CHECKING:
    from gradsplit.studies.comparison.other_sets import OtherSet, OtherSets
    from gradsplit.studies.variant_runs import RunPlace
    from gradsplit.training.methods.method import Method
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.runs import Outcome, Run, Trainer

Scores = dict[str, dict[int, dict[str, float]]]


def train_and_score(
    place: "RunPlace",
    trainers: "Mapping[str, Trainer]",
    runs: "Sequence[Run]",
    methods: "Mapping[str, Method | None]",
    also: "OtherSets",
) -> "list[Outcome]":
    """Train what the ledger does not hold yet; give all outcomes with their cross-dataset scores.

    A run that the ledger holds is scored by its kept network where it has no scores on a set.

    Args:
        place: Where runs are trained and kept.
        trainers: Variant -> trainer.
        runs: What to train.
        methods: Variant -> method.
        also: The other sets.

    Raises:
        GradSplitError: Finished runs have neither scores on a set nor a kept network; nothing is
            trained then.
    """
    also.check(_known(place, runs))
    asking = {variant: _asking(one, also) for variant, one in trainers.items()}
    outcomes = place.train(asking, runs)
    found = also.completed(outcomes, methods)
    with Ledger(place.ledger) as book:
        for run, side in found.items():
            book.note_side(run, side)
    return [replace(one, side={**one.side, **found.get(one.run, {})}) for one in outcomes]


def cross_comparisons(
    outcomes: "Sequence[Outcome]", names: Mapping[str, str], own: Comparison, also: "OtherSets"
) -> dict[str, Comparison]:
    """Other set -> the same methods compared by their scores on it; none of a set without tasks.

    A task is left out, and named, where a run has no score of it, or single-task training none
    above 0 where changes are relative.

    Args:
        outcomes: Of all runs, with cross-dataset scores among the side scores.
        names: Variant -> method.
        own: The comparison on the task set that was trained on.
        also: The other sets.
    """
    compared = {}
    for other in also.others:
        scores = _scores(outcomes, names, other)
        tasks = [task for task in other.tasks if _is_usable(scores, task, own)]
        lost = [task for task in other.tasks if task not in tasks]
        notes = [f"{task} is left out: not every run has a usable score." for task in lost]
        if tasks:
            compared[other.label] = Comparison(
                _of_tasks(scores, tasks),
                higher_is_better={task: own.rises(task) for task in tasks},
                kinds={task: kind for task, kind in own.kinds.items() if task in tasks},
                single=own.single,
                notes=[*other.notes, *notes],
            )
    return compared


def _asking(trainer: "Trainer", also: "OtherSets") -> "TaskSetTrainer":
    """A trainer that has the networks of its runs scored."""
    from gradsplit.training.trainer import TaskSetTrainer

    assert isinstance(trainer, TaskSetTrainer)  # programs of others have no network to score
    return replace(trainer, afterwards=also)


def _known(place: "RunPlace", runs: "Sequence[Run]") -> "list[Outcome]":
    """Those of the runs that the ledger holds."""
    if not place.ledger.is_file():
        return []
    with Ledger(place.ledger, read_only=True) as book:
        held = {
            outcome.run.identity: outcome
            for variant in {run.variant for run in runs}
            for outcome in book.outcomes(variant)
        }
    return [held[run.identity] for run in runs if run.identity in held]


def _scores(outcomes: "Sequence[Outcome]", names: Mapping[str, str], other: "OtherSet") -> Scores:
    """Method -> seed -> task -> score on a set; nan of what is not known, as of a diverged run."""
    scores: Scores = {}
    for one in outcomes:
        found = {
            task: one.side.get(other.key(task), np.nan)
            for task in one.run.tasks
            if task in other.tasks
        }
        scores.setdefault(names[one.run.variant], {}).setdefault(one.run.seed, {}).update(found)
    return scores


def _of_tasks(scores: Scores, tasks: Sequence[str]) -> Scores:
    return {
        method: {seed: {task: run[task] for task in tasks} for seed, run in runs.items()}
        for method, runs in scores.items()
    }


def _is_usable(scores: Scores, task: str, own: Comparison) -> bool:
    """Whether every run that did not diverge has a score of a task that it can be compared by."""
    least = 0 if own.kind(task).name == RELATIVE else -np.inf
    singles = [run[task] for run in scores[own.single].values()]
    others = [
        run[task]
        for method, runs in scores.items()
        for seed, run in runs.items()
        if method != own.single and seed not in own.diverged(method)
    ]
    return bool(np.isfinite([*singles, *others]).all() and (np.array(singles) > least).all())
