"""A network that could be trained: its tasks, what it costs, and how well each task comes out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from relations.errors import GroupingError


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network for some of the tasks.

    Attributes:
        tasks: Its members, at least one.
        values: What each member gains in it, such as its change to the score of training alone;
            larger is better, whatever the unit.
        cost: What it costs, such as 1 for a network of full size and 0.5 for a small one.
        measured: Whether such a network was trained, or its values are predicted.

    Raises:
        GroupingError: No member or one named twice, a value that is not finite, or a cost that is
            not positive.

    Example:
        >>> Candidate(("pose", "reid"), (0.02, -0.01)).value("reid")
        -0.01
    """

    tasks: tuple[str, ...]
    values: tuple[float, ...]
    cost: float = 1.0
    measured: bool = True

    def __post_init__(self) -> None:
        name = "+".join(self.tasks)
        if not self.tasks or len(set(self.tasks)) < len(self.tasks):
            raise GroupingError(f"A network has one task or more, each once, got {self.tasks}.")
        if len(self.values) != len(self.tasks) or not all(map(math.isfinite, self.values)):
            raise GroupingError(
                f"The network {name} needs one finite value for each task, got {self.values}."
            )
        if not 0 < self.cost < math.inf:
            raise GroupingError(f"The network {name} must cost more than 0, got {self.cost}.")

    def value(self, task: str) -> float:
        """What a member gains in it."""
        return self.values[self.tasks.index(task)]

    def __str__(self) -> str:
        return "+".join(self.tasks)


@dataclass(frozen=True)
class Choice:
    """Networks that together serve every task, each task by one of them.

    Attributes:
        networks: The chosen networks, in the order of the first task that each serves.
        serves: Task -> place in `networks` of the network that serves it, where it gains most. A
            member that is served elsewhere is a helper: its loss trains the network and its output
            is not used.
        exact: Whether no choice is better; else it is the best that a search came upon.
    """

    networks: tuple[Candidate, ...]
    serves: dict[str, int]
    exact: bool = True

    @property
    def total(self) -> float:
        """The sum of what the tasks gain."""
        return math.fsum(self.gains().values())

    @property
    def cost(self) -> float:
        """What the networks cost together."""
        return math.fsum(network.cost for network in self.networks)

    @property
    def measured(self) -> bool:
        """Whether all of its networks were trained."""
        return all(network.measured for network in self.networks)

    def gains(self) -> dict[str, float]:
        """Task -> what it gains in the network that serves it."""
        return {task: self.networks[at].value(task) for task, at in self.serves.items()}

    def helpers(self) -> list[tuple[str, ...]]:
        """The members of each network that are served elsewhere."""
        return [
            tuple(task for task in network.tasks if self.serves[task] != at)
            for at, network in enumerate(self.networks)
        ]

    def key(self) -> frozenset[tuple[frozenset[str], float]]:
        """What makes two choices the same: which networks, of which cost."""
        return frozenset((frozenset(network.tasks), network.cost) for network in self.networks)

    def __str__(self) -> str:
        return " | ".join(map(str, self.networks))


def serve(tasks: Sequence[str], networks: Sequence[Candidate], exact: bool = True) -> Choice:
    """The choice of some networks, each task served where it gains most, at ties by the first.

    Networks that serve nobody are left out.
    """
    best = {
        task: max(
            (network for network in networks if task in network.tasks),
            key=lambda network: network.value(task),
        )
        for task in tasks
    }
    used = list(dict.fromkeys(best.values()))
    return Choice(tuple(used), {task: used.index(best[task]) for task in tasks}, exact)
