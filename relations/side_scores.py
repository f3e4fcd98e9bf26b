"""Scores beside the judged one: what a run knows of a task that changes are not made of.

A training may give them beside its scores, under the task's name, an at sign and their own name:
`{"pose": 0.81, "pose@head top": 0.93, "pose@1/2": 0.78, "pose@constant": 0.40}`.
"""

import math
from collections.abc import Collection, Mapping

from relations.runs import Outcome, Run, checked_scores
from relations.tables.plain_text import has_commands, shown

EARLIER = "1/2"
"""The score after half of the training's steps."""
CONSTANT = "constant"
"""The score of an answer that is the same for every sample."""
OF_LEARNING = (EARLIER, CONSTANT)
"""Names of the judged metric's own values at other times and of other answers."""

_BETWEEN = "@"
_MOST_LETTERS = 200


def side_name(task: str, name: str) -> str:
    """The key of a side score among a run's scores.

    Example:
        >>> side_name("pose", EARLIER)
        'pose@1/2'
    """
    return f"{task}{_BETWEEN}{name}"


def parted(key: str, tasks: Collection[str]) -> tuple[str, str] | None:
    """The task and the name of a side score's key; None of a key that is none, or is a task's own.

    Args:
        key: Such as "pose@1/2".
        tasks: The tasks there are; of several that fit, the longest name is meant.

    Example:
        >>> parted("pose@head top", ["pose", "reid"]), parted("depth@rmse", ["pose"])
        (('pose', 'head top'), None)
    """
    fitting = [task for task in tasks if key.startswith(side_name(task, ""))]
    if key in tasks or not fitting:
        return None
    task = max(fitting, key=len)
    return task, key[len(task) + 1 :]


def name_problem(name: object) -> str:
    """What is wrong with the name of a side score that a metric wants to give; "" if nothing.

    Example:
        >>> name_problem("rank-1"), name_problem("1/2")
        ('', "the side score '1/2' has a name that trainings use themselves: rename it.")
    """
    if not isinstance(name, str) or not _is_plain(name):
        return (
            f"the name of a side score must be a text in one line without blanks at its ends, of "
            f"at most {_MOST_LETTERS} characters, got {name!r}."
        )
    if name in OF_LEARNING:
        return f"the side score {name!r} has a name that trainings use themselves: rename it."
    return ""


def plain_name(name: str) -> str:
    r"""A name of others as that of a side score.

    Example:
        >>> plain_name(" left\n arm"), plain_name("")
        ('left arm', '(no name)')
    """
    plain = shown(" ".join(name.split()))[:_MOST_LETTERS].strip()
    return f"{plain} (class)" if plain in OF_LEARNING else plain or "(no name)"


def side_scores(run: Run, scores: Mapping[str, object]) -> dict[str, float]:
    """The side scores among what a training gave.

    What is no finite number, or has a name that would change how its line is read, is left out.

    Args:
        run: The run they belong to.
        scores: What the training gave.

    Example:
        >>> side_scores(Run(("pose",), 0), {"pose": 0.8, "pose@1/2": 0.7, "reid@1/2": 0.1})
        {'pose@1/2': 0.7}
    """
    found: dict[str, float] = {}
    for key, value in scores.items():
        own = parted(str(key), run.tasks)
        if own is None or not _is_plain(own[1]):
            continue
        if isinstance(value, int | float) and math.isfinite(value):
            found[str(key)] = float(value)
    return found


def of_metrics(side: Mapping[str, float]) -> dict[str, float]:
    """The side scores that a metric gave: without those that tell whether a task was learnt.

    Example:
        >>> of_metrics({"reid@rank-1": 0.6, "reid@1/2": 0.3})
        {'reid@rank-1': 0.6}
    """
    ends = tuple(side_name("", name) for name in OF_LEARNING)
    return {name: value for name, value in side.items() if not name.endswith(ends)}


def scored(run: Run, scores: object) -> Outcome:
    """The outcome of a run from what its training gave.

    Args:
        run: The run.
        scores: A score for each of its tasks, perhaps with side scores.

    Raises:
        ScoreError: A score is missing or cannot be used; see `checked_scores`.
    """
    checked = checked_scores(run, scores)
    side = side_scores(run, scores) if isinstance(scores, Mapping) else {}
    return Outcome(run, scores=checked, side=side)


def _is_plain(name: str) -> bool:
    """Whether a name stands in a line of a table as it is."""
    return (
        bool(name.strip())
        and name == name.strip()
        and not has_commands(name)
        and (len(name) <= _MOST_LETTERS)
    )
