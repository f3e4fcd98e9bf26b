"""The loggers of one run, told some two hundred times."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from gradsplit.errors import GradSplitError, LogNote
from gradsplit.training.loggers.logger import RunLogger, logger_named
from gradsplit.training.optimizers import learning_rate
from gradsplit.training.recipe import Recipe
from relations.runs import Run

TIMES = 200
"""So often a run's losses are told; each time waits for the device."""

FOLDER = "logs"
"""Beside the ledger."""


@dataclass(frozen=True)
class Logs:
    """Which loggers runs have, and where.

    Attributes:
        folder: Of all runs.
        names: Of loggers.
    """

    folder: Path
    names: tuple[str, ...]

    @contextmanager
    def of(self, run: Run, recipe: Recipe) -> "Iterator[RunLogs]":
        """The loggers of one run, closed in the end.

        Raises:
            GradSplitError: The library of one is not installed.
        """
        made: dict[str, RunLogger] = {}
        told = RunLogs(recipe, made, run)
        try:
            # One after the other: what was made is closed where the next one cannot be.
            for name in self.names:
                self._make(name, told)
            yield told
        finally:
            told.close()

    def _make(self, name: str, told: "RunLogs") -> None:
        """Make a logger of a run.

        Raises:
            GradSplitError: Its library is not installed: no run of a study would have it.

        Warns:
            LogNote: It cannot be made now: a full disk, a server that is away for a night.
        """
        kind = logger_named(name)
        try:
            told.loggers[name] = kind(self.folder, told.run)
        except GradSplitError:
            raise
        except Exception as fault:
            _note_failed(told.run, name, fault)

    def say_untold(self, runs: Sequence[Run]) -> None:
        """Say that these loggers are not told of runs, as they are trained together.

        Warns:
            LogNote: There are loggers.
        """
        if self.names:
            warnings.warn(
                f"{len(runs)} runs are trained together, of which {', '.join(self.names)} is not "
                "told while they train; another executor tells it.",
                LogNote,
                stacklevel=3,
            )


NO_LOGS = Logs(Path(), ())
"""Nobody is told anything."""


@dataclass(frozen=True)
class RunLogs:
    """The loggers of one run. One that fails is told no more, and costs no training.

    Attributes:
        recipe: How it is trained.
        loggers: By name, told all together.
        run: The run.
    """

    recipe: Recipe
    loggers: dict[str, RunLogger]
    run: Run

    def on_step(self, step: int, losses: Mapping[str, Tensor]) -> None:
        """Called after every step; see `gradsplit.training.fit.fit`."""
        steps = self.recipe.steps
        if not self.loggers or (step % max(1, steps // TIMES) and step != steps):
            return
        values = {task: loss.item() for task, loss in losses.items()}
        rate = learning_rate(self.recipe, min(step, steps) - 1)
        self._tell(lambda one: one.losses(step, values, rate))

    def scores(self, scores: Mapping[str, float]) -> None:
        """The scores of the finished run."""
        self._tell(lambda one: one.scores(scores))

    def close(self) -> None:
        """Nothing more comes."""
        self._tell(lambda one: one.close())

    def _tell(self, act: Callable[[RunLogger], None]) -> None:
        """Have something done by every logger.

        Warns:
            LogNote: One fails, by whatever its library raises: a full disk, a server that is away.
        """
        for name, one in [*self.loggers.items()]:
            try:
                act(one)
            except Exception as fault:
                del self.loggers[name]
                with suppress(Exception):  # for the same reason
                    one.close()
                _note_failed(self.run, name, fault)


def _note_failed(run: Run, name: str, fault: Exception) -> None:
    """Say that a logger of a run failed."""
    warnings.warn(
        f"{run}: its logger `{name}` failed ({type(fault).__name__}: {fault}) and "
        "is told no more; the run goes on.",
        LogNote,
        stacklevel=5,
    )
