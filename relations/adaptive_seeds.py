"""Which runs the next look at adaptive seeds needs: only what an undecided edge still waits for."""

from collections.abc import Sequence

import numpy as np

from relations.graph import UNDECIDED, RelationGraph
from relations.plan import pairwise_runs
from relations.runs import Run
from relations.seeds import Seeds
from relations.statistics.change_matrix import ChangeMatrix
from relations.tasks import Task, names, positions


def first_runs(tasks: Sequence[Task], seeds: Seeds, variant: str = "") -> list[Run]:
    """The runs of the first look: every single task and pair, `seeds.low` seeds each."""
    return pairwise_runs(tasks, range(seeds.low), variant)


def further_runs(changes: ChangeMatrix, seeds: Seeds, look: int, variant: str = "") -> list[Run]:
    """The runs of a later look, done ones included; empty when every edge is decided.

    Args:
        changes: Of the runs up to the look before, with `looks` of the seeds.
        seeds: The seeds.
        look: Which look, 1 or later.
        variant: Variant of the runs.

    Returns:
        For each undecided edge, nearest to the threshold first (in standard errors), its pair runs
        and the single-task runs of its target.
    """
    graph = RelationGraph.from_changes(changes, seeds.threshold, seeds.level, seeds.correction)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = changes.distances(seeds.threshold) / changes.scaled_means.se
    position = positions(changes.tasks)
    undecided = sorted(
        graph.with_verdict(UNDECIDED),
        key=lambda edge: distance[position[edge[0]], position[edge[1]]],
    )
    runs: dict[Run, None] = {}
    for source, target in undecided:
        pair = tuple(sorted((source, target), key=position.__getitem__))
        for seed in range(seeds.looks[look]):
            runs[Run((target,), seed, variant)] = None
            runs[Run(pair, seed, variant)] = None
    return list(runs)


def most_runs(tasks: Sequence[Task], seeds: Seeds) -> int:
    """How many runs there are if no edge is ever decided."""
    count = len(names(tasks))
    return seeds.high * (count + count * (count - 1) // 2)
