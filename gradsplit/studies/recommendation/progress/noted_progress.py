"""Notes what a recommendation is at whenever it begins to train something."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.arguments import is_whole
from gradsplit.studies.recommendation.asked import Asked
from gradsplit.studies.recommendation.progress.progress_file import Key, Progress, Stage, key_of
from relations.ledger.pulse import place_of_claims, start_of

if TYPE_CHECKING:
    from relations.runs import Run


@dataclass
class NotedProgress:
    """Told of all runs before they are trained; writes what they are for into the folder.

    Attributes:
        folder: Of the recommendation; it must be there.
        tasks: All tasks, in order.
        asked: What is asked for.
        workers: How many runs at once, where that is said.
    """

    folder: Path
    tasks: Sequence[str]
    asked: Asked
    workers: int | None = None
    _progress: Progress = field(init=False)
    _next: tuple[str, ...] = ()
    _entered: set[str] = field(default_factory=set)
    _runs: dict[Key, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        limits, pid = self.asked.limits, os.getpid()
        self._progress = Progress(
            limits.most,
            len(self.asked.racing),
            len(self.asked.judging),
            self.workers if is_whole(self.workers) else None,
            (place_of_claims(self.folder), pid, start_of(pid)),
            time.time(),
            "race",
        )

    def compares(self, candidates: Sequence[str]) -> None:
        """The runs that come next are those of candidates."""
        self._next = tuple(candidates)

    def __call__(self, ledger: Path, runs: "Sequence[Run]") -> None:
        """Runs are going to be trained, or taken from the ledger."""
        names, self._next = self._next, ()
        now = dict.fromkeys(key_of(ledger.name, run) for run in runs)
        self._runs |= now
        self._write(
            replace(
                self._progress,
                stage=self._stage(names, runs),
                candidates=names,
                join=bool(names) and not self._entered & set(names),
                seeds=tuple(sorted({run.seed for run in runs})),
                now=tuple(now),
                runs=tuple(self._runs),
            )
        )
        self._entered |= set(names)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """All that is trained inside; notes how it ended."""
        try:
            yield
        except BaseException as error:
            said = str(error).partition("\n")[0] if isinstance(error, Exception) else ""
            self._write(replace(self._progress, stopped=said))
            raise
        self._write(replace(self._progress, stage="finished", candidates=(), now=()))

    def _stage(self, names: Sequence[str], runs: "Sequence[Run]") -> Stage:
        if names:
            fresh = set(self.asked.judging)
            return "judgement" if all(run.seed in fresh for run in runs) else "race"
        if not any(run.variant for run in runs):
            return "probe"
        # Of all tasks are the runs of a search, which comes before any probe.
        joint = all(len(run.tasks) in (1, len(self.tasks)) for run in runs)
        probed = self._progress.stage in ("probe", "diagnosis")
        return "search" if joint and not probed else "diagnosis"

    def _write(self, progress: Progress) -> None:
        self._progress = replace(progress, at=time.time())
        self._progress.write(self.folder)
