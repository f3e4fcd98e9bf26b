"""Loss weights for multi-head training, found by search on seeds that are not compared."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradsplit.studies.variant_runs import VariantRuns
    from gradsplit.training.methods.loss_weights import LossWeights

FACTORS = (0.1, 0.3, 3.0, 10.0)
"""Tried for each task's loss alone, the others at 1."""


def search_weights(place: "VariantRuns", seeds: Sequence[int]) -> "LossWeights":
    """The loss weights with the best mean delta_m that a search finds on some seeds.

    First each task's weight is changed alone, `FACTORS` one by one. Then every task takes its own
    best factor, whole and at its square root: what helped alone may be too much together. The best
    of all that was tried is taken, equal weights among it.
    Source: our choice; a grid over T weights would cost more than the probe.
    Cost: 4 T + 3 joint runs a seed.

    Args:
        place: Where runs are trained and kept.
        seeds: Of every run; they should not be those of the comparison.
    """
    from gradsplit.training.methods.loss_weights import LossWeights

    tasks = place.taskset.task_names
    alone = {(task, factor): {task: factor} for task in tasks for factor in FACTORS}
    gains = _gains(place, seeds, [{}, *alone.values()])
    best = {
        task: max((1.0, *FACTORS), key=lambda factor, task=task: _gain(gains, task, factor))
        for task in tasks
    }
    together = [best, {task: math.sqrt(factor) for task, factor in best.items()}]
    gains |= _gains(place, seeds, together)
    return LossWeights(dict(max(gains, key=lambda key: gains[key])))


def _gain(gains: Mapping[tuple, float], task: str, factor: float) -> float:
    return gains[_key({task: factor})]


def _gains(
    place: "VariantRuns", seeds: Sequence[int], weights: list[dict[str, float]]
) -> dict[tuple, float]:
    """Mean delta_m by loss weights."""
    from gradsplit.studies.comparison.method_runs import compare_methods
    from gradsplit.training.methods.loss_weights import LossWeights

    methods = {_name(one): LossWeights(one) for one in weights}
    compared = compare_methods(place, methods, seeds)
    return {_key(one): compared.delta_m(_name(one)).mean for one in weights}


def _key(weights: Mapping[str, float]) -> tuple:
    """Weights in a form that can be looked up; a factor of 1 is the same as none."""
    return tuple(sorted((task, factor) for task, factor in weights.items() if factor != 1.0))


def _name(weights: Mapping[str, float]) -> str:
    listed = ",".join(f"{task}={factor:.3g}" for task, factor in _key(weights))
    return f"weights:{listed}" if listed else "multi-head"
