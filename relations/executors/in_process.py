"""Runs one after the other in this process."""

from collections.abc import Iterable, Iterator

from relations.executors.measured import measured
from relations.runs import Outcome, Run, Trainer


class InProcess:
    """Trains one run at a time, here; for debugging, small tasks, and one device."""

    ends_softly = True

    def outcomes(self, train: Trainer, runs: Iterable[Run]) -> Iterator[Outcome]:
        """See `relations.executors.Executor`."""
        for run in runs:
            yield measured(train, run)
