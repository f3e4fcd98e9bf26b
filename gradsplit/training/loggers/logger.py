"""What a logger is, and the register of loggers.

@register_logger("print")
class Printing(RunLogger):
"A line on stdout."

def __init__(self, folder, run):
self.run = run

def losses(self, step, losses, rate):
print(self.run, step, losses)

def scores(self, scores):
print(self.run, scores)
"""

import os
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from gradsplit.errors import GradSplitError, did_you_mean
from relations.runs import Run

LOG = "GRADSPLIT_LOG"
"""Environment variable: names of loggers with commas between, such as "jsonl,tensorboard"."""


class RunLogger(ABC):
    """Told how one run trains; made in the process that trains it, closed when it ends.

    Args:
        folder: Where files of all runs may lie; `relations.run_files.run_file` names those of one.
        run: The run.
    """

    @abstractmethod
    def __init__(self, folder: Path, run: Run) -> None: ...

    @abstractmethod
    def losses(self, step: int, losses: Mapping[str, float], rate: float) -> None:
        """Losses that were seen.

        Args:
            step: Steps that are done. A run that goes on from a checkpoint tells of the steps since
                then a second time.
            losses: Task -> unweighted training loss.
            rate: The learning rate.
        """

    @abstractmethod
    def scores(self, scores: Mapping[str, float]) -> None:
        """The scores of the finished run, side scores among them."""

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Nothing more comes."""


_LOGGERS: dict[str, type[RunLogger]] = {}


def register_logger(name: str) -> Callable[[type[RunLogger]], type[RunLogger]]:
    """Make a logger known by a name; a decorator of its class."""

    def register(kind: type[RunLogger]) -> type[RunLogger]:
        _LOGGERS[name] = kind
        return kind

    return register


def logger_named(name: str) -> type[RunLogger]:
    """The logger of a name.

    Raises:
        GradSplitError: There is none.
    """
    _load()
    if name not in _LOGGERS:
        raise GradSplitError(
            f"There is no logger `{name}`; there are {', '.join(sorted(_LOGGERS))}."
            f"{did_you_mean(name, _LOGGERS)}"
        )
    return _LOGGERS[name]


def asked_loggers(said: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Names of loggers, all of which there are.

    Args:
        said: The names; where None, those in the environment variable `GRADSPLIT_LOG`.

    Raises:
        GradSplitError: There is none of a name.
    """
    texts = os.environ.get(LOG, "").split(",") if said is None else said
    names = tuple(name.strip() for name in texts if name.strip())
    for name in names:
        logger_named(name)
    return names


@cache
def _load() -> None:
    from gradsplit.training import loggers as folder

    for module in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        import_module(module.name)
