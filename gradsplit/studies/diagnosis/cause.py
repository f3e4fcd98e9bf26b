"""What a cause of a diagnosis is, and those that are known: one file in `causes/` each."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar, Literal

from analysis.diagnosis.removed_harm import REMOVES, Removed
from gradsplit.errors import GradSplitError
from gradsplit.studies.diagnosis.intervention import Edge, Intervention

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradsplit.training.taskset import TaskSet

Gains = Callable[[Intervention, str], "NDArray[np.float64]"]
"""Intervention, task -> [S] change of the task's score to its mean in the pair as it was."""


@dataclass
class Case:
    """An edge under examination.

    Attributes:
        edge: (source, target).
        taskset: What is trained.
        stages: The trunk's stages, first to last.
        evidence: What was trained of the edge, in order, and how much of the harm that removed.
        gains: What interventions brought to the two tasks' scores.
    """

    edge: Edge
    taskset: "TaskSet"
    stages: tuple[str, ...]
    evidence: Mapping[Intervention, Removed] = field(default_factory=dict)
    gains: Gains | None = None

    def removes(self, intervention: Intervention) -> bool:
        """Whether it was trained and removes the harm, by the mean."""
        removed = self.evidence.get(intervention)
        return removed is not None and removed.by_mean == REMOVES


class Cause:
    """A possible cause of an edge's harm. Holds no state of a diagnosis.

    What is trained first, what next, and what that means is the cause's own business; what is
    trained by several causes goes through one budget.

    Attributes:
        name: Short name for tables and files.
        order: Place among the causes. The first one in order whose removal removes the harm is
            named, unless one before it is undecided: a simple explanation, or one that makes those
            after it disappear as well, has a low number.
        priority: How little an answer tells, after what every edge is examined with: of all
            interventions that are asked for, the one with the least priority times cost is trained.
        ends: Whether nothing more is examined once the harm is decidedly removed with it.
        trained: What is trained for it and, in brackets, its cost in pair runs a seed; for the
            documentation.
        remedy: What to do where it is named; {source} and {target} stand for the tasks.
    """

    name: ClassVar[str]
    order: ClassVar[float]
    priority: ClassVar[float]
    ends: ClassVar[bool] = True
    trained: ClassVar[str]
    remedy: ClassVar[str]

    def left_out(self, case: Case) -> str | None:  # noqa: ARG002 - for causes that override it
        """Why it, or a part of it, cannot be examined on an edge; None when it can."""
        return None

    def first(self, case: Case) -> list[Intervention]:  # noqa: ARG002
        """What every edge is examined with."""
        return []

    def further(self, case: Case) -> Intervention | None:  # noqa: ARG002
        """What to train next, given the evidence so far; None when nothing of it is worth it."""
        return None

    def seen(self, case: Case) -> str | None:  # noqa: ARG002
        """Its verdict from what other causes have trained, where nothing is trained for it.

        "removes" where it is what harms, "keeps", "undecided"; None where nothing speaks for it.
        """
        return None

    def verdict(self, said: Mapping[Intervention, str]) -> str:
        """What removing it does to the harm, from what its interventions did.

        By default it removes the harm when one of them does, and else is as sure as the first.

        Args:
            said: Its interventions, in the order in which they were trained, one or more ->
                "removes", "keeps" or "undecided".

        Returns:
            "removes", "keeps" or "undecided".
        """
        return REMOVES if REMOVES in said.values() else next(iter(said.values()))

    def best(
        self,
        removing: Sequence[Intervention],
        gains: Gains,  # noqa: ARG002 - for causes that override it
    ) -> Intervention | None:
        """The intervention to follow where it is named; None where none is to be followed.

        Args:
            removing: Its interventions that remove the harm, in the order of their training.
            gains: What each brings to a task.
        """
        return removing[0] if removing else None

    def advice(self, edge: Edge, followed: Intervention | None) -> str:  # noqa: ARG002
        """What to do where it is named: one sentence, for people, without a capital letter.

        Args:
            edge: (source, target).
            followed: What `best` chose.
        """
        source, target = edge
        return f"{self.remedy.format(source=source, target=target)}."


_CAUSES: dict[str, Cause] = {}


def register_cause(kind: type[Cause]) -> type[Cause]:
    """Make a cause known to every diagnosis that follows; a decorator of its class.

    A cause of the same name takes the place of the one that is there.

    Raises:
        GradSplitError: It lacks what a cause must say of itself; all of that at once.
    """
    needed = ("name", "order", "priority", "trained", "remedy")
    missing = [f"`{attribute}`" for attribute in needed if not hasattr(kind, attribute)]
    if missing:
        raise GradSplitError(
            f"The cause {kind.__name__} needs {', '.join(missing)}: write them into its class, as "
            "gradsplit.Cause describes them."
        )
    _CAUSES[kind.name] = kind()
    return kind


def causes(by: Literal["order", "priority"] = "order") -> list[Cause]:
    """All causes that are known: as they are named, or as they are asked what to train next.

    Example:
        >>> [cause.name for cause in causes()][:3]
        ['unfinished training', 'memorised noise', 'loss scale']
    """
    _load_built_in()
    return sorted(_CAUSES.values(), key=attrgetter(by))


@cache
def _load_built_in() -> None:
    from gradsplit.studies.diagnosis import causes as folder

    for module in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        import_module(module.name)


def verdicts(evidence: Mapping[Intervention, str], case: Case | None = None) -> dict[str, str]:
    """What removing each cause does, from all interventions; causes without any are left out.

    Args:
        evidence: Intervention -> "removes", "keeps" or "undecided", in the order of training.
        case: The edge, for causes that are seen in what others have trained.
    """
    said: dict[str, str] = {}
    for cause in causes():
        own = {what: verdict for what, verdict in evidence.items() if what.cause == cause.name}
        seen = cause.verdict(own) if own else None if case is None else cause.seen(case)
        if seen is not None:
            said[cause.name] = seen
    return said


def causes_table() -> str:
    """All causes as the documentation's table, in Markdown."""
    lines = ["| cause | what is trained (its cost) | what to do |", "|---|---|---|"]
    for cause in causes():
        remedy = cause.remedy.format(source="the source", target="the target")
        lines.append(f"| {cause.name} | {cause.trained} | {remedy} |")
    return "\n".join(lines)
