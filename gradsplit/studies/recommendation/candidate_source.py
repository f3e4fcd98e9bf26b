"""Where candidates come from; every source is one file of `sources/`, which registers itself.

A whole file, such as `sources/quieter.py`::

    from collections.abc import Iterator

    from gradsplit import Configuration, Known, register_source


    @register_source("at once")
    def quieter(known: Known) -> Iterator[Configuration]:
        if "loud" in known.taskset.task_names:
            yield known.of_method("weights:loud=0.1", "one network with the loud task turned down")
"""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation.budget.inference_cost import InferenceCosts
from gradsplit.studies.recommendation.configuration import Configuration

if TYPE_CHECKING:
    from pathlib import Path

    from gradsplit.training.methods.wanted import Wanted
    from gradsplit.training.taskset import TaskSet
    from relations.graph import RelationGraph
    from relations.grouping.group_changes import GroupChanges

Stage = Literal["at once", "on the best balancing", "from relations"]
"""What must be known before a source can be asked, in this order."""


@dataclass
class Known:
    """What is known when candidates are asked for.

    Attributes:
        costs: What configurations of the task set cost at inference.
        folder: Where files of candidates lie, such as masks.
        inference: What a configuration may cost at inference; one shared network costs 1.
        networks: Most networks.
        balance: The words of the balancing method that leads the race, of those that go on top of
            others; "" before there is one.
        graph: The relations, once there was a probe.
        groups: Changes of groups of tasks, once there was a probe.
        masked: Methods that somebody asked for which need a mask of the relations.
        left_out: What a source cannot offer here -> why.
    """

    costs: InferenceCosts
    folder: "Path"
    inference: float
    networks: int
    balance: str = ""
    graph: "RelationGraph | None" = None
    groups: "GroupChanges | None" = None
    masked: "tuple[Wanted, ...]" = ()
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def taskset(self) -> "TaskSet":
        """What is trained."""
        return self.costs.taskset

    def of_method(self, words: str, what: str, name: str = "") -> Configuration:
        """A configuration of one network, by the words of a method.

        Files in the words are of the recommendation's folder.

        Args:
            words: See `gradsplit compare --methods list`.
            what: See `Configuration`.
            name: In tables; the words where it is not given.
        """
        from gradsplit.studies.recommendation.method_words import method_of

        return Configuration(name or words, what, method_of(words, self.folder), words)

    def balanced(self, words: str) -> str:
        """The words of a method with the best balancing on top of it; "" without one."""
        if not self.balance:
            return ""
        return f"{words}{',' if ':' in words else ':'}balance={self.balance}"


Source = Callable[[Known], Iterator[Configuration]]
S = TypeVar("S", bound=Source)

_SOURCES: dict[str, tuple[Stage, Source]] = {}


def register_source(stage: Stage) -> Callable[[S], S]:
    """Have a recommendation ask a function for candidates; a decorator of it.

    Args:
        stage: When it is asked; what `Known` holds then.

    Raises:
        GradSplitError: There is no such stage.
    """
    if stage not in get_args(Stage):
        raise GradSplitError(f"`stage` must be one of {', '.join(get_args(Stage))}, got {stage!r}.")

    def register(source: S) -> S:
        _SOURCES[f"{source.__module__}.{source.__qualname__}"] = (stage, source)
        return source

    return register


def candidates(stage: Stage, known: Known) -> list[Configuration]:
    """What all sources of a stage offer, each configuration once."""
    load()
    found = [
        one
        for at, (when, source) in sorted(_SOURCES.items())
        if when == stage
        for one in source(known)
    ]
    return list({one.name: one for one in found}.values())


@cache
def load() -> None:
    """Import the files of `sources/`, which register what they hold."""
    from gradsplit.studies.recommendation import sources as folder

    for module in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        import_module(module.name)
