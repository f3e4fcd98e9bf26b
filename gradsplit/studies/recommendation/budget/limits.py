"""How many trainings a recommendation may make, and what they are for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError, argument
from gradsplit.studies.comparison.weight_search import most_runs
from gradsplit.studies.recommendation.racing.race import FIRST

if TYPE_CHECKING:
    from relations.plan import Cost

FINALISTS = 5
"""At most so many are judged, multi-head and tuned weights among them."""

FEWEST_CANDIDATES = 4
"""Below so many there is nothing to choose from."""

PROBE_SEEDS = 3
"""Seeds of the race on which pairs are probed, where there is room."""

HOURS = 1.0
"""How long it may take where nothing is said."""

DEARER = 1.3
"""So many times the time of plain training a run takes on average: balancing takes longer."""

TIMED = 5
"""Steps of each run whose time is measured."""


@dataclass(frozen=True)
class Limits:
    """Trainings of any kind, a probe's included.

    Attributes:
        tasks: How many tasks there are.
        most: Most trainings.
        judge_seeds: Seeds of the judgement.
        loudness: Whether that of tasks can be measured, see `search_weights`.
    """

    tasks: int
    most: int
    judge_seeds: int
    loudness: bool = True

    @property
    def judgement(self) -> int:
        """What is kept for the judgement: the finalists and every task alone."""
        return self.judge_seeds * (FINALISTS + self.tasks)

    @property
    def for_race(self) -> int:
        """What may be spent before it."""
        return self.most - self.judgement

    @property
    def fewest(self) -> int:
        """With fewer there would be no race."""
        if self.loudness:
            return self.judgement + FIRST * (self.tasks + FEWEST_CANDIDATES)
        # Of a training of one's own nobody can take part before weights or pairs are known.
        return self.judgement + FIRST * (self.tasks + 1) + min(2 * self.search, self.room_for_probe)

    @property
    def search(self) -> int:
        """The most that a search of loss weights takes, see `search_weights`."""
        return most_runs(self.tasks, loudness=self.loudness)

    def has_search(self, room: int) -> bool:
        """Whether a room suffices for a search of loss weights, with half of it left."""
        return self.search <= room // 2

    @property
    def no_room(self) -> str:
        """Why somebody is left out for want of trainings."""
        return f"no room in {self.most} trainings, {self.judgement} of them for the judgement"

    def probe_seeds(self, room: int) -> int:
        """On how many seeds pairs can be probed in a room, with half of it left."""
        pairs = self.tasks * (self.tasks - 1) // 2
        return min(PROBE_SEEDS, room // 2 // (pairs + 1))

    @property
    def room_for_probe(self) -> int:
        """The least room in which pairs are probed, on as many seeds as show a spread."""
        pairs = self.tasks * (self.tasks - 1) // 2
        return 2 * FIRST * (pairs + 1)

    def check(self) -> None:
        """Refuse a number with which nothing can be found out.

        Raises:
            GradSplitError: With the fewest trainings that make sense.
        """
        if self.most < self.fewest:
            others = (
                f"{FEWEST_CANDIDATES} candidates"
                if self.loudness
                else "all together, a search of weights or pairs"
            )
            raise GradSplitError(
                f"A recommendation for {self.tasks} tasks takes {self.fewest} trainings or more: "
                f"{FIRST} seeds of every task alone and of {others}, and "
                f"{self.judge_seeds} fresh seeds to judge up to {FINALISTS} of them; got "
                f"{self.most}. Give {argument('runs', self.fewest)} or more, or "
                f"{argument('hours')}, or fewer "
                f"{argument('judge_seeds')}."
            )


def runs_of_hours(hours: float, cost: "Cost", tasks: int, workers: int) -> int:
    """How many trainings fit into a time.

    A run's time is taken to grow with its tasks, and to be longer by `DEARER` for what is done in a
    step besides. Source: our choice.

    Args:
        hours: The time.
        cost: What runs cost, measured.
        tasks: How many tasks there are.
        workers: How many runs are trained at once.

    Example:
        >>> from relations.plan import Cost
        >>> runs_of_hours(1.0, Cost({1: 5.0, 2: 10.0}), tasks=4, workers=1)
        138
    """
    joint = cost.seconds[2] * tasks / 2
    return int(3600 * hours * workers / (DEARER * joint))
