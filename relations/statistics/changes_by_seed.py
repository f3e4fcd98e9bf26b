"""From scores of runs to changes, seed by seed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relations.runs import Outcome
from relations.statistics.usable_scores import unusable_scores
from relations.tasks import Task, names, positions

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ChangesBySeed:
    """Changes of every edge and seed, from runs paired by seed.

    Attributes:
        seeds: S seeds, ascending.
        changes: [S, T, T] fractions, [seed, source, target], positive = better; NaN where a run is
            missing or failed, and on the diagonal.
        single: [S, T] single-task scores; NaN where missing.
        failed: [T, T] how many seeds of an edge are lost because a run failed, or because its
            scores have no ratio.
        turned: [T] whether a better target has a smaller magnitude of its score, so that
            change = 1 - ratio of scores instead of ratio - 1.
        problems: Why scores of a task have no ratio, by task.
    """

    seeds: tuple[int, ...]
    changes: Array
    single: Array
    failed: NDArray[np.int64]
    turned: NDArray[np.bool_]
    problems: Mapping[str, str]


def changes_by_seed(tasks: Sequence[Task], outcomes: Iterable[Outcome]) -> ChangesBySeed:
    """Changes from single-task and pair runs; runs of more tasks are left out.

    change = (score with source - score alone) / |score alone| of the same seed, times -1 for a
    lower-is-better metric. A score that is zero, or of another sign than the task's score alone,
    has no ratio: its edge is unknown, as if the run had failed.

    Args:
        tasks: T tasks in the order of the matrix; runs with other tasks are left out.
        outcomes: Finished runs, done and failed.

    Returns:
        Changes of all edges, seed by seed.
    """
    kept = _of_interest(tasks, outcomes)
    seeds = tuple(sorted({outcome.run.seed for outcome in kept}))
    position = positions(tasks)
    row = {seed: index for index, seed in enumerate(seeds)}
    size = len(tasks)
    single = np.full((len(seeds), size), np.nan)
    pair = np.full((len(seeds), size, size), np.nan)
    lost_single = np.zeros((len(seeds), size), dtype=bool)
    lost_pair = np.zeros((len(seeds), size, size), dtype=bool)
    for outcome in kept:
        seed, members = row[outcome.run.seed], [position[name] for name in outcome.run.tasks]
        if outcome.scores is None:
            if len(members) == 1:
                lost_single[seed, members[0]] = True
            else:
                lost_pair[seed, members[0], members[1]] = True
                lost_pair[seed, members[1], members[0]] = True
            continue
        values = [outcome.scores[name] for name in outcome.run.tasks]
        if len(members) == 1:
            single[seed, members[0]] = values[0]
        else:
            pair[seed, members[1], members[0]] = values[0]
            pair[seed, members[0], members[1]] = values[1]
    unusable = unusable_scores(names(tasks), single, pair)
    lost_single |= unusable.single
    failed = (lost_pair | unusable.pair | lost_single[:, None, :]).sum(axis=0)
    np.fill_diagonal(failed, 0)
    alone = np.where(unusable.single, np.nan, single)
    pair[unusable.pair] = np.nan
    changes = relative_change(pair, alone[:, None, :], _rises(tasks))
    return ChangesBySeed(seeds, changes, single, failed, _turned(tasks, alone), unusable.problems)


def _of_interest(tasks: Sequence[Task], outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Outcomes of single-task and pair runs of the tasks."""
    known = set(names(tasks))
    return [
        outcome
        for outcome in outcomes
        if len(outcome.run.tasks) <= 2 and known.issuperset(outcome.run.tasks)
    ]


def relative_change(
    score: Array | float, alone: Array | float, higher_is_better: NDArray[np.bool_] | bool
) -> Array:
    """Change of scores against those of the task alone, positive = better, fractions.

    Args:
        score: Any numbers.
        alone: Not zero.
        higher_is_better: Direction of the metrics.

    Example:
        >>> float(relative_change(2.2, 2.0, higher_is_better=False).round(3))
        -0.1
    """
    return np.where(higher_is_better, 1.0, -1.0) * (score - alone) / np.abs(alone)


def _rises(tasks: Sequence[Task]) -> NDArray[np.bool_]:
    return np.array([task.higher_is_better for task in tasks], dtype=bool)


def _turned(tasks: Sequence[Task], single: Array) -> NDArray[np.bool_]:
    """Lower-is-better with positive scores, or higher-is-better with negative ones."""
    negative = (single < 0).any(axis=0)
    return ~_rises(tasks) != negative
