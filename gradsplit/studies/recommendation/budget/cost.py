"""What a recommendation costs, stage by stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError, argument
from gradsplit.studies.recommendation.budget.limits import DEARER, FINALISTS, Limits
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.racing.contest import TUNED
from gradsplit.studies.recommendation.racing.race import FIRST
from gradsplit.studies.recommendation.racing.standings import not_raced
from relations.plan import duration
from relations.tables.text_table import aligned

if TYPE_CHECKING:
    from relations.plan import Cost

PAIRS = "pairs of tasks"


@dataclass(frozen=True)
class PlannedStage:
    """One stage of a recommendation.

    Attributes:
        what: What is trained.
        seeds: On which seeds, in words.
        runs: At most so many.
        seconds: One after the other; None where a run's cost is not known.
    """

    what: str
    seeds: str
    runs: int
    seconds: float | None


@dataclass(frozen=True)
class RecommendationCost:
    """The most that `gradsplit recommend` trains, stage by stage; `print` says it.

    The stages after the first depend on what the ones before find: each has the most that it takes,
    and those before the judgement keep to what is left of the budget.

    Attributes:
        tasks: Names of the tasks.
        limits: How many trainings there may be.
        race_seeds: Most seeds of the race.
        at_once: Who enters at once, plain training first.
        on_balancing: Who enters on the best balancing.
        left_out: Who cannot take part -> why, as far as that is known.
        probed: Whether pairs are probed whatever the harm.
        cost: What runs cost; None when it was not measured.
        searched_from: The fewest trainings in which a search of loss weights has its room; None
            where that is not known.
        probed_from: The same of a probe of the pairs.
    """

    tasks: Sequence[str]
    limits: Limits
    race_seeds: int
    at_once: Sequence[Configuration]
    on_balancing: Sequence[Configuration]
    left_out: Mapping[str, str]
    probed: bool = False
    cost: "Cost | None" = None
    searched_from: int | None = None
    probed_from: int | None = None

    @property
    def stages(self) -> tuple[PlannedStage, ...]:
        """What is trained, in order; stages for which there is no room are left out."""
        found = [
            self._alone("every task alone", f"{FIRST}", FIRST),
            self._candidates("at once", self.at_once),
        ]
        if self._searched:
            joint = self._seconds(Configuration(MULTI_HEAD, ""), self.limits.search)
            found.append(
                PlannedStage("search of loss weights", f"{FIRST}", self.limits.search, joint)
            )
        if self.on_balancing:
            found.append(self._candidates("on top of the best balancing", self.on_balancing))
        probe = self._probe(self._left(found))
        found += probe
        found.append(
            self._rest(self._left(found), "what follows from pairs, then " if probe else "")
        )
        return (*found, self._judgement())

    @property
    def runs(self) -> int:
        """The most trainings of any kind."""
        return sum(stage.runs for stage in self.stages)

    @property
    def seconds(self) -> float | None:
        """Of all, one after the other; None where a run's cost is not known."""
        each = [stage.seconds for stage in self.stages]
        return None if None in each else sum(filter(None, each))

    @property
    def no_room(self) -> dict[str, str]:
        """What is left out for want of trainings -> why."""
        found = {} if self._searched else {TUNED: self.no_search}
        if self.probe_lacks:
            found["masks, groupings"] = self.no_probe
        return found

    @property
    def no_search(self) -> str:
        """Why no weights are searched where there is no room, and what would give it."""
        return self._no_room("a search of loss weights", self.searched_from)

    @property
    def no_probe(self) -> str:
        """The same of a probe of the pairs."""
        return self._no_room(f"a probe of {len(self.tasks)} tasks", self.probed_from)

    def _no_room(self, what: str, enough: int | None) -> str:
        said = f"no room in {self.limits.most} trainings for {what}"
        return said if enough is None else f"{said}: {argument('runs', enough)} would do"

    @property
    def search_lacks(self) -> int:
        """How many more trainings a search of loss weights needs; or 0."""
        if TUNED in self.left_out:
            return 0
        return max(0, 2 * self.limits.search - self._room_for_search)

    @property
    def probe_lacks(self) -> int:
        """How many more trainings a probe of the pairs needs, if they all are left to it; or 0."""
        before = [one for one in self.stages[:-2] if not one.what.startswith(PAIRS)]
        return max(0, self.limits.room_for_probe - self._left(before))

    def check(self) -> None:
        """Refuse a race that plain training runs alone for want of trainings.

        Raises:
            GradSplitError: With the fewest trainings that give somebody room.
        """
        enough = [
            fewest
            for fewest, lacks in (
                (self.searched_from, self.search_lacks),
                (self.probed_from, self.probe_lacks),
            )
            if lacks and fewest is not None
        ]
        if len(self.at_once) == 1 and not self._searched and self.probe_lacks and enough:
            raise GradSplitError(
                f"In {self.limits.most} trainings nothing has room in the race but plain training. "
                f"Give {argument('runs', min(enough))} or more; finished ones in the folder count."
            )

    @property
    def _searched(self) -> bool:
        return self.limits.has_search(self._room_for_search) and TUNED not in self.left_out

    @property
    def _room_for_search(self) -> int:
        return self.limits.for_race - FIRST * (len(self.tasks) + trainings_of(self.at_once))

    def _left(self, stages: Sequence[PlannedStage]) -> int:
        return self.limits.for_race - sum(stage.runs for stage in stages)

    def _alone(self, what: str, seeds: str, times: int) -> PlannedStage:
        runs = times * len(self.tasks)
        return PlannedStage(what, seeds, runs, self._of_size(1, runs))

    def _candidates(self, what: str, members: Sequence[Configuration]) -> PlannedStage:
        each = [self._seconds(one, FIRST * one.trainings) for one in members]
        seconds = None if None in each else sum(filter(None, each))
        counted = f"{len(members)} candidate{'s' * (len(members) != 1)} {what}"
        return PlannedStage(counted, f"{FIRST}", FIRST * trainings_of(members), seconds)

    def _probe(self, room: int) -> list[PlannedStage]:
        seeds = self.limits.probe_seeds(room)
        if seeds < FIRST:
            return []
        pairs = len(self.tasks) * (len(self.tasks) - 1) // 2
        alone = (seeds - FIRST) * len(self.tasks)
        of_pairs, of_single = self._of_size(2, pairs * seeds), self._of_size(1, alone)
        seconds = None if of_pairs is None or of_single is None else of_pairs + of_single
        why = "as groupings are asked for" if self.probed else "if tasks lose by sharing"
        return [PlannedStage(f"{PAIRS}, {why}", f"{seeds}", pairs * seeds + alone, seconds)]

    def _rest(self, room: int, before: str) -> PlannedStage:
        what = f"{before}more seeds"
        seconds = self._seconds(Configuration(MULTI_HEAD, ""), room)
        return PlannedStage(what, f"up to {self.race_seeds}", room, seconds)

    def _judgement(self) -> PlannedStage:
        seeds = self.limits.judge_seeds
        joint = self._seconds(Configuration(MULTI_HEAD, ""), FINALISTS * seeds)
        alone = self._alone("", "", seeds).seconds
        seconds = None if joint is None or alone is None else joint + alone
        what = f"judgement of up to {FINALISTS}, beside every task alone"
        return PlannedStage(what, f"{seeds} fresh", self.limits.judgement, seconds)

    def _of_size(self, tasks: int, runs: int) -> float | None:
        if self.cost is None or tasks not in self.cost.seconds:
            return None
        return runs * self.cost.seconds[tasks]

    def _seconds(self, one: Configuration, runs: int) -> float | None:
        """As `runs_of_hours` has it, times the steps and what the width takes."""
        pair = self._of_size(2, runs)
        if pair is None:
            return None
        return DEARER * pair * len(self.tasks) / 2 * one.steps * max(1.0, one.width) ** 2

    def __str__(self) -> str:
        runs = f"{len(self.tasks)} tasks ({', '.join(self.tasks)}): at most {self.runs} runs"
        if self.seconds is not None and self.cost is not None:
            runs += (
                f", about {duration(self.seconds)} one after the other (measured on "
                f"{self.cost.measured_on})"
            )
        rows = [("what is trained", "seeds", "runs at most", "time")]
        rows += [(one.what, one.seeds, f"{one.runs}", _time(one.seconds)) for one in self.stages]
        width = 3 if self.seconds is None else 4
        names = "; ".join(one.name for one in self.at_once)
        lines = [
            f"recommendation for {runs}",
            "",
            *aligned([row[:width] for row in rows]),
            "",
            f"at once: {names}",
        ]
        return "\n".join([*lines, *not_raced({**self.no_room, **self.left_out})])


def trainings_of(members: Sequence[Configuration]) -> int:
    """Runs that one seed of all of them takes, besides those of every task alone."""
    return sum(one.trainings for one in members)


def _time(seconds: float | None) -> str:
    return "" if seconds is None else duration(seconds)
