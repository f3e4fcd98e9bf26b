"""Runs trained together as one vectorised program, by a trainer that can."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol, cast

from relations.errors import RelationsError, ScoreError
from relations.runs import Outcome, Run, Trainer, checked_scores


class TrainsTogether(Protocol):
    """A trainer that trains many runs at once."""

    def together(
        self, runs: Sequence[tuple[tuple[str, ...], int]]
    ) -> Sequence[Mapping[str, float] | Exception]:
        """For each (tasks, seed) its scores, or why this run failed."""
        ...


class Ensemble:
    """Trains `members` runs at once, in this process, where the trainer has `together(runs)`.

    Worth it for small networks, which leave a processor idle when they are trained one by one. A
    group is recorded when it is finished, so a kill loses at most one group.

    Args:
        members: Runs in a group; all of them are in memory at once.

    Raises:
        RelationsError: `members` is below 1.
    """

    def __init__(self, members: int = 200) -> None:
        if members < 1:
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
        trainer, source = cast(TrainsTogether, train), iter(runs)
        while group := list(islice(source, self.members)):
            start = time.perf_counter()
            results = trainer.together([(run.tasks, run.seed) for run in group])
            share = (time.perf_counter() - start) / len(group)
            for run, result in zip(group, results, strict=True):
                yield _outcome(run, result, share)


def _outcome(run: Run, result: Mapping[str, float] | Exception, seconds: float) -> Outcome:
    """One member's outcome; its time is an equal share of the group's."""
    if isinstance(result, Exception):
        error = f"{type(result).__name__}: {result}"
        return Outcome(run, error=error, wall_seconds=seconds)
    try:
        return Outcome(run, scores=checked_scores(run, result), wall_seconds=seconds)
    except ScoreError as wrong:
        return Outcome(run, error=str(wrong), wall_seconds=seconds)
