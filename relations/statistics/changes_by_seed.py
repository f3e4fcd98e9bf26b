"""From scores of runs to changes, seed by seed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relations.change_kinds import ABSOLUTE, STANDARDISED
from relations.runs import Outcome
from relations.statistics.resolution import steps_of_changes
from relations.statistics.spread import spreads, unit_notes
from relations.statistics.usable_scores import unusable_scores
from relations.tasks import Task, names, positions

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ChangesBySeed:
    """Changes of every edge and seed, from runs paired by seed.

    Attributes:
        seeds: S seeds, ascending.
        changes: [S, T, T] fractions, or in the unit of the target's kind, [seed, source, target],
            positive = better; NaN where a run is missing or failed, and on the diagonal.
        single: [S, T] single-task scores; NaN where missing.
        failed: [T, T] how many seeds of an edge are lost because a run failed, or because its
            scores have no change of the task's kind.
        unusable: [T, T] how many of these are lost to scores alone: the runs are there.
        turned: [T] whether a better target has a smaller magnitude of its score, so that its
            relative change = 1 - ratio of scores instead of ratio - 1.
        spread: [T] standard deviations of the single-task scores that standardised changes are in
            units of; NaN of other kinds.
        resolution: [T] smallest step of a task's change where it is averaged.
        notes: Why scores of a task cannot be used, or what its unit is, by task.
    """

    seeds: tuple[int, ...]
    changes: Array
    single: Array
    failed: NDArray[np.int64]
    unusable: NDArray[np.int64]
    turned: NDArray[np.bool_]
    spread: Array
    resolution: Array
    notes: Mapping[str, str]


def changes_by_seed(tasks: Sequence[Task], outcomes: Iterable[Outcome]) -> ChangesBySeed:
    """Changes from single-task and pair runs; runs of more tasks are left out.

    relative change = (score with source - score alone) / |score alone| of the same seed, times -1
    for a lower-is-better metric. A score that is zero, or of another sign than the task's score
    alone, has no ratio: its edge is unknown, as if the run had failed. An absolute change is the
    difference alone, a standardised one the difference in units of the standard deviation of the
    task's single-task scores over all seeds here that have one.

    Args:
        tasks: T tasks in the order of the matrix; runs with other tasks are left out.
        outcomes: Finished runs, done and failed.

    Returns:
        Changes of all edges, seed by seed.
    """
    kept = _of_interest(tasks, outcomes)
    seeds = tuple(sorted({outcome.run.seed for outcome in kept}))
    single, pair, lost_single, lost_pair = _scores(tasks, kept, seeds)
    unusable = unusable_scores(tasks, single, pair)
    runs_lost = lost_pair | lost_single[:, None, :]
    scores_lost = (unusable.pair | unusable.single[:, None, :]) & ~runs_lost
    alone = np.where(unusable.single, np.nan, single)
    pair[unusable.pair] = np.nan
    spread = spreads(tasks, alone)
    units = _units(tasks, alone, spread)
    changes = change_of_scores(pair, alone[:, None, :], _rises(tasks), units)
    notes = {
        **_never_paired(tasks, seeds, alone, pair),
        **unusable.problems,
        **unit_notes(tasks, alone, spread),
    }
    return ChangesBySeed(
        seeds=seeds,
        changes=changes,
        single=single,
        failed=_of_edges(runs_lost | scores_lost),
        unusable=_of_edges(scores_lost),
        turned=_turned(tasks, alone),
        spread=spread,
        resolution=steps_of_changes(alone, pair, units[:, 0]),
        notes=notes,
    )


def _of_edges(lost: NDArray[np.bool_]) -> NDArray[np.int64]:
    """[T, T] how many seeds [S, T, T] an edge has lost; none on the diagonal."""
    counts = lost.sum(axis=0)
    np.fill_diagonal(counts, 0)
    return counts


def _scores(
    tasks: Sequence[Task], outcomes: Iterable[Outcome], seeds: Sequence[int]
) -> tuple[Array, Array, NDArray[np.bool_], NDArray[np.bool_]]:
    """[S, T] single-task scores, [S, T, T] scores of pair runs, and which of them were lost."""
    position = positions(tasks)
    row = {seed: index for index, seed in enumerate(seeds)}
    size = len(tasks)
    single = np.full((len(seeds), size), np.nan)
    pair = np.full((len(seeds), size, size), np.nan)
    lost_single, lost_pair = np.zeros(single.shape, dtype=bool), np.zeros(pair.shape, dtype=bool)
    for outcome in outcomes:
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
            for target, source, value in zip(members, reversed(members), values, strict=True):
                pair[seed, source, target] = value
                lost_pair[seed, source, target] = np.isnan(value)  # the run lacks this score
    return single, pair, lost_single, lost_pair


def _never_paired(
    tasks: Sequence[Task], seeds: Sequence[int], alone: Array, pair: Array
) -> dict[str, str]:
    """What is said of tasks that were trained in pairs and alone, but never with the same seed."""
    in_pairs: NDArray[np.bool_] = np.asarray(np.isfinite(pair).any(axis=1))
    by_itself: NDArray[np.bool_] = np.isfinite(alone)

    def never(place: int) -> bool:
        pairs, singles = in_pairs[:, place], by_itself[:, place]
        return bool(pairs.any() and singles.any() and not (pairs & singles).any())

    def of(known: NDArray[np.bool_]) -> str:
        return ", ".join(str(seed) for seed, there in zip(seeds, known, strict=True) if there)

    return {
        task.name: f"`{task.name}` was trained in pairs with seeds {of(in_pairs[:, place])} and "
        f"alone with {of(by_itself[:, place])}: a change compares two runs of one seed, so none "
        "of it is known. Train it alone with the former."
        for place, task in enumerate(tasks)
        if never(place)
    }


def _of_interest(tasks: Sequence[Task], outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Outcomes of single-task and pair runs of the tasks."""
    known = set(names(tasks))
    return [
        outcome
        for outcome in outcomes
        if len(outcome.run.tasks) <= 2 and known.issuperset(outcome.run.tasks)
    ]


def change_of_scores(
    score: Array | float,
    alone: Array | float,
    higher_is_better: NDArray[np.bool_] | bool,
    unit: Array | float | None = None,
) -> Array:
    """Change of scores against those of the task alone, positive = better.

    Args:
        score: Any numbers.
        alone: Not zero where it is the unit.
        higher_is_better: Direction of the metrics.
        unit: What differences are in units of; the size of `alone` when None, so that the change is
            relative.

    Example:
        >>> float(change_of_scores(2.2, 2.0, higher_is_better=False).round(3))
        -0.1
        >>> float(change_of_scores(2.2, -2.0, higher_is_better=True, unit=1.0))
        4.2
    """
    unit = np.abs(alone) if unit is None else unit
    return np.where(higher_is_better, 1.0, -1.0) * (score - alone) / unit


def _units(tasks: Sequence[Task], alone: Array, spread: Array) -> Array:
    """[S, 1, T] what differences of scores are in units of."""
    kinds = [task.change for task in tasks]
    units = np.where([kind == ABSOLUTE for kind in kinds], 1.0, np.abs(alone))
    return np.where([kind == STANDARDISED for kind in kinds], spread, units)[:, None, :]


def _rises(tasks: Sequence[Task]) -> NDArray[np.bool_]:
    return np.array([task.higher_is_better for task in tasks], dtype=bool)


def _turned(tasks: Sequence[Task], single: Array) -> NDArray[np.bool_]:
    """Lower-is-better with positive scores, or higher-is-better with negative ones."""
    negative = (single < 0).any(axis=0)
    return ~_rises(tasks) != negative
