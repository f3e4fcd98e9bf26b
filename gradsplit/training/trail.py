"""What is recorded of runs beside their scores: checkpoints, logs, the networks themselves."""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from gradsplit.errors import GradSplitError, all_problems, argument
from gradsplit.training.loggers.logger import asked_loggers

MINUTES = "GRADSPLIT_CHECKPOINT_MINUTES"
"""Environment variable: how often runs are kept where nobody says it; 0 is never."""

DEFAULT_MINUTES = 5.0


@dataclass(frozen=True)
class Trail:
    """What is recorded of runs beside their scores. No score depends on it.

    Attributes:
        checkpoint_minutes: Between two checkpoints of an unfinished run, 0 for none; where None,
            the environment variable `GRADSPLIT_CHECKPOINT_MINUTES` says it, else 5.
        log: Names of loggers that are told of runs while they train; where None, the environment
            variable `GRADSPLIT_LOG` names them.
        networks: Keep the trained network of every run.

    Example:
        >>> Trail(checkpoint_minutes=0, log=("jsonl",)).checked().minutes
        0.0
    """

    checkpoint_minutes: float | None = None
    log: tuple[str, ...] | None = None
    networks: bool = False

    # No part of what runs are told apart by; see `relations.watch`.
    unwatched: ClassVar[frozenset[str]] = frozenset({"checkpoint_minutes", "log", "networks"})

    def checked(self) -> Self:
        """The same, if all of it can be.

        Raises:
            GradSplitError: It cannot; all problems at once.
        """
        problems = [*_problem(lambda: self.minutes), *_problem(lambda: self.loggers)]
        if problems:
            raise GradSplitError(all_problems("Runs cannot be recorded so", problems))
        return self

    @property
    def minutes(self) -> float:
        """Between two checkpoints; 0 for none.

        Raises:
            GradSplitError: It is no number of at least 0.
        """
        if self.checkpoint_minutes is None:
            return _minutes(os.environ.get(MINUTES, "") or DEFAULT_MINUTES, MINUTES)
        return _minutes(self.checkpoint_minutes, argument("checkpoint_minutes"))

    @property
    def loggers(self) -> tuple[str, ...]:
        """Names of loggers.

        Raises:
            GradSplitError: There is none of a name.
        """
        return asked_loggers(self.log)


def _minutes(said: Any, where: str) -> float:
    try:
        minutes = float(said)
    except (TypeError, ValueError):
        minutes = -1.0
    if not 0 <= minutes < math.inf:
        raise GradSplitError(
            f"{where} says how often an unfinished run is kept: give minutes, 0 for never, "
            f"got {said!r}."
        )
    return minutes


NO_TRAIL = Trail()
"""As the environment says, and no networks."""


def _problem(read: Callable[[], object]) -> list[str]:
    try:
        read()
    except GradSplitError as wrong:
        return [str(wrong)]
    return []
