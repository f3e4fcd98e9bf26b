"""Configurations trained on seeds, beside every task alone; nothing is trained twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gradsplit.studies.comparison.method_runs import SINGLE
from gradsplit.studies.lost_runs import has_failed
from gradsplit.studies.recommendation.configuration import MULTI_HEAD
from gradsplit.studies.recommendation.racing.failed_runs import seeds_left
from relations.change_kinds import RELATIVE
from relations.runs import Identity, Run
from relations.variants import refuse_failed

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from gradsplit.studies.recommendation.configuration import Configuration
    from gradsplit.studies.recommendation.progress.noted_progress import NotedProgress
    from gradsplit.studies.variant_runs import RunPlace
    from relations.runs import Outcome, Trainer

GOES_ON = "What is finished is kept: the same command or call goes on from here."


@dataclass
class ConfigurationRuns:
    """Trains configurations, and counts what was asked for.

    Attributes:
        place: Where runs are trained and kept.
        asked: All runs of this recommendation so far, trained now or before.
        failed: Configuration -> why its training failed, the first line.
        besides: Runs that others asked for and did not name.
        noted: Told of the candidates whose runs come next.
    """

    place: "RunPlace"
    asked: set[Identity] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    besides: int = 0
    noted: "NotedProgress | None" = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """All tasks."""
        return self.place.taskset.task_names

    @property
    def spent(self) -> int:
        """How many runs were asked for."""
        return len(self.asked) + self.besides

    def count(self, runs: "Sequence[Run]") -> None:
        """Runs that somebody else trains, such as a probe's or a search's."""
        self.asked.update(run.identity for run in runs)

    def compared(
        self,
        configurations: "Sequence[Configuration]",
        seeds: Sequence[int],
        fewest: int | None = None,
    ) -> "Comparison":
        """The configurations on some seeds, beside single-task training.

        A configuration whose numbers ran away counts as the worst; one whose training failed
        otherwise is left out, and why is kept in `failed`, but not the simplest one, which all
        others are held against.

        Args:
            configurations: What is compared.
            seeds: Of every run.
            fewest: Seeds in which a run failed are left out for all, if so many are left; with
                None all seeds are needed.

        Raises:
            RunFailedError: Single-task trainings failed, all of them at once, or multi-head ones.
        """
        from analysis.comparison.comparison import Comparison

        outcomes = self._train(configurations, seeds)
        if fewest is not None:
            seeds = seeds_left(self._lost(configurations, seeds, outcomes), seeds, fewest)
        lost = self._lost(configurations, seeds, outcomes)
        self._refuse(lost[SINGLE], "single-task trainings fail")
        self._refuse(lost.get(MULTI_HEAD, []), "plain training of all tasks fails")
        scores: dict[str, dict[int, dict[str, float]]] = {
            SINGLE: {
                seed: {
                    task: (outcomes[Run((task,), seed).identity].scores or {})[task]
                    for task in self.tasks
                }
                for seed in seeds
            }
        }
        for configuration in configurations:
            if failed := lost[configuration.name]:
                self.failed[configuration.name] = (failed[0].error or "").partition("\n")[0]
            else:
                scores[configuration.name] = self._scores(configuration, seeds, outcomes)
        tasks = self.place.taskset.measured_tasks
        return Comparison(
            scores,
            higher_is_better={task.name: task.higher_is_better for task in tasks},
            kinds={task.name: task.kind for task in tasks if task.change != RELATIVE},
        )

    def _train(
        self, configurations: "Sequence[Configuration]", seeds: Sequence[int]
    ) -> "dict[Identity, Outcome]":
        trainers: dict[str, Trainer] = {"": self.place.trainer()}
        runs = [Run((task,), seed) for seed in seeds for task in self.tasks]
        for configuration in configurations:
            trainers |= configuration.trainers(self.place)
            runs += configuration.runs(self.tasks, seeds)
        once = {run.identity: run for run in runs}
        self.count(list(once.values()))
        if self.noted is not None:
            self.noted.compares([one.name for one in configurations])
        outcomes = self.place.train(trainers, list(once.values()))
        return dict(zip(once, outcomes, strict=True))

    def _lost(
        self,
        configurations: "Sequence[Configuration]",
        seeds: Sequence[int],
        outcomes: "Mapping[Identity, Outcome]",
    ) -> "dict[str, list[Outcome]]":
        """Name -> its runs that failed; of single-task training those that diverged as well."""
        alone = [outcomes[Run((task,), seed).identity] for seed in seeds for task in self.tasks]
        lost = {SINGLE: [one for one in alone if one.scores is None]}
        for one in configurations:
            own = [outcomes[run.identity] for run in one.runs(self.tasks, seeds)]
            lost[one.name] = [each for each in own if has_failed(each)]
        return lost

    def _refuse(self, lost: "Sequence[Outcome]", why: str) -> None:
        refuse_failed(lost, f"Nothing can be recommended while {why}", self.place.ledger, GOES_ON)

    def _scores(
        self,
        configuration: "Configuration",
        seeds: Sequence[int],
        outcomes: "Mapping[Identity, Outcome]",
    ) -> dict[int, dict[str, float]]:
        """Seed -> task -> score, nan where a run diverged."""
        nothing = dict.fromkeys(self.tasks, float("nan"))
        found: dict[int, dict[str, float]] = {}
        for seed in seeds:
            serving = {
                task: outcomes[configuration.server(task, self.tasks, seed).identity]
                for task in self.tasks
            }
            diverged = any(one.scores is None for one in serving.values())
            found[seed] = (
                nothing
                if diverged
                else {task: (one.scores or {})[task] for task, one in serving.items()}
            )
        return found
