"""What is known of a grouping."""

from collections.abc import Mapping
from dataclasses import dataclass

from relations.grouping.candidate import Choice
from relations.grouping.stability import Stability


@dataclass(frozen=True)
class GroupingFacts:
    """The best choice of networks that was asked for.

    Attributes:
        tasks: All tasks.
        choice: The networks, and what each task gains in them.
        budget: What they might cost; one of full size costs 1.
        runner_up: The best choice of other networks; None where there is none or none was looked
            for.
        stability: How often other seeds would have led to it; None where it is not known, and where
            no other grouping was known that they could have led to.
        together: What the tasks gain in one network for all; None where it is not known.
        together_trained: Whether that network was trained; else it is predicted.
        relative: Whether gains are fractions of the single-task scores; else they are in units of
            the seeds' spread.
        notes: What people should know before they believe it.
    """

    tasks: tuple[str, ...]
    choice: Choice
    budget: float
    runner_up: Choice | None = None
    stability: Stability | None = None
    together: Mapping[str, float] | None = None
    together_trained: bool = False
    relative: bool = True
    notes: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The members of each network, helpers included."""
        return tuple(network.tasks for network in self.choice.networks)

    @property
    def serves(self) -> dict[str, int]:
        """Task -> the place in `groups` of the network that serves it."""
        return {task: self.choice.serves[task] for task in self.tasks}

    @property
    def total(self) -> float:
        """The sum of what the tasks gain against training alone."""
        return self.choice.total

    @property
    def cost(self) -> float:
        """What the networks cost together; one of full size costs 1."""
        return self.choice.cost

    @property
    def measured(self) -> bool:
        """Whether all of its networks were trained; else gains of some are predicted."""
        return self.choice.measured
