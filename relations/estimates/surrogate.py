"""`surrogate`: relations within larger groups, from runs of random subsets of the tasks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from relations.change_kinds import RELATIVE, STANDARDISED
from relations.errors import ScoreError, all_problems
from relations.estimates.estimate import EstimateError, Matrix
from relations.runs import Outcome, Run
from relations.statistics.spread import spread_of
from relations.tasks import Task, check_unique, names

RIDGES = np.geomspace(1e-4, 1e3, 29)  # penalties tried, in units of a membership's variance
SUBSET = 4  # tasks of a subset run on average


def subset_runs(
    tasks: Sequence[Task | str],
    seed: int,
    *,
    count: int | None = None,
    size: int = SUBSET,
    variant: str = "surrogate",
) -> list[Run]:
    """Runs of random subsets of size - 1, size and size + 1 tasks, each task about as often.

    Sizes differ because with one size, the sources' effects could not be told from the score alone.

    Args:
        tasks: T tasks.
        seed: Of the runs, and of the draw.
        count: How many runs; 4 T when not given.
        size: Mean size of a subset, in 3..T-1.
        variant: Variant of the runs.

    Raises:
        EstimateError: `size` does not fit.

    Example:
        >>> runs = subset_runs([f"t{number}" for number in range(9)], seed=0)
        >>> len(runs), sorted({len(run.tasks) for run in runs})
        (36, [3, 4, 5])
    """
    known = names(tasks)
    check_unique(known)
    if not 3 <= size < len(known):
        raise EstimateError(
            f"Subsets of {size} tasks cannot be drawn from {len(known)}: `size` must be in "
            f"3..{len(known) - 1}."
        )
    rng = np.random.default_rng(seed)
    wanted = 4 * len(known) if count is None else count
    used = np.zeros(len(known))
    drawn: dict[tuple[str, ...], None] = {}
    for attempt in range(100 * wanted):
        if len(drawn) == wanted:
            break
        members = size - 1 + (len(drawn) + attempt) % 3
        # The tasks used least, in random order.
        chosen = np.sort(np.lexsort((rng.random(len(known)), used))[:members])
        subset = tuple(known[index] for index in chosen)
        if subset not in drawn:
            drawn[subset] = None
            used[chosen] += 1
        else:
            used += rng.random(len(known))  # shaken, so that the next draw is another one
    return [Run(subset, seed, variant) for subset in drawn]


@dataclass(frozen=True)
class Surrogate:
    """What subset runs of one seed say.

    Attributes:
        values: [T, T] row = source, column = target: by how much of its mean score the target is
            better with the source than without it, within subsets; NaN where not known. Of targets
            with an absolute change in its unit, of standardised ones in standard deviations of
            their scores over the subsets.
        se: [T, T] standard errors of the regression.
        explained: [T] share of the target's variance over runs that was predicted, each run left
            out once; at or below 0: the subsets say nothing about this target.
    """

    values: Matrix
    se: Matrix
    explained: Matrix


def surrogate(tasks: Sequence[Task], outcomes: Iterable[Outcome]) -> Surrogate:
    """A ridge regression of every target's score on who was trained along.

    score of j in a run of S = a_j + sum over i in S of theta_ij; the value is theta_ij over the
    size of j's mean score, turned so that positive is better. The penalty is chosen for each
    target by leaving out one run at a time.

    Source: Li, Nguyen and Zhang, "Identification of Negative Transfers in Multitask Learning Using
    Surrogate Models" (TMLR 2023). Differences: every run is read out for all its tasks, subsets
    differ in size, and the penalty is chosen.

    Args:
        tasks: T tasks, with directions.
        outcomes: Runs of subsets of one seed; failed ones are left out.

    Raises:
        ScoreError: A task with a relative change has scores that are zero or of mixed sign, or one
            with a standardised change has equal ones; all such tasks at once.
    """
    known = names(tasks)
    done = [outcome for outcome in outcomes if outcome.scores is not None]
    members = np.array(
        [[name in outcome.run.tasks for name in known] for outcome in done], dtype=float
    )
    scores = np.array(
        [[(outcome.scores or {}).get(name, np.nan) for name in known] for outcome in done]
    )
    _check_scores(tasks, scores)
    size = len(known)
    values, se = np.full((size, size), np.nan), np.full((size, size), np.nan)
    explained = np.full(size, np.nan)
    for column, task in enumerate(tasks):
        rows = members[:, column] == 1
        sources = [row for row in range(size) if row != column]
        if rows.sum() < 3:
            continue
        y = scores[rows, column]
        unit = _unit(task, y) * (1 if task.higher_is_better else -1)
        theta, errors, explained[column] = _ridge(members[np.ix_(rows, sources)], y)
        # A source that was there always or never has no effect that could be seen.
        seen = np.ptp(members[np.ix_(rows, sources)], axis=0) > 0
        values[sources, column] = np.where(seen, theta / unit, np.nan)
        se[sources, column] = np.where(seen, errors / abs(unit), np.nan)
    return Surrogate(values, se, explained)


def _ridge(x: Matrix, y: Matrix) -> tuple[Matrix, Matrix, float]:
    """Coefficients, their errors and the predicted share of the variance, one run left out.

    Args:
        x: [n, p] memberships.
        y: [n] scores.
    """
    centred, response = x - x.mean(axis=0), y - y.mean()
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    projected = left.T @ response
    variance = max(float(centred.var()), 1e-12) * len(y)
    best, fewest = RIDGES[-1] * variance, np.inf
    for penalty in RIDGES * variance:
        keep = sizes**2 / (sizes**2 + penalty)
        # Leave-one-out residuals of a linear smoother; 1/n is the mean that is fitted too.
        leverage = 1 / len(y) + (left**2) @ keep
        residual = (response - left @ (keep * projected)) / np.maximum(1 - leverage, 1e-12)
        if residual @ residual < fewest * (1 - 1e-9):
            best, fewest = penalty, float(residual @ residual)
    shrink = sizes / (sizes**2 + best)
    theta = right.T @ (shrink * projected)
    freedom = max(len(y) - 1 - float((sizes**2 / (sizes**2 + best)).sum()), 1.0)
    fitted = left @ (sizes * shrink * projected)
    noise = float(((response - fitted) ** 2).sum()) / freedom
    errors = np.sqrt(noise * ((right.T * shrink) ** 2).sum(axis=1))
    total = float((response**2).sum()) * (len(y) / (len(y) - 1)) ** 2
    return theta, errors, 1 - fewest / total if total > 0 else 0.0


def _unit(task: Task, scores: Matrix) -> float:
    """What effects on scores [n] are in units of."""
    if task.change == STANDARDISED:
        return spread_of(scores)
    return abs(float(scores.mean())) if task.change == RELATIVE else 1.0


def _check_scores(tasks: Sequence[Task], scores: Matrix) -> None:
    """Refuse scores whose effects have no unit."""
    problems = []
    for column, task in enumerate(tasks):
        seen = scores[:, column][~np.isnan(scores[:, column])]
        same_sign = (seen > 0).all() or (seen < 0).all()
        if len(seen) and task.change == RELATIVE and not same_sign:
            problems.append(
                f"`{task.name}` has scores that are zero or of mixed sign; measure an absolute "
                f"change (--absolute {task.name}=-0.02)."
            )
        if len(seen) > 1 and task.change == STANDARDISED and np.isnan(spread_of(seen)):
            problems.append(f"`{task.name}` has equal scores, which have no spread.")
    if problems:
        raise ScoreError(all_problems("Subset runs cannot be compared", problems))
