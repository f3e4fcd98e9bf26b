"""Which scores have no ratio, so that a relative change of them has no meaning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_REMEDY = (
    "Use a metric that keeps its sign and is not zero for a trained network, such as an error or a "
    "loss with higher_is_better=False, or leave the task out (--without {task})."
)


@dataclass(frozen=True)
class Unusable:
    """Scores that no relative change can be computed with.

    Attributes:
        single: [S, T] single-task scores.
        pair: [S, T, T] scores of pair runs, [seed, source, target].
        problems: Why, by task; tasks whose scores can all be used are left out.
    """

    single: NDArray[np.bool_]
    pair: NDArray[np.bool_]
    problems: Mapping[str, str]


def unusable_scores(tasks: Sequence[str], single: Array, pair: Array) -> Unusable:
    """Find scores of zero and of another sign than the task's scores alone.

    A task whose single-task scores differ in their sign has none that can be used; otherwise only
    what does not fit is lost.

    Args:
        tasks: T names.
        single: [S, T] single-task scores; NaN where missing.
        pair: [S, T, T] scores of pair runs, [seed, source, target]; NaN where missing.
    """
    lost_single, lost_pair = single == 0, pair == 0
    problems: dict[str, str] = {}
    for index, task in enumerate(tasks):
        alone, beside = single[:, index], pair[:, :, index]
        remedy = _REMEDY.format(task=task)
        signs = set(np.sign(alone[(alone != 0) & ~np.isnan(alone)]).tolist())
        if len(signs) > 1:
            lost_single[:, index], lost_pair[:, :, index] = ~np.isnan(alone), ~np.isnan(beside)
            problems[task] = (
                f"`{task}` has single-task scores of mixed sign (from {np.nanmin(alone):g} to "
                f"{np.nanmax(alone):g}), so a relative change of it has no meaning; its edges are "
                f"unknown. {remedy}"
            )
            continue
        for sign in signs:
            lost_pair[:, :, index] |= np.sign(beside) == -sign
        if lost_single[:, index].any():
            problems[task] = (
                f"`{task}` has a single-task score (the baseline) of zero, so a relative change of "
                f"it is undefined; its edges are unknown. {remedy}"
            )
        elif lost_pair[:, :, index].any():
            problems[task] = _of_pairs(tasks, task, beside, lost_pair[:, :, index], remedy)
    return Unusable(lost_single, lost_pair, problems)


def _of_pairs(
    tasks: Sequence[str], task: str, beside: Array, lost: NDArray[np.bool_], remedy: str
) -> str:
    """Which pair runs of a task gave a score that has no ratio to its score alone."""
    sources = [tasks[place] for place in np.flatnonzero(lost.any(axis=0)).tolist()]
    return (
        f"`{task}` trained with {', '.join(sources)} has a score that is zero or of another sign "
        f"than alone ({beside[lost][0]:g}), so a relative change has no meaning; these edges are "
        f"unknown. {remedy}"
    )
