"""The candidates of a task set, in the order in which it can be known what they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gradsplit.studies.comparison.weight_search import search_weights
from gradsplit.studies.recommendation.budget.entrance import admitted
from gradsplit.studies.recommendation.budget.inference_cost import InferenceCost
from gradsplit.studies.recommendation.budget.limits import Limits
from gradsplit.studies.recommendation.candidate_source import Known, Stage, candidates
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.configuration_runs import ConfigurationRuns
from gradsplit.studies.recommendation.judging.harm import SURE, harmed_tasks
from gradsplit.studies.recommendation.racing.explained import explained, trainings
from gradsplit.studies.recommendation.racing.failed_runs import of_its_trainings
from gradsplit.studies.recommendation.racing.race import FIRST, Entry, Gains, Race
from gradsplit.studies.recommendation.racing.standings import Standings
from gradsplit.studies.variant_runs import VariantRuns
from relations.errors import RunFailedError
from relations.graph import RelationGraph
from relations.grouping.group_changes import GroupChanges
from relations.plan import pairwise_runs

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.diagnosed import Diagnosed

TUNED = "tuned-weights"
"""The weights that a search finds; what others are held against, so they are never dropped."""


@dataclass
class Contest:
    """Who takes part in the race, and the race.

    Attributes:
        runs: Where configurations are trained.
        known: What is known so far.
        seeds: Of the race.
        limits: How many trainings there may be.
        threshold: A change below it is harmful.
        probed: Whether pairs are probed whatever the harm, as groupings were asked for.
        no_search: Why there is no search of loss weights where it has no room.
        no_probe: The same of a probe.
        race: The race; nobody takes part at first.
        configurations: Name -> who took part.
        changes: Name -> seed -> task -> change against training it alone.
        diagnosed: Why the worst edges are harmful, where there was room to find out.
        searched: Task -> loss weight, that a search found; {} of none, and of equal ones.
    """

    runs: ConfigurationRuns
    known: Known
    seeds: Sequence[int]
    limits: Limits
    threshold: float = -0.01
    probed: bool = False
    no_search: str = ""
    no_probe: str = ""
    race: Race = field(init=False)
    configurations: dict[str, Configuration] = field(default_factory=dict)
    changes: dict[str, dict[int, Mapping[str, float]]] = field(default_factory=dict)
    diagnosed: "Diagnosed | None" = None
    searched: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.race = Race(
            self._gains,
            self.seeds,
            (MULTI_HEAD, TUNED),
            is_harmful=lambda name: bool(self.harmed(name)),
            seed_price=len(self.runs.tasks),
        )

    def run(self, own: Sequence[Configuration]) -> None:
        """Let everybody take part for whom there is room, and race them.

        Args:
            own: Candidates that somebody asked for.
        """
        self._enter([Configuration(MULTI_HEAD, "one shared network plainly"), *own])
        self._enter(candidates("at once", self.known), "every candidate that needs nothing before")
        self._tune()
        self.known.balance = self._best_balance()
        if self.known.balance:
            self._enter_stage("on the best balancing", f"what goes with {self.known.balance}")
        if self._probe():
            self._explain()
            self._enter_stage("from relations", "what follows from the relations")
        self.race.run(self.room)
        self.runs.place.tell(replace(self.standings(), title="the race, at its end"))

    @property
    def room(self) -> int:
        """Trainings that may still be made before the judgement."""
        return self.limits.for_race - self.runs.spent

    @property
    def costs(self) -> dict[str, InferenceCost]:
        """Name -> cost at inference, of all that took part."""
        return {name: self.known.costs.of(one) for name, one in self.configurations.items()}

    def harmed(self, name: str, sure: float = SURE) -> list[str]:
        """The tasks that a candidate of the race still harms; see `harmed_tasks`."""
        kinds = {task.name: task.kind for task in self.known.taskset.measured_tasks}
        return harmed_tasks(self.changes[name].values(), kinds, self.threshold, sure=sure)

    def standings(self) -> Standings:
        """Where everybody stands."""
        left_out = self.known.left_out | self.runs.failed
        return Standings.of(self.race, self.costs, left_out, self.configurations)

    def _enter_stage(self, stage: Stage, what: str) -> None:
        self._enter(candidates(stage, self.known), what)

    def _enter(self, found: Sequence[Configuration], what: str = "") -> None:
        """Have those take part that the budgets allow."""
        seen = max((len(gains) for gains in self.race.gains.values()), default=FIRST)
        room = self.room - (0 if self.race.entries else FIRST * len(self.runs.tasks))
        new = [one for one in found if one.name not in self.configurations]
        taking = admitted(new, self.known, self.limits, room, seen)
        if not taking:
            return
        self.configurations |= {one.name: one for one in taking}
        costs = self.costs
        self.race.enter(
            {
                one.name: Entry(costs[one.name].operations, one.trainings, one.steps)
                for one in taking
            }
        )
        if what:
            self._tell(what)

    def _tune(self) -> None:
        """Search loss weights, if there is room and they can be had."""
        if TUNED in self.known.left_out:
            return
        if not self.limits.has_search(self.room):
            self.known.left_out[TUNED] = self.no_search
            return
        found = search_weights(self.runs.place, self.race.seeds[:FIRST])
        # The race counts every task alone and equal weights, on the same seeds.
        self.runs.besides += found.joint - FIRST
        self.searched = factors = found.weights.factors
        if not factors:
            equal = f"of {found.tried} weights, equal ones are the best"
            if not found.heard and found.tried > 1:
                equal = f"none of {found.tried} weights changed a score: are they used in training?"
            # What failed may be better: then nothing is decided.
            self.known.left_out[TUNED] = of_its_trainings(found.failed) if found.failed else equal
            return
        words = "weights:" + ",".join(f"{task}={factor:.6g}" for task, factor in factors.items())
        what = f"one network with loss weights found by a search of {found.joint} trainings"
        self._enter([self.known.of_method(words, what, TUNED)])
        if TUNED in self.configurations:  # and those of the weights that were found
            self.runs.besides -= FIRST
        self._tell("with loss weights from a search")

    def _best_balance(self) -> str:
        """The leading method that goes on top of others."""
        fitting = [name for name in self.race.gains if self.configurations[name].is_balancing]
        ahead = [name for name in fitting if self.race.mean(name) > self.race.mean(MULTI_HEAD)]
        return max(ahead, key=self.race.mean, default="")

    def _probe(self) -> bool:
        """Measure the relations, where that may pay and there is room."""
        # By the mean: what two seeds do not show to be harmless is looked into.
        left = self.harmed(max(self.race.running, key=self.race.mean), sure=0.0)
        if not left and not self.probed:
            self._without_relations("no probe of pairs: the leading candidate harms no task")
            return False
        tasks = self.runs.tasks
        seeds = self._probe_seeds()
        if len(seeds) < FIRST:
            self._without_relations(self.no_probe)
            return False
        if left:
            self.runs.place.tell(
                f"the leading candidate still harms {', '.join(left)}: pairs are probed on "
                f"{len(seeds)} seeds"
            )
        place = self.runs.place
        runs = pairwise_runs(tasks, seeds)
        place.train({"": place.trainer()}, runs)  # a probe's, of which those that fail are repeated
        changes = place.probe(seeds).changes()
        self.runs.count(runs)
        self.known.graph = RelationGraph.from_changes(changes, threshold=self.threshold)
        self.known.groups = GroupChanges.from_changes(changes)
        place.tell(self.known.graph)
        return True

    def _without_relations(self, why: str) -> None:
        wanting = ["masks, groupings", *(wanted.text for wanted in self.known.masked)]
        self.known.left_out.update(dict.fromkeys(wanting, why))

    def _explain(self) -> None:
        """Diagnose the worst edges, if there is room; only of networks that can be changed."""
        place, graph, groups = self.runs.place, self.known.graph, self.known.groups
        if graph is None or groups is None or not isinstance(place, VariantRuns):
            return
        seeds = groups.seeds
        try:
            self.diagnosed = explained(place, graph, seeds, self.room, self.threshold)
        except RunFailedError as why:  # no candidate needs a diagnosis
            place.tell(f"no diagnosis: {why}")
        if self.diagnosed is not None:
            self.runs.besides += trainings(self.diagnosed, len(seeds))
            place.tell(self.diagnosed.text().strip())

    def _probe_seeds(self) -> Sequence[int]:
        """As many seeds as there is room for, half of it left for the race."""
        return self.race.seeds[: self.limits.probe_seeds(self.room)]

    def _gains(self, names: Sequence[str], seeds: Sequence[int]) -> Gains:
        compared = self.runs.compared([self.configurations[name] for name in names], seeds)
        found: dict[str, Mapping[int, float]] = {}
        for name in names:
            # One whose numbers ran away is not raced on; plain training counts as the worst.
            if name in compared.methods and (name == MULTI_HEAD or not compared.diverged(name)):
                found[name] = compared.gains(name)
                self.changes.setdefault(name, {}).update(compared.changes(name))
            else:
                self.runs.failed.setdefault(name, "its numbers ran away")
        return found

    def _tell(self, what: str) -> None:
        self.runs.place.tell(replace(self.standings(), title=what, left_out={}))
