"""Configurations trained on seeds, beside every task alone; nothing is trained twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gradsplit.studies.comparison.method_runs import SINGLE, has_diverged
from gradsplit.studies.recommendation.configuration import MULTI_HEAD
from relations.change_kinds import RELATIVE
from relations.errors import RunFailedError
from relations.runs import Identity, Run
from relations.variants import refuse_failed

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from gradsplit.studies.recommendation.configuration import Configuration
    from gradsplit.studies.variant_runs import RunPlace
    from relations.runs import Outcome, Trainer


@dataclass
class ConfigurationRuns:
    """Trains configurations, and counts what was asked for.

    Attributes:
        place: Where runs are trained and kept.
        asked: All runs of this recommendation so far, trained now or before.
        failed: Configuration -> why its training failed, the first line.
        besides: Runs that others asked for and did not name.
    """

    place: "RunPlace"
    asked: set[Identity] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    besides: int = 0

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
        self, configurations: "Sequence[Configuration]", seeds: Sequence[int]
    ) -> "Comparison":
        """The configurations on some seeds, beside single-task training.

        A configuration whose numbers ran away counts as the worst; one whose training failed
        otherwise is left out, and why is kept in `failed`, but not the simplest one, which all
        others are held against.

        Raises:
            RunFailedError: Single-task trainings failed, all of them at once, or multi-head ones.
        """
        from analysis.comparison.comparison import Comparison

        outcomes = self._train(configurations, seeds)
        alone = [outcomes[Run((task,), seed).identity] for seed in seeds for task in self.tasks]
        refused = "Nothing can be recommended while single-task trainings fail"
        refuse_failed(alone, refused, self.place.ledger)
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
            found = self._scores(configuration, seeds, outcomes)
            if found is not None:
                scores[configuration.name] = found
            elif configuration.name == MULTI_HEAD:
                raise RunFailedError(f"Multi-head training fails: {self.failed[MULTI_HEAD]}")
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
        outcomes = self.place.train(trainers, list(once.values()))
        return dict(zip(once, outcomes, strict=True))

    def _scores(
        self,
        configuration: "Configuration",
        seeds: Sequence[int],
        outcomes: "Mapping[Identity, Outcome]",
    ) -> dict[int, dict[str, float]] | None:
        """Seed -> task -> score, nan where a run diverged; None where one failed."""
        own = [outcomes[run.identity] for run in configuration.runs(self.tasks, seeds)]
        lost = [one for one in own if one.scores is None and not has_diverged(one)]
        if lost:
            self.failed[configuration.name] = (lost[0].error or "").partition("\n")[0]
            return None
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
