"""A sweep of the source's loss weight: does some weight make the source harmless?"""

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analysis.diagnosis.weight_curve import WeightCurve, weight_curve
from gradsplit.studies.diagnosis.causes.loss_scale import LossScale
from gradsplit.studies.diagnosis.intervention import Edge, Intervention
from relations.errors import ScoreError

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns
    from gradsplit.training.taskset import TaskSet
    from relations.change_kinds import ChangeKind

WEIGHTS = (0.1, 0.3, 1.0, 3.0)
"""Factors of the source's loss. Source: our choice, half a decade apart."""

SWEEP_COST = float(len(WEIGHTS) - 1)
"""Pair runs a seed; the pair as it was is there already."""


def sweep(edge: Edge) -> list[Intervention]:
    """The pair with each of the weights that it was not trained with."""
    return [weighted(edge, weight) for weight in WEIGHTS if weight != 1]


def weighted(edge: Edge, weight: float) -> Intervention:
    """The pair with another weight of the source's loss."""
    return Intervention(
        f"source's loss x{weight:g}",
        LossScale.name,
        edge,
        change=partial(_weighted, edge[0], weight),
        label=f"loss of {edge[0]} x{weight:g}",
    )


def curve(runs: "InterventionRuns", edge: Edge, kind: "ChangeKind") -> WeightCurve:
    """What the target loses at each weight, of runs that are trained."""
    before = runs.before(edge)
    changes = []
    for weight in WEIGHTS:
        change = np.full(len(before), np.nan)
        with suppress(ScoreError):  # a training that spoils the target has no ratio
            change = before if weight == 1 else runs.after(weighted(edge, weight))
        changes.append(change)
    return weight_curve(WEIGHTS, changes, kind, turned=runs.turned(edge[1]))


def _weighted(source: str, weight: float, taskset: "TaskSet") -> "TaskSet":
    weights = dict(taskset.recipe.weights)
    return taskset.with_recipe(weights={**weights, source: weight * weights.get(source, 1.0)})
