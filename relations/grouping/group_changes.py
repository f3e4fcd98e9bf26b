"""How tasks fare in networks of several tasks, seed by seed, against each task alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from relations.change_kinds import RELATIVE, STANDARDISED
from relations.errors import GroupingError
from relations.runs import Outcome
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.changes_by_seed import change_of_scores
from relations.statistics.intervals import Matrix, mean_of_known
from relations.statistics.learning import learning_warnings
from relations.statistics.scales import to_changes, to_scale
from relations.statistics.spread import spread_of
from relations.statistics.unknown_edges import FAILED, MISSING, by_reason, without_change
from relations.statistics.usable_scores import unusable_scores
from relations.tables.first_names import first_names
from relations.tasks import Task, kinds_of, names

_MOST_NAMED = 5

Group = tuple[str, ...]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class GroupChanges:
    """Changes of the members of joint networks, larger is better.

    Attributes:
        tasks: All T tasks.
        seeds: The S seeds.
        scaled: Group of two tasks or more -> [S, members] changes where they are averaged; NaN
            where a seed is not known.
        turned: [T] see `relations.statistics.scales.to_scale`.
        relative: Whether changes are relative; else they are in units of the seeds' spread.
        notes: What is not known, for people.
        warnings: What speaks against what is known, such as a seed far from all others.
        lost: Groups of three tasks or more that were trained and have no change: a run failed, or
            scores cannot be held against training alone. They are not to be predicted.
    """

    tasks: tuple[str, ...]
    seeds: tuple[int, ...]
    scaled: Mapping[Group, Matrix]
    turned: Flags
    relative: bool = True
    notes: tuple[str, ...] = field(default=())
    lost: frozenset[Group] = frozenset()
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_changes(cls, changes: ChangeMatrix) -> "GroupChanges":
        """The pairs of a change matrix; a pair of which an edge is unknown is left out.

        Raises:
            GroupingError: The tasks' changes are of several kinds, which cannot be summed.
        """
        relative = _one_kind([kind.name for kind in changes.kinds], changes.tasks)
        scale = changes.on_scale(changes.by_seed)
        scaled: dict[Group, Matrix] = {}
        unknown: dict[Group, str] = {}
        why = changes.why_unknown()
        for one in range(len(changes.tasks)):
            for other in range(one + 1, len(changes.tasks)):
                pair = (changes.tasks[one], changes.tasks[other])
                reason = why.get(pair) or why.get((pair[1], pair[0]))
                if reason is None:
                    scaled[pair] = np.stack([scale[:, other, one], scale[:, one, other]], axis=1)
                else:
                    unknown[pair] = reason
        known = (changes.tasks, changes.seeds, scaled, changes.turned, relative)
        return cls(*known, _notes(unknown), warnings=warnings_of(changes))

    @classmethod
    def from_outcomes(cls, tasks: Sequence[Task], outcomes: Iterable[Outcome]) -> "GroupChanges":
        """Groups of any size from runs, each against the single-task runs of the same seeds.

        A group has no change when one of its runs failed or a score has none, or when that is so
        of a single-task run of its members. Notes name these, and the pairs that are missing.

        Args:
            tasks: All tasks; runs with others are left out.
            outcomes: Runs of any of them.

        Raises:
            GroupingError: The tasks' changes are of several kinds, which cannot be summed, or a
                task has no single-task score.
        """
        relative = _one_kind([kind.name for kind in kinds_of(tasks)], names(tasks))
        kept = [one for one in outcomes if set(one.run.tasks) <= set(names(tasks))]
        seeds = tuple(sorted({one.run.seed for one in kept}))
        alone, unfit = _alone(tasks, kept, seeds)
        with np.errstate(invalid="ignore"):
            negative = (alone < 0).any(axis=0)
        turned = ~np.array([task.higher_is_better for task in tasks]) != negative
        without = _lost_alone(tasks, kept, unfit)
        scaled, lost = _of_groups(tasks, kept, seeds, alone, turned, without)
        missing = [pair for pair in combinations(names(tasks), 2) if pair not in {**scaled, **lost}]
        larger = frozenset(group for group in lost if len(group) > 2)
        notes = _notes({**lost, **dict.fromkeys(missing, MISSING)})
        return cls(names(tasks), seeds, scaled, turned, relative, notes, larger)

    def means(self, draw: NDArray[np.int64] | None = None) -> dict[Group, Matrix]:
        """Group -> [members] mean changes, as fractions or in units of the spread.

        Args:
            draw: Places of the seeds to take the means of, each as often as it stands there; all
                seeds once when None. A pair that is not known with them is left out; a larger group
                is NaN, which says that it was trained and is not to be predicted.
        """
        known = {group: np.full(len(group), np.nan) for group in self.lost}
        for group, scaled in self.scaled.items():
            mean = mean_of_known(scaled if draw is None else scaled[draw])
            places = [self.tasks.index(task) for task in group]
            if not np.isnan(mean).any():
                known[group] = to_changes(mean, self.turned[places], self.relative)
            elif len(group) > 2:
                known[group] = np.full(len(group), np.nan)
        return known


def warnings_of(changes: ChangeMatrix) -> tuple[str, ...]:
    """What people should know before they believe groups; what is not known is said elsewhere."""
    return (*learning_warnings(changes.learnt), *changes.seed_notes())


def check_one_kind(tasks: Sequence[Task]) -> None:
    """Refuse tasks whose changes cannot be summed.

    Raises:
        GroupingError: With their kinds.
    """
    _one_kind([task.change for task in tasks], names(tasks))


def mean_change(task: Task, alone: Matrix, scores: Matrix) -> float:
    """Mean change of a task's scores [S] against those of training alone [S], of the same seeds.

    Raises:
        GroupingError: Scores have no change of the task's kind, such as ratios of mixed sign.
    """
    relative = _one_kind([task.change], [task.name])
    signs = np.sign(np.concatenate([alone, scores]))
    unit = np.abs(alone) if relative else np.full(alone.shape, spread_of(alone))
    if (relative and (len(set(signs)) > 1 or 0 in signs)) or np.isnan(unit).any():
        raise GroupingError(f"The scores of `{task.name}` have no {task.change} change.")
    turned = np.array([task.higher_is_better == (signs[0] < 0)])
    change = change_of_scores(scores, alone, task.higher_is_better, unit)
    scaled = to_scale(change, turned, relative).mean(keepdims=True)
    return float(to_changes(scaled, turned, relative)[0])


def _one_kind(kinds: Sequence[str], tasks: Sequence[str]) -> bool:
    """Whether all changes are relative; else all are standardised.

    Raises:
        GroupingError: They are of several kinds, or in the metrics' own units.
    """
    if set(kinds) in ({RELATIVE}, {STANDARDISED}):
        return set(kinds) == {RELATIVE}
    listed = ", ".join(f"{task}: {kind}" for task, kind in zip(tasks, kinds, strict=True))
    raise GroupingError(
        f"A grouping is judged by the sum of its tasks' changes, which need one unit; these are "
        f"{listed}. Measure all of them relatively, or all in units of the seeds' spread."
    )


def _check_alone(tasks: Sequence[Task], alone: Matrix) -> None:
    """Refuse tasks without any single-task score, whose network alone would seem to cost nothing.

    Raises:
        GroupingError: With the tasks.
    """
    lacking = [
        task.name for task, scores in zip(tasks, alone.T, strict=True) if np.isnan(scores).all()
    ]
    if lacking:
        raise GroupingError(
            f"There is no single-task score of {', '.join(lacking)} to hold groups against: its "
            "runs are missing or failed. Train them, or leave the task out."
        )


def _alone(
    tasks: Sequence[Task], outcomes: Sequence[Outcome], seeds: Sequence[int]
) -> tuple[Matrix, Flags]:
    """[S, T] single-task scores, NaN where missing or of no use, and which have no change.

    Raises:
        GroupingError: A task has no score.
    """
    alone = np.full((len(seeds), len(tasks)), np.nan)
    place = {task.name: at for at, task in enumerate(tasks)}
    for one in outcomes:
        if len(one.run.tasks) == 1 and one.scores is not None:
            task = one.run.tasks[0]
            alone[seeds.index(one.run.seed), place[task]] = one.scores[task]
    _check_alone(tasks, alone)
    unfit = unusable_scores(tasks, alone, np.full((*alone.shape, len(tasks)), np.nan)).single
    return np.where(unfit, np.nan, alone), unfit


def _lost_alone(tasks: Sequence[Task], outcomes: Sequence[Outcome], unfit: Flags) -> dict[str, str]:
    """Task -> why no change of it is known, whatever it is trained with: as edges are judged."""
    scores = {
        task.name: without_change(task.change)
        for task, of_task in zip(tasks, unfit.T, strict=True)
        if of_task.any()
    }
    failed = {
        one.run.tasks[0]: FAILED
        for one in outcomes
        if len(one.run.tasks) == 1 and one.scores is None
    }
    return scores | failed


def _of_groups(
    tasks: Sequence[Task],
    outcomes: Sequence[Outcome],
    seeds: Sequence[int],
    alone: Matrix,
    turned: Flags,
    without: Mapping[str, str],
) -> tuple[dict[Group, Matrix], dict[Group, str]]:
    """Changes of the groups that are known, and why those are not that were trained and are not.

    Args:
        tasks: All T tasks.
        outcomes: Runs of any of them.
        seeds: The S seeds.
        alone: [S, T] single-task scores; NaN where there is none.
        turned: [T] see `GroupChanges`.
        without: Task -> why it has no change.
    """
    place = {task.name: at for at, task in enumerate(tasks)}
    scaled: dict[Group, Matrix] = {}
    lost: dict[Group, str] = {}
    for one in outcomes:
        group = tuple(sorted(one.run.tasks, key=place.__getitem__))
        if len(group) < 2:
            continue
        at, seed = [place[task] for task in group], seeds.index(one.run.seed)
        values = scaled.setdefault(group, np.full((len(seeds), len(group)), np.nan))
        reasons = [without[task] for task in group if task in without]
        if one.scores is None or reasons:
            lost[group] = reasons[0] if reasons else FAILED
            continue
        score = np.array([one.scores[task] for task in group])
        if np.isnan(score).any():  # the run lacks a score
            lost[group] = FAILED
        chosen = [tasks[each] for each in at]
        values[seed] = _scaled_changes(chosen, score, alone[:, at], seed, turned[at])
        if (np.isnan(values[seed]) & ~np.isnan(alone[seed, at])).any():
            lost.setdefault(group, without_change(tasks[0].change))
    for group, values in scaled.items():
        if np.isnan(mean_of_known(values)).any():
            lost.setdefault(group, MISSING)
    return {group: values for group, values in scaled.items() if group not in lost}, lost


def _scaled_changes(
    tasks: Sequence[Task], score: Matrix, alone: Matrix, seed: int, turned: Flags
) -> Matrix:
    """[members] changes of a run's scores where they are averaged; NaN where there is none.

    Args:
        tasks: The members.
        score: [members] their scores.
        alone: [S, members] their single-task scores.
        seed: The place of the run's seed.
        turned: [members] see `GroupChanges`.
    """
    relative = tasks[0].change == RELATIVE
    own = alone[seed]
    unit = np.abs(own) if relative else np.array([spread_of(scores) for scores in alone.T])
    rises = np.array([task.higher_is_better for task in tasks])
    with np.errstate(invalid="ignore", divide="ignore"):
        change = change_of_scores(score, own, rises, unit)
        usable = (np.sign(score) == np.sign(own)) & (score != 0) if relative else unit > 0
        return np.where(usable, to_scale(change, turned, relative), np.nan)


def _notes(unknown: Mapping[Group, str]) -> tuple[str, ...]:
    """What is not known and why, a note for each reason."""
    notes = []
    for reason, groups in by_reason(unknown).items():
        shown = first_names(map("+".join, groups), _MOST_NAMED)
        relative = reason == without_change(RELATIVE)
        other = " (--standardised TASK=-1, of all tasks, has others)" if relative else ""
        notes.append(f"not known, {reason}{other}: {shown}")
    return tuple(notes)
