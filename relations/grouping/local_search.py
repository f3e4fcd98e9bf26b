"""A good choice of networks among all groups of many tasks, by search; not shown to be the best.

Each start deals the tasks out at random, and then takes the best of all single moves until none
gains: a task joins a network, leaves one, moves from one to another, or changes places with another
task where networks may be full. Tasks that are to be served together move together. A network that
may not be had, or whose gains are not known, serves nobody, and tasks that nobody serves cost more
than anything gains. Source: our choice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relations.errors import GroupingError
from relations.grouping.candidate import Candidate, Choice
from relations.grouping.predicted import Predictor
from relations.statistics.intervals import Matrix

Members = NDArray[np.bool_]

STARTS = 16
MOST_TASKS = 500
_GAIN = 1e-9
"""Smaller gains are rounding."""
_UNSERVED = -1e6
"""What a task costs that nobody serves."""


@dataclass(frozen=True)
class Rules:
    """What networks must obey, of tasks by their places.

    Attributes:
        units: Tasks that are served together, every task in one unit; each by itself when None.
        apart: Pairs that must not be in one network.
        largest: Most tasks of a network.
    """

    units: Sequence[Sequence[int]] | None = None
    apart: Sequence[tuple[int, int]] = ()
    largest: int | None = None


class _Field:
    """What every step of the search asks: what the units gain in a network."""

    def __init__(self, predictor: Predictor, rules: Rules, *, disjoint: bool) -> None:
        self.predictor, self.rules, self.disjoint = predictor, rules, disjoint
        units = rules.units or [[at] for at in range(predictor.size)]
        self.size = len(units)
        self.owner = np.zeros(predictor.size, dtype=np.int64)
        for at, unit in enumerate(units):
            self.owner[list(unit)] = at

    def tasks(self, group: Members) -> list[int]:
        """The tasks of a group of units."""
        return np.flatnonzero(group[self.owner]).tolist()

    def allowed(self, tasks: Sequence[int]) -> bool:
        """Whether the rules allow a network of these tasks."""
        if self.rules.largest is not None and len(tasks) > self.rules.largest:
            return False
        held = set(tasks) if self.rules.apart else ()
        return not any(one in held and other in held for one, other in self.rules.apart)

    def gains(self, group: Members) -> Matrix:
        """[units] gains of a group's units, -inf of the others, and of all where it cannot be."""
        nothing = np.full(self.size, -np.inf)
        tasks = self.tasks(group)
        if not (tasks and self.allowed(tasks) and self.predictor.knows(tasks)):
            return nothing
        sums = np.bincount(self.owner[tasks], self.predictor.gains(tasks), self.size)
        return np.where(group, sums, nothing)


def search(
    tasks: Sequence[str],
    predictor: Predictor,
    networks: int,
    *,
    disjoint: bool = False,
    rules: Rules | None = None,
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
        rules: What else they must obey; nothing when None.
        starts: How often to begin anew; the best result is taken.
        seed: Of the random starts.
        known: Groups that together serve all tasks, at most `networks`: one more start.

    Returns:
        The best that was found; None where nothing was that serves every task.

    Raises:
        GroupingError: Some pair's gain is not known, or there are too many tasks.
    """
    _check(tasks, predictor)
    field = _Field(predictor, rules or Rules(), disjoint=disjoint)
    rng = np.random.default_rng(seed)
    best, most = None, -np.inf
    dealt = [_dealt(field, 1 if start == 0 else networks, networks, rng) for start in range(starts)]
    if known:
        dealt.append(np.zeros((networks, field.size), dtype=bool))
        members = np.array([[task in group for task in tasks] for group in known])
        for unit in range(field.size):  # in a group if all of its tasks are
            dealt[-1][: len(known), unit] = members[:, field.owner == unit].all(axis=1)
    for groups in dealt:
        groups, gains, total = _climbed(groups, field)
        if total > most + _GAIN and np.isfinite(gains.max(axis=0)).all():
            best, most = (groups, gains), total
    return None if best is None else _choice(tasks, *best, field)


def _check(tasks: Sequence[str], predictor: Predictor) -> None:
    """Refuse what cannot be searched.

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


def _dealt(field: _Field, used: int, networks: int, rng: np.random.Generator) -> Members:
    """[networks, units] each unit in one of the first `used` networks, at random.

    Where the rules forbid that it is dealt to another network, or to none if all forbid it.
    """
    groups = np.zeros((networks, field.size), dtype=bool)
    for unit, drawn in enumerate(rng.integers(used, size=field.size)):
        for at in (drawn, *rng.permutation(networks)) if _ruled(field.rules) else (drawn,):
            groups[at, unit] = True
            if field.allowed(field.tasks(groups[at])):
                break
            groups[at, unit] = False
    return groups


def _ruled(rules: Rules) -> bool:
    return rules.largest is not None or bool(rules.apart)


def _climbed(groups: Members, field: _Field) -> tuple[Members, Matrix, float]:
    """The groups after all moves that gain, their gains and total."""
    groups = groups.copy()
    gains = np.stack([field.gains(group) for group in groups])
    total = _total(gains)
    improved = True
    while improved:
        improved = False
        for unit in range(groups.shape[1]):
            moved = _best_move(groups, gains, unit, field)
            if moved is not None and moved[2] > total + _GAIN:
                groups, gains, total = moved
                improved = True
    return groups, gains, total


def _best_move(
    groups: Members, gains: Matrix, unit: int, field: _Field
) -> tuple[Members, Matrix, float] | None:
    """The best change of the networks that a unit is in, with what comes of it."""
    best, most = None, -np.inf
    for toggled in _moves(groups, unit, field):
        after, after_gains = groups.copy(), gains.copy()
        for at, other in toggled:
            after[at, other] = not after[at, other]
        for at in {at for at, _ in toggled}:
            after_gains[at] = field.gains(after[at])
        total = _total(after_gains)
        if total > most:
            best, most = (after, after_gains, total), total
    return best


def _moves(groups: Members, unit: int, field: _Field) -> Iterator[list[tuple[int, int]]]:
    """Which units join or leave which networks, of all moves of a unit that are allowed.

    Where networks may be full, too: it changes places with a unit of another network.
    """
    member = groups[:, unit]
    for at in range(len(member)):
        if not member.any() or (not field.disjoint and not (member[at] and member.sum() == 1)):
            yield [(at, unit)]
        if member[at]:
            continue
        for source in np.flatnonzero(member).tolist():
            yield [(at, unit), (source, unit)]
            if field.rules.largest is not None:
                for other in np.flatnonzero(groups[at] & ~groups[source]).tolist():
                    yield [(at, unit), (source, unit), (at, other), (source, other)]


def _total(gains: Matrix) -> float:
    best = gains.max(axis=0)
    return float(np.where(np.isfinite(best), best, _UNSERVED).sum())


def _choice(tasks: Sequence[str], groups: Members, gains: Matrix, field: _Field) -> Choice:
    """The networks that serve somebody, each unit served where it gains most."""
    serves = gains.argmax(axis=0)[field.owner].tolist()
    order = list(dict.fromkeys(serves))
    networks = []
    for at in order:
        members = field.tasks(groups[at])
        values = tuple(field.predictor.gains(members).tolist())
        named = tuple(tasks[task] for task in members)
        networks.append(Candidate(named, values, measured=field.predictor.measured(members)))
    return Choice(
        tuple(networks),
        {task: order.index(at) for task, at in zip(tasks, serves, strict=True)},
        exact=False,
    )
