"""Was a task learnt, is its training finished? What single-task runs know beside their score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relations.change_kinds import RELATIVE, STANDARDISED, ChangeKind
from relations.runs import Outcome
from relations.side_scores import CONSTANT, EARLIER, OF_LEARNING, side_name
from relations.statistics.changes_by_seed import change_of_scores
from relations.statistics.spread import spread_of
from relations.tables.json_text import json_value
from relations.tasks import Task

Array = NDArray[np.float64]

MOVES = 5.0
"""A score still moves when it gains more than so many thresholds (5 % of a relative change at the
usual one) in the second half of the training. Source: our choice, see reports/learning."""
BARELY = 10.0
"""A task is barely learnt when it is no more than so many thresholds (10 %) better than an answer
that is the same for every sample. Source: our choice, see reports/learning."""
WORSE = 5.0
"""A task that is so many thresholds (5 %) worse than such an answer may be read the wrong way
round; chance is seldom as far off. Source: our choice."""


@dataclass(frozen=True)
class Learnt:
    """What is known of one task's training alone.

    Attributes:
        task: Its name.
        kind: How its changes are measured, and so the two numbers below.
        moved: Mean change of its score over the second half of the training, positive = better;
            NaN where that was not watched.
        over_constant: Mean change from a constant answer to its score; NaN where not known.
        score: Mean score alone.
        constant: Mean score of a constant answer; NaN where not known.
    """

    task: str
    kind: ChangeKind
    moved: float
    over_constant: float
    score: float
    constant: float

    @property
    def still_moves(self) -> bool:
        """Whether its training ended too early to read changes of a few thresholds."""
        return self.moved > MOVES * self.kind.size

    @property
    def barely(self) -> bool:
        """Whether it is hardly better than an answer that knows nothing."""
        return self.over_constant < BARELY * self.kind.size

    @property
    def better(self) -> str | None:
        """Which way its metric may be better after all, "lower" or "higher"; None: no doubt."""
        if not self.over_constant < -WORSE * self.kind.size:
            return None
        return "lower" if self.score < self.constant else "higher"

    def to_dict(self) -> dict[str, float | bool | None]:
        """As JSON values; what is not known is None."""
        numbers = {
            "score": self.score,
            "constant": self.constant,
            "moved in the second half": self.moved,
            "better than constant": self.over_constant,
        }
        known = {name: json_value(value) for name, value in numbers.items()}
        return {**known, "still moves": self.still_moves, "barely learnt": self.barely}


def learnt_tasks(tasks: Sequence[Task], outcomes: Iterable[Outcome]) -> dict[str, Learnt]:
    """What single-task runs know of their training; tasks of which they know nothing are left out.

    Args:
        tasks: With their directions and kinds of change.
        outcomes: Finished runs, of any tasks.
    """
    side: dict[str, list[Outcome]] = {task.name: [] for task in tasks}
    for outcome in outcomes:
        (name, *others) = outcome.run.tasks
        watched = any(side_name(name, seen) in outcome.side for seen in OF_LEARNING)
        if not others and outcome.scores is not None and watched and name in side:
            side[name].append(outcome)
    return {task.name: _learnt(task, side[task.name]) for task in tasks if side[task.name]}


def _learnt(task: Task, runs: Sequence[Outcome]) -> Learnt:
    scores = np.array([(run.scores or {})[task.name] for run in runs])
    earlier, constant = (
        np.array([run.side.get(side_name(task.name, name), np.nan) for run in runs])
        for name in (EARLIER, CONSTANT)
    )
    unit = _unit(task, scores)
    return Learnt(
        task=task.name,
        kind=task.kind,
        moved=_mean(_change(task, scores, earlier, unit)),
        over_constant=_mean(_change(task, scores, constant, unit)),
        score=_mean(scores),
        constant=_mean(constant),
    )


def _unit(task: Task, scores: Array) -> float | None:
    """What differences of scores are in units of; None of relative changes."""
    if task.change == RELATIVE:
        return None
    if task.change != STANDARDISED:
        return 1.0
    return spread_of(scores)


def _change(task: Task, scores: Array, to: Array, unit: float | None) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return change_of_scores(scores, to, task.higher_is_better, unit)


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def learning_warnings(learnt: Mapping[str, Learnt]) -> list[str]:
    """A line where tasks are not learnt or their training is not finished; else nothing.

    One more for each task that may be read the wrong way round.

    Args:
        learnt: Task -> what is known of it.
    """
    parts = []
    barely = [
        f"{task} ({seen.score:.4g} against {seen.constant:.4g})"
        for task, seen in learnt.items()
        if seen.barely
    ]
    if barely:
        parts.append(f"hardly better than a constant answer: {', '.join(barely)}")
    moving = [
        f"{task} ({seen.kind.text(seen.moved, 0)})"
        for task, seen in learnt.items()
        if seen.still_moves
    ]
    if moving:
        parts.append(f"still moving in the second half of the training: {', '.join(moving)}")
    doubts = [_doubt(task, seen) for task, seen in learnt.items() if seen.better]
    if not parts:
        return doubts
    return [f"train longer before these changes are believed; {'; '.join(parts)}", *doubts]


def _doubt(task: str, seen: Learnt) -> str:
    """The question that a score asks which is worse than that of an answer that knows nothing."""
    return (
        f"is {task} better {seen.better}? Read as it was declared, it is worse alone than a "
        f"constant answer; `gradsplit correct DIR --{seen.better} {task}` turns it, no run is lost"
    )
