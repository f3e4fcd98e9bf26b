"""A good choice of networks among all groups of many tasks, by search; not shown to be the best.

Each start deals the tasks out at random, and then takes the best of all single moves until none
gains: a task joins a network, leaves one, or moves from one to another. Source: our choice.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from relations.errors import GroupingError
from relations.grouping.candidate import Candidate, Choice, serve
from relations.grouping.predicted import Predictor
from relations.statistics.intervals import Matrix

Members = NDArray[np.bool_]

STARTS = 16
MOST_TASKS = 500
_GAIN = 1e-9
"""Smaller gains are rounding."""


def search(
    tasks: Sequence[str],
    predictor: Predictor,
    networks: int,
    *,
    disjoint: bool = False,
    starts: int = STARTS,
    seed: int = 0,
    known: Sequence[Sequence[str]] = (),
) -> Choice | None:
    """At most `networks` groups, every task in one or more of them.

    Args:
        tasks: All T tasks.
        predictor: Gains of any group.
        networks: Most networks, each of cost 1.
        disjoint: Whether no task may be in two of them.
        starts: How often to begin anew; the best result is taken.
        seed: Of the random starts.
        known: Groups that together serve all tasks, at most `networks`: one more start.

    Returns:
        The best that was found; None where all that was looked at needs a network whose gains are
        not known.

    Raises:
        GroupingError: Some pair's gain is not known, or there are too many tasks.
    """
    if predictor.unknown.any():
        pairs = [f"{tasks[one]} with {tasks[other]}" for one, other in
                 np.argwhere(predictor.unknown)[:3]]  # fmt: skip
        raise GroupingError(
            f"With {len(tasks)} tasks every pair must be known; unknown are "
            f"{int(predictor.unknown.sum())} edges, such as {', '.join(pairs)}. Probe them, or "
            "leave tasks out."
        )
    if len(tasks) > MOST_TASKS:
        raise GroupingError(f"At most {MOST_TASKS} tasks can be grouped, got {len(tasks)}.")
    rng = np.random.default_rng(seed)
    best, most = None, -np.inf
    dealt = [
        _dealt(len(tasks), 1 if start == 0 else networks, networks, rng) for start in range(starts)
    ]
    if known:
        dealt.append(np.zeros((networks, len(tasks)), dtype=bool))
        dealt[-1][: len(known)] = [[task in group for task in tasks] for group in known]
    for groups in dealt:
        groups, total = _climbed(groups, predictor, disjoint=disjoint)
        if total > most + _GAIN:
            best, most = groups, total
    if best is None:
        return None
    had = [group for group in best if np.isfinite(_gains(group, predictor)).any()]
    return serve(tasks, [_candidate(tasks, group, predictor) for group in had], exact=False)


def _dealt(size: int, used: int, networks: int, rng: np.random.Generator) -> Members:
    """[networks, T] each task in one of the first `used` networks, at random."""
    groups = np.zeros((networks, size), dtype=bool)
    groups[rng.integers(used, size=size), np.arange(size)] = True
    return groups


def _climbed(groups: Members, predictor: Predictor, *, disjoint: bool) -> tuple[Members, float]:
    """The groups after all moves that gain, and their total."""
    groups = groups.copy()
    gains = np.stack([_gains(group, predictor) for group in groups])
    total = _total(gains)
    improved = True
    while improved:
        improved = False
        for task in range(groups.shape[1]):
            moved = _best_move(groups, gains, task, predictor, disjoint=disjoint)
            if moved is not None and moved[2] > total + _GAIN:
                groups, gains, total = moved
                improved = True
    return groups, total


def _best_move(
    groups: Members, gains: Matrix, task: int, predictor: Predictor, *, disjoint: bool
) -> tuple[Members, Matrix, float] | None:
    """The best change of the networks that a task is in, with what comes of it."""
    best, most = None, -np.inf
    for changed in _moves(groups[:, task], disjoint=disjoint):
        after, after_gains = groups.copy(), gains.copy()
        for at in np.flatnonzero(changed):
            after[at, task] = not after[at, task]
            after_gains[at] = _gains(after[at], predictor)
        total = _total(after_gains)
        if total > most:
            best, most = (after, after_gains, total), total
    return best


def _moves(member: NDArray[np.bool_], *, disjoint: bool) -> Iterator[NDArray[np.bool_]]:
    """Which networks a task joins or leaves, of all moves that are allowed."""
    size = len(member)
    for at in range(size):
        toggled = np.zeros(size, dtype=bool)
        toggled[at] = True
        if not disjoint and not (member[at] and member.sum() == 1):
            yield toggled
        if not member[at]:
            for source in np.flatnonzero(member):
                moved = toggled.copy()
                moved[source] = True
                yield moved


def _gains(group: Members, predictor: Predictor) -> Matrix:
    """[T] gains of a group's members, -inf of the others, and of all where they are not known."""
    gains = np.full(len(group), -np.inf)
    members = np.flatnonzero(group).tolist()
    if members and predictor.knows(members):
        gains[members] = predictor.gains(members)
    return gains


def _total(gains: Matrix) -> float:
    return float(gains.max(axis=0).sum())


def _candidate(tasks: Sequence[str], group: Members, predictor: Predictor) -> Candidate:
    members = np.flatnonzero(group).tolist()
    gains = predictor.gains(members).tolist()
    return Candidate(
        tuple(tasks[at] for at in members), tuple(gains), measured=predictor.measured(members)
    )
