"""The runs of interventions: trained through the probe's ledger, and what their scores say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.diagnosis.removed_harm import log_ratio
from gradsplit.studies.diagnosis.interventions import Intervention
from gradsplit.training.trainer import TaskSetTrainer
from relations.executors.ensemble import Ensemble
from relations.runs import Run
from relations.statistics.changes_by_seed import relative_change
from relations.variants import refuse_failed, train_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradsplit.training.taskset import TaskSet
    from relations.executors import Executor
    from relations.runs import Trainer

Edge = tuple[str, str]
_PROBE = ""
"""The variant of the probe's own runs."""


@dataclass
class InterventionRuns:
    """Trains interventions on edges, and holds them against the probe's runs of the same seeds.

    Attributes:
        taskset: What is trained.
        ledger: The probe's ledger; what is in it is not trained again.
        seeds: Seeds of every run.
        device: Where networks are trained.
        executor: Where runs happen.
        workers: How many at once; as many as the executor likes when None.
        progress: Show progress.
    """

    taskset: "TaskSet"
    ledger: Path
    seeds: Sequence[int]
    device: str = "cpu"
    executor: "str | Executor" = "in-process"
    workers: int | None = None
    progress: bool = True
    _scores: dict[Run, dict[str, float]] = field(default_factory=dict, init=False)

    def train(self, wanted: Mapping[Edge, Iterable[Intervention]]) -> None:
        """Train what the ledger does not hold yet: the edges' own runs and the interventions'.

        All edges' runs are handed to the executor together; trainings that edges share are done
        once.

        Raises:
            RunFailedError: Trainings failed; all of them at once.
        """
        trainers: dict[str, Trainer] = {_PROBE: TaskSetTrainer(self.taskset, device=self.device)}
        runs: list[Run] = []
        alone: set[str] = set()
        for edge, interventions in wanted.items():
            source, target = edge
            runs += self._runs(_PROBE, [(source,), (target,), edge])
            for one in interventions:
                trainers[one.variant] = one.trainer(self.taskset, self.device)
                runs += self._runs(one.variant, [(target,)] * one.single + [edge] * one.pair)
                if not one.vectorised:
                    alone.add(one.variant)
        for variants, executor in self._parts(list(trainers), alone):
            some = [run for run in dict.fromkeys(runs) if run.variant in variants]
            outcomes = train_runs(
                {variant: trainers[variant] for variant in variants},
                self.taskset.tasks,
                some,
                self.ledger,
                executor=executor,
                workers=self.workers if executor is self.executor else None,
                progress=self.progress,
            )
            refuse_failed(outcomes, "Edges cannot be diagnosed while trainings fail")
            for run, outcome in zip(some, outcomes, strict=True):
                self._scores[run] = dict(outcome.scores or {})

    def before(self, edge: Edge) -> "NDArray[np.float64]":
        """[S] the target's log ratio of its score in the pair to its score alone."""
        return self._ratio(edge, _PROBE, _PROBE, pair=True)

    def after(self, one: Intervention) -> "NDArray[np.float64]":
        """[S] the same with the intervention; alone trained in the same way where it asks for it.

        Of an intervention without a pair: its target alone to the probe's target alone.
        """
        alone = one.variant if one.single and one.pair else _PROBE
        return self._ratio(one.edge, one.variant, alone, pair=one.pair)

    def gains(self, one: Intervention, task: str) -> "NDArray[np.float64]":
        """[S] change of a task's score to its mean in the pair as it was; positive is better.

        To the mean, not seed by seed: a source may lose all it has, and ratios of such scores mean
        little. NaN where no pair was trained, or the task is not itself there.
        """
        if not one.pair or (one.foreign and task == one.edge[0]):
            return np.full(len(self.seeds), np.nan)
        return self._against_pair(one.edge, task, self.scores(one.variant, one.edge, task))

    def gains_apart(self, edge: Edge, task: str) -> "NDArray[np.float64]":
        """The same of the task trained alone."""
        return self._against_pair(edge, task, self.scores(_PROBE, (task,), task))

    def scores(self, variant: str, tasks: Sequence[str], task: str) -> list[float]:
        """A task's scores in the runs of some tasks, one a seed."""
        return [self._scores[Run(self._in_order(tasks), s, variant)][task] for s in self.seeds]

    def higher(self, task: str) -> bool:
        """Whether a higher score of a task is better."""
        return next(one.higher_is_better for one in self.taskset.tasks if one.name == task)

    def _against_pair(
        self, edge: Edge, task: str, scores: Sequence[float]
    ) -> "NDArray[np.float64]":
        old = float(np.mean(self.scores(_PROBE, edge, task)))
        return relative_change(np.array(scores), old, self.higher(task))

    def _ratio(self, edge: Edge, variant: str, alone: str, *, pair: bool) -> "NDArray[np.float64]":
        target = edge[1]
        return log_ratio(
            self.scores(variant, edge if pair else (target,), target),
            self.scores(alone, (target,), target),
            higher=self.higher(target),
        )

    def _parts(
        self, variants: list[str], alone: set[str]
    ) -> "Iterable[tuple[list[str], str | Executor]]":
        """Variants that are handed to an executor together.

        A vectorised program is of one variant, and only of methods that have such a form.
        """
        if self.executor != "ensemble" and not isinstance(self.executor, Ensemble):
            return [(variants, self.executor)]
        together = [([one], self.executor) for one in variants if one not in alone]
        rest = [one for one in variants if one in alone]
        return [*together, (rest, "in-process")] if rest else together

    def _runs(self, variant: str, sets: Iterable[Sequence[str]]) -> list[Run]:
        tasks = [self._in_order(one) for one in sets]
        return [Run(one, seed, variant) for seed in self.seeds for one in tasks]

    def _in_order(self, tasks: Sequence[str]) -> tuple[str, ...]:
        return tuple(task for task in self.taskset.task_names if task in tasks)
