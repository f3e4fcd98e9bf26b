"""What a grouping may cost, before anything is spent."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relations.plan import duration, pairwise_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relations.plan import Cost

FACTOR = 2
"""So many times the probe's runs are allowed for candidates where nothing else is asked."""


def most_candidate_runs(tasks: "Sequence[str]", seeds: "Sequence[int]") -> int:
    """How many runs of candidates are trained at most where nothing else is asked."""
    return FACTOR * len(pairwise_runs(tasks, seeds))


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class GroupingCost:
    """The most that `gradsplit group` trains beyond its probe; `print` says it.

    Attributes:
        tasks: Names of the tasks.
        seeds: Seeds to choose with.
        networks: Most networks.
        judge_seeds: How many seeds judge the grouping.
        cost: What runs cost; None when it was not measured.
    """

    tasks: "Sequence[str]"
    seeds: "Sequence[int]"
    networks: int
    judge_seeds: int = 5
    cost: "Cost | None" = None

    @property
    def candidate_runs(self) -> int:
        """Runs of groups of three tasks and more, of which two tasks have none."""
        groups = 2 ** len(self.tasks) - 1 - len(self.tasks) * (len(self.tasks) + 1) // 2
        return min(most_candidate_runs(self.tasks, self.seeds), groups * len(self.seeds))

    @property
    def judging_runs(self) -> int:
        """The grouping's networks, one for all and one for each task, with fresh seeds."""
        return (self.networks + 1 + len(self.tasks)) * self.judge_seeds

    @property
    def seconds(self) -> float | None:
        """As if each joint network had all tasks; None when a run's cost is not known.

        A run's time is taken to grow with its tasks.
        """
        if self.cost is None or not {1, 2} <= set(self.cost.seconds):
            return None
        joint = self.candidate_runs + (self.networks + 1) * self.judge_seeds
        alone = len(self.tasks) * self.judge_seeds
        whole = self.cost.seconds[2] * len(self.tasks) / 2
        return joint * whole + alone * self.cost.seconds[1]

    def __str__(self) -> str:
        text = (
            f"grouping: beside the probe at most {_runs(self.candidate_runs)} of candidates "
            f"(--most-runs) and {self.judging_runs} to judge {self.networks} "
            f"network{'s' if self.networks > 1 else ''} on {self.judge_seeds} fresh seeds"
        )
        if self.seconds is None:
            return text
        return f"{text}: at most about {duration(self.seconds)} one after the other"
