"""The search of loss weights as it was: each task's weight alone on a grid, all on every seed."""

import math
from collections.abc import Mapping, Sequence

from gradsplit.studies.comparison.method_runs import compare_methods
from gradsplit.studies.comparison.weight_search import SearchedWeights
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.training.methods.balancing.loss_weights import LossWeights

Tried = tuple[tuple[str, float], ...]
"""Loss weights in a form that can be looked up; a factor of 1 is the same as none."""

FACTORS = (0.1, 0.3, 3.0, 10.0)
"""Tried for each task's loss alone, the others at 1."""


def search_weights(place: VariantRuns, seeds: Sequence[int]) -> SearchedWeights:
    """The loss weights with the best `Comparison.gain` that a search finds on some seeds.

    First each task's weight is changed alone, `FACTORS` one by one. Then every task takes its own
    best factor, whole and at its square root: what helped alone may be too much together. The best
    of all that was tried is taken, equal weights among it.
    Source: our choice; a grid over T weights would cost more than the probe.
    Cost: at most 4 T + 3 joint runs a seed.

    Args:
        place: Where runs are trained and kept.
        seeds: Of every run; they should not be those of the comparison.

    Raises:
        RunFailedError: Trainings failed with all weights, or single-task ones did.
    """
    tasks = place.taskset.task_names
    alone = [{task: factor} for task in tasks for factor in FACTORS]
    gains = _gains(place, seeds, [{}, *alone])
    best = {
        task: max((1.0, *FACTORS), key=lambda factor, task=task: gains[_key({task: factor})])
        for task in tasks
    }
    together = [best, {task: math.sqrt(factor) for task, factor in best.items()}]
    new = [weights for weights in together if _key(weights) not in gains]
    gains |= _gains(place, seeds, new)
    if max(gains.values()) == -math.inf:
        compare_methods(place, {_name({}): LossWeights({})}, seeds)  # raises what went wrong
    weights = LossWeights(dict(max(gains, key=lambda key: gains[key])))
    return SearchedWeights(weights, len(gains), len(seeds) * len(gains), len(seeds) * len(tasks))


def _gains(
    place: VariantRuns, seeds: Sequence[int], candidates: Sequence[Mapping[str, float]]
) -> dict[Tried, float]:
    """Mean gain by loss weights; those that a training diverged with are the worst."""
    methods = {_name(weights): LossWeights(weights) for weights in candidates}
    if not methods:
        return {}
    compared = compare_methods(place, methods, seeds, drop_failed=True)
    means = {name: compared.gain(name) for name in compared.methods}
    return {_key(weights): means.get(_name(weights), -math.inf) for weights in candidates}


def _key(weights: Mapping[str, float]) -> Tried:
    return tuple(sorted((task, factor) for task, factor in weights.items() if factor != 1.0))


def _name(weights: Mapping[str, float]) -> str:
    listed = ",".join(f"{task}={factor:.3g}" for task, factor in _key(weights))
    return f"weights:{listed}" if listed else "multi-head"
