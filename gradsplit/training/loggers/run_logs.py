"""The loggers of one run, told some two hundred times."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from gradsplit.errors import LogNote
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
        made: list[RunLogger] = []
        try:
            # One after the other: what was made is closed where the next one cannot be.
            made.extend(logger_named(name)(self.folder, run) for name in self.names)
            yield RunLogs(recipe, made)
        finally:
            for one in made:
                one.close()

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
    """The loggers of one run.

    Attributes:
        recipe: How it is trained.
        loggers: Told all together.
    """

    recipe: Recipe
    loggers: list[RunLogger] = field(default_factory=list)

    def on_step(self, step: int, losses: Mapping[str, Tensor]) -> None:
        """Called after every step; see `gradsplit.training.fit.fit`."""
        steps = self.recipe.steps
        if not self.loggers or (step % max(1, steps // TIMES) and step != steps):
            return
        values = {task: loss.item() for task, loss in losses.items()}
        rate = learning_rate(self.recipe, min(step, steps) - 1)
        for one in self.loggers:
            one.losses(step, values, rate)

    def scores(self, scores: Mapping[str, float]) -> None:
        """The scores of the finished run."""
        for one in self.loggers:
            one.scores(scores)
