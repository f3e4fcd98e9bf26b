"""What is wrong with the scores of a comparison, all of it at once."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from relations.change_kinds import RELATIVE, STANDARDISED, ChangeKind
from relations.errors import argument
from relations.statistics.spread import spread_of

_ALONE = re.compile(
    r"(?<![a-z])(?:single|stl|alone|independent|individual|separate)(?![a-z])", re.IGNORECASE
)

Scores = Mapping[str, float]
Runs = Mapping[int, Scores]


def score_problems(
    scores: Mapping[str, Runs], single: str, kinds: Mapping[str, ChangeKind], tasks: Sequence[str]
) -> list[str]:
    """What is wrong with the scores; empty when the methods can be compared.

    Args:
        scores: Method -> seed -> task -> score; single-task training has some.
        single: Its name.
        kinds: How the changes of tasks are measured, where that is not relatively.
        tasks: The tasks.
    """
    problems = []
    singles = scores[single]
    for method, runs in scores.items():
        if not set(runs) & set(singles):
            problems.append(
                f"`{method}` has the seeds {listed(runs)}, single-task training "
                f"{listed(singles)}; one in common is needed."
            )
        for seed, run in runs.items():
            where = f"`{method}`, seed {seed}"
            problems += [f"{where}: {problem}" for problem in _names(run, tasks)]
            if method == single:
                problems += [f"{where}: {problem}" for problem in _single(run, kinds)]
            elif not has_diverged(run, tasks):
                problems += [f"{where}: {problem}" for problem in _not_finite(run)]
    return problems or _spreads(singles, single, kinds)


def has_diverged(run: Scores, tasks: Sequence[str]) -> bool:
    """Whether a run diverged: it has all tasks, and none of them has a score but nan."""
    return set(run) == set(tasks) and all(np.isnan(score) for score in run.values())


def is_called_alone(name: str) -> bool:
    """Whether a method is called as single-task training is.

    Example:
        >>> is_called_alone("Single-task"), is_called_alone("PCGrad")
        (True, False)
    """
    return bool(_ALONE.search(name))


def no_single(single: str, methods: Sequence[str]) -> str:
    """That no method is called as single-task training is, and which one it may be.

    Example:
        >>> print(no_single("single", ["Single task", "PCGrad"]))
        there are no single-task scores ... If `Single task` is ..., say `single="Single task"`.
    """
    likely = [name for name in methods if is_called_alone(name)]
    option = argument("single")
    # On the command line a name of several words needs quotes.
    shown = shlex.quote(likely[0]) if likely and option.startswith("`--") else "".join(likely[:1])
    hint = (
        f" If `{likely[0]}` is single-task training, say {argument('single', shown)}."
        if likely
        else f" Say which one is single-task training ({option})."
        if methods
        else ""
    )
    return (
        f"there are no single-task scores under the name `{single}`; the methods are "
        f"{', '.join(methods) or 'none'}.{hint}"
    )


def listed(seeds: Mapping[int, object]) -> str:
    """Seeds as a text."""
    return ", ".join(map(str, seeds)) or "none"


def _names(run: Scores, tasks: Sequence[str]) -> Iterator[str]:
    yield from (f"the score of `{task}` is missing." for task in tasks if task not in run)
    yield from (
        f"`{task}` is not a task of single-task training." for task in run if task not in tasks
    )


def _not_finite(run: Scores) -> Iterator[str]:
    for task, score in run.items():
        if not np.isfinite(score):
            yield f"the score of `{task}` is {score}."


def _single(run: Scores, kinds: Mapping[str, ChangeKind]) -> Iterator[str]:
    yield from _not_finite(run)
    for task, score in run.items():
        if np.isfinite(score) and score <= 0 and kinds.get(task, ChangeKind()).name == RELATIVE:
            yield (
                f"the score of `{task}` is {score}; a relative change needs a positive "
                f"single-task score. Measure an absolute one (--absolute {task}=-0.02), or one in "
                f"units of the seeds' spread (--standardised {task}=-1), or choose another metric."
            )


def _spreads(singles: Runs, single: str, kinds: Mapping[str, ChangeKind]) -> list[str]:
    """Tasks whose changes are in units of a spread that single-task training does not show."""
    return [
        f"changes of `{task}` are in units of the spread of its single-task scores, and the "
        f"{len(singles)} of `{single}` do not vary: two seeds with different scores are "
        f"needed. Train more seeds, or measure an absolute change (--absolute {task}=-0.02)."
        for task, kind in kinds.items()
        if kind.name == STANDARDISED
        and np.isnan(spread_of(np.array([run[task] for run in singles.values()])))
    ]
