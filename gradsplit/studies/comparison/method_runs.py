"""Joint runs of several methods on a task set, beside the single-task runs of the same seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.lost_runs import has_diverged
from gradsplit.studies.variant_runs import options_digest
from relations.change_kinds import RELATIVE

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from gradsplit.studies.comparison.other_sets import OtherSets
    from gradsplit.studies.variant_runs import RunPlace
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from relations.runs import Outcome, Run

SINGLE = "single"
"""The name of single-task training in a comparison."""


def compare_methods(
    place: "RunPlace",
    methods: Mapping[str, "Method"],
    seeds: Sequence[int],
    *,
    steps: int | None = None,
    costs: Mapping[str, Mapping[str, float]] | None = None,
    drop_failed: bool = False,
    alone: Sequence[int] | None = None,
    also: "OtherSets | None" = None,
) -> "Comparison":
    """Joint runs of each method beside single-task training, by the name given to each.

    Only what the ledger does not hold yet is trained; the single-task runs are the probe's. A joint
    run that diverges has no scores and counts as the worst, see `analysis.Comparison`. Single-task
    runs must not: without them there is nothing to hold a method against.

    Args:
        place: Where runs are trained and kept.
        methods: Name -> method. Other options, such as another mask, are other runs.
        seeds: Seeds of every method.
        steps: Another number of optimizer steps than the task set's, for all runs.
        costs: Name -> cost -> number, for the comparison's table.
        drop_failed: Leave a method out when one of its runs fails or diverges.
        alone: Seeds of the single-task runs, the methods' among them; just those when None.
        also: Other task sets that all networks are scored on too.

    Raises:
        RunFailedError: Single-task trainings failed or diverged, or without `drop_failed` others
            failed; all of them at once.
    """
    from gradsplit.studies.comparison.cross_dataset import cross_comparisons, train_and_score

    if steps is not None:
        place = replace(place, taskset=place.taskset.with_recipe(steps=steps))
    variants = {variant_of(name, method, steps): name for name, method in methods.items()}
    trainers = {_of_steps("", steps): place.trainer()}
    trainers |= {variant: place.trainer(methods[name]) for variant, name in variants.items()}
    runs = method_runs(place.taskset.task_names, methods, seeds, steps=steps, alone=alone)
    if also is None:
        outcomes = place.train(trainers, runs)
    else:
        by_variant = dict(zip(trainers, (None, *methods.values()), strict=True))
        outcomes = train_and_score(place, trainers, runs, by_variant, also)
    names = {_of_steps("", steps): SINGLE, **variants}
    outcomes = _without_failed(outcomes, names, place.ledger, drop_failed=drop_failed)
    comparison = _comparison(outcomes, names, place.taskset, costs or {})
    if also is None:
        return comparison
    return replace(comparison, cross=cross_comparisons(outcomes, names, comparison, also))


def _without_failed(
    outcomes: "Sequence[Outcome]", names: Mapping[str, str], ledger: Path, *, drop_failed: bool
) -> "list[Outcome]":
    """The outcomes that are compared; without those of methods that are dropped."""
    from relations.variants import refuse_failed

    lost = [
        outcome
        for outcome in outcomes
        if outcome.scores is None
        and (drop_failed or names[outcome.run.variant] == SINGLE or not has_diverged(outcome))
    ]
    failed = {names[outcome.run.variant] for outcome in lost}
    if not drop_failed or SINGLE in failed:
        refuse_failed(lost, "Methods cannot be compared while trainings fail", ledger)
    return [outcome for outcome in outcomes if names[outcome.run.variant] not in failed]


def _comparison(
    outcomes: "Sequence[Outcome]",
    names: Mapping[str, str],
    taskset: "TaskSet",
    costs: Mapping[str, Mapping[str, float]],
) -> "Comparison":
    """The methods of outcomes, by their judged scores and side scores."""
    from analysis.comparison.comparison import Comparison
    from relations.side_scores import of_metrics

    there = {outcome.run.variant for outcome in outcomes}
    kept = [name for variant, name in names.items() if variant in there]
    scores: dict[str, dict[int, dict[str, float]]] = {name: {} for name in kept}
    side: dict[str, dict[int, dict[str, float]]] = {name: {} for name in kept}
    for outcome in outcomes:
        beside = side[names[outcome.run.variant]].setdefault(outcome.run.seed, {})
        beside.update(of_metrics(outcome.side))
        of_method = scores[names[outcome.run.variant]]
        worst = dict.fromkeys(outcome.run.tasks, float("nan"))
        of_method.setdefault(outcome.run.seed, {}).update(outcome.scores or worst)
    tasks = taskset.measured_tasks
    higher = {task.name: task.higher_is_better for task in tasks}
    kinds = {task.name: task.kind for task in tasks if task.change != RELATIVE}
    return Comparison(scores, higher_is_better=higher, costs=costs, kinds=kinds, side=side)


def method_runs(
    tasks: tuple[str, ...],
    methods: Mapping[str, "Method"],
    seeds: Sequence[int],
    *,
    steps: int | None = None,
    alone: Sequence[int] | None = None,
) -> "list[Run]":
    """All runs of a comparison, trained or not: seed by seed, single-task runs first."""
    from relations.runs import Run

    single = _of_steps("", steps)
    variants = [variant_of(name, method, steps) for name, method in methods.items()]
    runs = [Run((task,), seed, single) for seed in alone or seeds for task in tasks]
    return runs + [Run(tasks, seed, variant) for seed in seeds for variant in variants]


def variant_of(name: str, method: "Method", steps: int | None = None) -> str:
    """A method's runs in the ledger: other options, such as another mask, are other runs."""
    return _of_steps(f"{name} #{options_digest(method)}", steps)


def _of_steps(variant: str, steps: int | None) -> str:
    return variant if steps is None else f"{variant} steps={steps}".strip()
