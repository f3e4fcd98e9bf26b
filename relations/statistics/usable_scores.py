"""Which scores have no change of their task's kind, such as a ratio of scores of mixed sign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relations.change_kinds import RELATIVE, STANDARDISED
from relations.statistics.spread import spread_of
from relations.tasks import Task, names

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_REMEDY = (
    "Measure it absolutely, in the metric's own unit: --absolute {task}=-0.02 (0.02 worse is "
    'harm), in Python Task("{task}", change="absolute", threshold=-0.02); or in units of the '
    "seeds' spread: --standardised {task}=-1. Or use a metric that keeps its sign and is not zero "
    "for a trained network, such as an error or a loss with higher_is_better=False, or leave the "
    "task out (--without {task})."
)


@dataclass(frozen=True)
class Unusable:
    """Scores that no change can be computed with.

    Attributes:
        single: [S, T] single-task scores.
        pair: [S, T, T] scores of pair runs, [seed, source, target].
        problems: Why, by task; tasks whose scores can all be used are left out.
    """

    single: Flags
    pair: Flags
    problems: Mapping[str, str]


def unusable_scores(tasks: Sequence[Task], single: Array, pair: Array) -> Unusable:
    """Find scores that the kinds of change have no use for.

    Of relative changes: scores of zero and of another sign than the task's scores alone. A task
    whose single-task scores differ in their sign has none that can be used; otherwise only what
    does not fit is lost. Of standardised changes: all, until the single-task scores of two seeds
    differ. Of absolute changes none.

    Args:
        tasks: T tasks.
        single: [S, T] single-task scores; NaN where missing.
        pair: [S, T, T] scores of pair runs, [seed, source, target]; NaN where missing.
    """
    lost_single, lost_pair = np.zeros(single.shape, dtype=bool), np.zeros(pair.shape, dtype=bool)
    problems: dict[str, str] = {}
    find = {RELATIVE: _without_ratio, STANDARDISED: _without_spread}
    for index, task in enumerate(tasks):
        if task.change in find:
            lost_single[:, index], lost_pair[:, :, index], problem = find[task.change](
                names(tasks), task, single[:, index], pair[:, :, index]
            )
            problems |= {task.name: problem} if problem else {}
    return Unusable(lost_single, lost_pair, problems)


def _without_ratio(
    tasks: Sequence[str], task: Task, alone: Array, beside: Array
) -> tuple[Flags, Flags, str]:
    """Scores of a task alone [S] and beside [S, T] others that have no ratio, and why."""
    name = task.name
    remedy = _REMEDY.format(task=name)
    signs = set(np.sign(alone[(alone != 0) & ~np.isnan(alone)]).tolist())
    if len(signs) > 1:
        return (
            ~np.isnan(alone),
            ~np.isnan(beside),
            f"`{name}` has single-task scores of mixed sign (from {np.nanmin(alone):g} to "
            f"{np.nanmax(alone):g}), so a relative change of it has no meaning; its edges are "
            f"unknown. {remedy}",
        )
    lost_single, lost_pair, problem = alone == 0, beside == 0, ""
    for sign in signs:
        lost_pair |= np.sign(beside) == -sign
    if lost_single.any():
        problem = (
            f"`{name}` has a single-task score (the baseline) of zero, in {lost_single.sum()} of "
            f"{(~np.isnan(alone)).sum()} runs, so a relative change of it is undefined; its edges "
            f"are unknown. {remedy}"
        )
    elif lost_pair.any():
        # Towards zero is worse where better scores are larger in size.
        worse = task.higher_is_better == (signs == {1.0})
        problem = f"{_of_pairs(tasks, name, beside, lost_pair, worse=worse)} {remedy}"
    return lost_single, lost_pair, problem


def _without_spread(
    tasks: Sequence[str],  # noqa: ARG001 - as `_without_ratio`
    task: Task,
    alone: Array,
    beside: Array,
) -> tuple[Flags, Flags, str]:
    """All scores of a task whose single-task scores [S] have no spread, and why; else none."""
    if not np.isnan(spread_of(alone)):
        return np.zeros(alone.shape, dtype=bool), np.zeros(beside.shape, dtype=bool), ""
    count = int((~np.isnan(alone)).sum())
    seen = "are all equal" if count > 1 else f"are {count or 'none'}"
    return (
        ~np.isnan(alone),
        ~np.isnan(beside),
        f"changes of `{task.name}` are in units of the spread of its single-task scores over "
        f"seeds, but these {seen}; its edges are unknown. Train two seeds or more whose scores "
        "differ (five are a good start), or measure an absolute change (--absolute "
        f"{task.name}=-0.02).",
    )


def _of_pairs(tasks: Sequence[str], task: str, beside: Array, lost: Flags, *, worse: bool) -> str:
    """Which pair runs [S, T] of a task gave a score that has no ratio to its score alone, and why.

    Args:
        tasks: T names.
        task: The target.
        beside: Its scores; NaN where there is no run.
        lost: Those that have no ratio.
        worse: Whether such scores are worse than those alone.
    """
    said = []
    for place in np.flatnonzero(lost.any(axis=0)).tolist():
        scores = beside[lost[:, place], place]
        runs = int((~np.isnan(beside[:, place])).sum())
        seen = " and ".join(dict.fromkeys(f"{score + 0.0:g}" for score in scores[:2].tolist()))
        said.append(f"{seen} in {len(scores)} of {runs} runs beside {tasks[place]}")
    zero, edges = bool((beside[lost] == 0).all()), "the edge is" if len(said) == 1 else "these are"
    log = "its log is infinite" if zero else "a ratio that is not positive has no log"
    harm = ", which is harm without measure" if worse else ""
    return (
        f"`{task}` scored {', '.join(said)}{harm}: no relative change ({log}), so {edges} unknown."
    )
