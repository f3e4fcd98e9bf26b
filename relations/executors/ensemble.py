"""Runs trained together as one vectorised program, by a trainer that can."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, cast, runtime_checkable

from relations.errors import RelationsError, ScoreError
from relations.runs import Outcome, Run, Trainer
from relations.side_scores import scored

_MOST = 1000
_SHARE = 0.5


class TrainsTogether(Protocol):
    """A trainer that trains many runs at once.

    One that knows more than scores may have `outcomes_together(runs)` as well, which is given each
    `Run` and gives an `Outcome`, or an exception, for each; it is asked instead.
    """

    def together(
        self, runs: Sequence[tuple[tuple[str, ...], int]]
    ) -> Sequence[Mapping[str, float] | Exception]:
        """For each (tasks, seed) its scores, or why this run failed.

        Raises:
            MemoryError: So many do not fit into memory; fewer may.
        """
        ...


@runtime_checkable
class KnowsMemory(Protocol):
    """A trainer that can say how many runs fit into memory."""

    def member_bytes(self) -> Mapping[str, int]:
        """Bytes that each task adds to a run in a group."""
        ...

    def free_bytes(self) -> int:
        """Bytes that are free now."""
        ...


class Ensemble:
    """Trains many runs at once, in this process, where the trainer has `together(runs)`.

    Worth it for small networks, which leave a processor idle when they are trained one by one. A
    group is recorded when it is finished, so a kill loses at most one group. Where a group does not
    fit into memory all the same, it is halved, as often as it takes, and so are those after it.

    Args:
        members: Runs in a group; all of them are in memory at once. None: as many as half of the
            free memory holds, where the trainer can say that (`KnowsMemory`), at most 1000.

    Raises:
        RelationsError: `members` is below 1.
    """

    def __init__(self, members: int | None = None) -> None:
        if members is not None and members < 1:
            raise RelationsError(f"`members` must be at least 1, got {members}.")
        self.members = members

    def outcomes(self, train: Trainer, runs: Iterable[Run]) -> Iterator[Outcome]:
        """See `relations.executors.Executor`.

        Raises:
            RelationsError: The trainer cannot train runs together. What it raises itself when it
                can train none of them, e.g. for a network with batch statistics, is passed on.
        """
        if not hasattr(train, "together"):
            raise RelationsError(
                "This trainer trains one run at a time: it has no `together(runs)`. Use the "
                'executor "processes".'
            )
        trainer = cast(TrainsTogether, train)
        groups = _Groups(runs, self.members, train)
        while group := groups.following():
            start = time.perf_counter()
            results = _results(trainer, group)
            if isinstance(results, MemoryError):
                if len(group) > 1:
                    groups.halve(group)
                    continue
                results = [results]
            share = (time.perf_counter() - start) / len(group)
            for run, result in zip(group, results, strict=True):
                yield _outcome(run, result, share)


class _Groups:
    """Runs in groups that fit into memory; a run is asked for only when its group can start."""

    def __init__(self, runs: Iterable[Run], members: int | None, train: Trainer) -> None:
        self._source = iter(runs)
        self._again: deque[Run] = deque()
        self._most = members or _MOST
        self._knows = train if members is None and isinstance(train, KnowsMemory) else None
        self._bytes: Mapping[str, int] | None = None

    def following(self) -> list[Run]:
        """The next group, empty at the end; one run at least, however large it is."""
        group: list[Run] = []
        left = float("inf")
        while len(group) < self._most and (run := self._next()) is not None:
            if not group and self._knows is not None:
                left = _SHARE * self._knows.free_bytes()
            left -= self._bytes_of(run)
            if group and left < 0:
                self._again.appendleft(run)
                break
            group.append(run)
        return group

    def halve(self, group: Sequence[Run]) -> None:
        """Give the runs of a group again, in groups of half its size at most."""
        self._again.extendleft(reversed(group))
        self._most = len(group) // 2

    def _next(self) -> Run | None:
        return self._again.popleft() if self._again else next(self._source, None)

    def _bytes_of(self, run: Run) -> int:
        if self._knows is None:
            return 0
        if self._bytes is None:
            self._bytes = self._knows.member_bytes()
        return sum(self._bytes.get(task, 0) for task in run.tasks)


def _results(
    trainer: TrainsTogether, group: Sequence[Run]
) -> Sequence[Mapping[str, float] | Outcome | Exception] | MemoryError:
    """What the trainer gives, or that memory was short; nothing of the attempt is kept alive."""
    detailed = getattr(trainer, "outcomes_together", None)
    try:
        if detailed is not None:
            return detailed(group)
        return trainer.together([(run.tasks, run.seed) for run in group])
    except MemoryError as error:
        return MemoryError(str(error))


def _outcome(
    run: Run, result: Mapping[str, float] | Outcome | Exception, seconds: float
) -> Outcome:
    """One member's outcome; its time is an equal share of the group's."""
    if isinstance(result, Outcome):
        return replace(result, run=run, wall_seconds=seconds)
    if isinstance(result, Exception):
        error = f"{type(result).__name__}: {result}"
        return Outcome(run, error=error, wall_seconds=seconds)
    try:
        return replace(scored(run, result), wall_seconds=seconds)
    except ScoreError as wrong:
        return Outcome(run, error=str(wrong), wall_seconds=seconds)
