"""Scores beside the judged one: what a run knows of a task that changes are not made of.

A training may give them beside its scores, under the task's name, an at sign and their own name:
`{"pose": 0.81, "pose@1/2": 0.78, "pose@constant": 0.40}`.
"""

import math
from collections.abc import Mapping

from relations.runs import Outcome, Run, checked_scores

EARLIER = "1/2"
"""The score after half of the training's steps."""
CONSTANT = "constant"
"""The score of an answer that is the same for every sample."""


def side_name(task: str, name: str) -> str:
    """The key of a side score among a run's scores.

    Example:
        >>> side_name("pose", EARLIER)
        'pose@1/2'
    """
    return f"{task}@{name}"


def side_scores(run: Run, scores: Mapping[str, object]) -> dict[str, float]:
    """The side scores among what a training gave; what is no finite number is left out.

    Args:
        run: The run they belong to.
        scores: What the training gave.

    Example:
        >>> side_scores(Run(("pose",), 0), {"pose": 0.8, "pose@1/2": 0.7, "reid@1/2": 0.1})
        {'pose@1/2': 0.7}
    """
    starts = tuple(side_name(task, "") for task in run.tasks)
    found: dict[str, float] = {}
    for key, value in scores.items():
        if not str(key).startswith(starts) or key in run.tasks:
            continue
        if isinstance(value, int | float) and math.isfinite(value):
            found[str(key)] = float(value)
    return found


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
