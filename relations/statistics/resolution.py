"""The smallest step a score can take, seen from the scores themselves.

Accuracy on fifty pictures moves in steps of 2 %. Where a few seeds differ by no more than such a
step, their spread says too little about how certain a change is.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from relations.statistics.intervals import Matrix, Means, mean_of_known

_SAME = 1e-6  # of the largest value: differences below this are rounding


def smallest_steps(values: Matrix) -> Matrix:
    """The step of the grid that the values of each task lie on.

    It is the largest number of which all differences are whole multiples, so that it is never
    smaller than the true step, and reaches it once enough values are seen. Values on no grid give
    a step near zero, which matters to nobody.

    Args:
        values: [K, T] of each task; NaN where unknown.

    Returns:
        [T] steps, in the unit of the values; 0 where all are the same or none is known.

    Example:
        >>> smallest_steps(np.array([[0.94, 1.0], [1.0, 1.0], [0.96, np.nan]])).round(3).tolist()
        [0.02, 0.0]
    """
    return np.array([_step(column[~np.isnan(column)]) for column in values.T])


def _step(values: Matrix) -> float:
    """The largest common divisor of the differences of some values."""
    if values.size < 2:
        return 0.0
    same = _SAME * float(np.abs(values).max())
    step = 0.0
    for difference in (np.unique(values)[1:] - values.min()).tolist():
        step = _common_divisor(difference, step, same)
        if 0 < step <= 10 * same:  # no grid
            return 0.0
    return step


def _common_divisor(larger: float, smaller: float, same: float) -> float:
    """Euclid's algorithm on numbers that are rounded."""
    while smaller > same:
        rest = larger % smaller
        larger, smaller = smaller, 0.0 if smaller - rest <= same else rest
    return larger if larger > same else 0.0


def steps_of_changes(single: Matrix, pair: Matrix, units: Matrix) -> Matrix:
    """The smallest step of a change, for each task: that of its two scores together.

    Args:
        single: [S, T] single-task scores; NaN where unknown.
        pair: [S, T, T] scores of the targets (last axis) in pair runs.
        units: [S, T] or [1, T] what differences of scores are in units of, such as `single`.
    """
    seeds, tasks = single.shape
    steps = smallest_steps(np.concatenate([single, pair.reshape(seeds * tasks, tasks)]))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(np.sqrt(2) * steps / mean_of_known(np.abs(units)), posinf=0.0)


def spread_notes(
    tasks: Sequence[str], means: Means, steps: Matrix, known: NDArray[np.bool_]
) -> list[str]:
    """What is the matter with edges whose seeds differ by nothing, or by a score's step at most.

    Args:
        tasks: T names.
        means: [T, T] over seeds.
        steps: [T] smallest steps of a change.
        known: [T, T] edges; of others nothing is said.

    Returns:
        A line for the edges without spread and one for those with too little; none of usual ones.
    """
    notes = []
    spreadless = means.spreadless & known
    if spreadless.any():
        frozen = (spreadless == (means.n > 1)).all(axis=0) & spreadless.any(axis=0)
        # Scores beside another task that are those alone, seed by seed, are no matter of the seed.
        unmoved = (means.mean[spreadless] == 0).all()
        seed = f" Does the training use its {'tasks' if unmoved else 'seed'}?" * bool(frozen.any())
        notes.append(
            f"no spread: every seed gives the same change on "
            f"{_by_target(tasks, spreadless)}, which proves nothing: undecided.{seed}"
        )
    coarse = known & (steps > 0) & (means.noise <= steps / 2 * (1 + _SAME))
    if coarse.any():
        notes.append(
            f"coarse scores: seeds differ by no more than the score's smallest step on "
            f"{_by_target(tasks, coarse)}; that step is taken for their spread. More test data "
            "or a finer score decide more."
        )
    return notes


def _by_target(tasks: Sequence[str], edges: NDArray[np.bool_]) -> str:
    """How many edges there are into which tasks."""
    counts = edges.sum(axis=0)
    into = ", ".join(tasks[place] for place in np.flatnonzero(counts).tolist())
    return f"{counts.sum()} edge{'s' if counts.sum() > 1 else ''} into {into}"
