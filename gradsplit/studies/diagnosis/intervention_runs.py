"""The runs of interventions: trained through the probe's ledger, and what their scores say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.diagnosis.removed_harm import log_ratio
from relations.change_kinds import ABSOLUTE, RELATIVE, ChangeKind
from relations.errors import ScoreError
from relations.executors.ensemble import Ensemble
from relations.runs import Run
from relations.statistics.changes_by_seed import change_of_scores
from relations.statistics.scales import to_changes
from relations.statistics.spread import spread_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradsplit.studies.diagnosis.intervention import Edge, Intervention
    from gradsplit.studies.variant_runs import VariantRuns
    from gradsplit.training.taskset import TaskSet
    from relations.runs import Trainer
    from relations.tasks import Task

_PROBE = ""
"""The variant of the probe's own runs."""


@dataclass
class InterventionRuns:
    """Trains interventions on edges, and holds them against the probe's runs of the same seeds.

    Attributes:
        place: Where runs are trained and kept.
        seeds: Seeds of every run.
    """

    place: "VariantRuns"
    seeds: Sequence[int]
    _scores: dict[Run, dict[str, float]] = field(default_factory=dict, init=False)

    @property
    def taskset(self) -> "TaskSet":
        """What is trained."""
        return self.place.taskset

    def train(self, wanted: "Mapping[Edge, Iterable[Intervention]]") -> None:
        """Train what the ledger does not hold yet: the edges' own runs and the interventions'.

        All edges' runs are handed to the executor together; trainings that edges share are done
        once.

        Raises:
            RunFailedError: Trainings failed; all of them at once.
        """
        trainers: dict[str, Trainer] = {_PROBE: self.place.trainer()}
        runs: list[Run] = []
        unvectorised: set[str] = set()
        for edge, interventions in wanted.items():
            runs += self._runs(_PROBE, [edge[:1], edge[1:], edge])
            for intervention in interventions:
                variant = intervention.variant
                trainers[variant] = intervention.trainer(
                    self.taskset, self.place.device, self.place.trail
                )
                runs += self._runs(variant, intervention.runs)
                if not intervention.vectorised:
                    unvectorised.add(variant)
        for place, variants in self._parts(list(trainers), unvectorised):
            part = [run for run in dict.fromkeys(runs) if run.variant in variants]
            of_part = {variant: trainers[variant] for variant in variants}
            without = "Edges cannot be diagnosed while trainings fail"
            for outcome in place.train(of_part, part, without):
                self._scores[outcome.run] = dict(outcome.scores or {})

    def before(self, edge: "Edge") -> "NDArray[np.float64]":
        """[S] the target's log ratio of its score in the pair to its score alone.

        Where its change is not relative, the difference instead, in the unit of its kind.
        """
        return self._ratio(edge[1], (_PROBE, edge), _PROBE)

    def after(self, intervention: "Intervention") -> "NDArray[np.float64]":
        """[S] the same of its score with the intervention to its score alone.

        Alone it is trained in the same way where the intervention asks for that. Of an intervention
        without a pair: its target alone to the probe's target alone.
        """
        edge, variant = intervention.edge, intervention.variant
        if not intervention.pair:
            return self._ratio(edge[1], (variant, edge[1:]), _PROBE)
        return self._ratio(edge[1], (variant, edge), variant if intervention.alone_too else _PROBE)

    def moves(self, intervention: "Intervention") -> "list[NDArray[np.float64]]":
        """[S] how far it moves the target, alone and in the pair: as `before` measures.

        Only of interventions that train the target alone as well.
        """
        edge, variant = intervention.edge, intervention.variant
        alone = self._ratio(edge[1], (variant, edge[1:]), _PROBE)
        return [alone, self.after(intervention) + alone - self.before(edge)]

    def turned(self, task: str) -> bool:
        """Whether a better task has a smaller magnitude of its score, as a loss has."""
        return self.higher(task) == any(score < 0 for score in self.scores(_PROBE, (task,), task))

    def mean_change(self, task: str, values: "NDArray[np.float64]") -> float:
        """The mean of what `before` measures, as the relation writes it: in its kind's unit."""
        relative = self.kind(task).name == RELATIVE
        return float(to_changes(values.mean(), np.array(self.turned(task)), relative))

    def gains(self, intervention: "Intervention", task: str) -> "NDArray[np.float64]":
        """[S] change of a task's score to its mean in the pair as it was; positive is better.

        To the mean, not seed by seed: a source may lose all it has, and ratios of such scores mean
        little. NaN where no pair was trained, or something else in the source's place.
        """
        edge = intervention.edge
        replaced = task == edge[0] and not intervention.source_stays
        if replaced or not intervention.pair:
            return np.full(len(self.seeds), np.nan)
        return self._against_pair(edge, task, self.scores(intervention.variant, edge, task))

    def weighed_gains(self, intervention: "Intervention", task: str) -> "NDArray[np.float64]":
        """The same, to be summed over tasks: the size of any threshold counts as one per cent."""
        return self.gains(intervention, task) * (ChangeKind().size / self.kind(task).size)

    def gains_apart(self, edge: "Edge", task: str) -> "NDArray[np.float64]":
        """[S] change of a task's score to its mean in the pair, when it is trained alone."""
        return self._against_pair(edge, task, self.scores(_PROBE, (task,), task))

    def scores(self, variant: str, tasks: Sequence[str], task: str) -> list[float]:
        """A task's scores in the runs of some tasks, one a seed."""
        return [self._scores[run][task] for run in self._runs(variant, [tasks])]

    def higher(self, task: str) -> bool:
        """Whether a higher score of a task is better."""
        return self._task(task).higher_is_better

    def kind(self, task: str) -> ChangeKind:
        """How changes of a task are measured."""
        return self._task(task).kind

    def _task(self, name: str) -> "Task":
        return next(task for task in self.taskset.measured_tasks if task.name == name)

    def _unit(self, task: str) -> float | None:
        """What differences of a task's scores are in units of; None is the score alone.

        Raises:
            ScoreError: Changes are in units of the spread of scores that do not vary.
        """
        kind = self.kind(task).name
        if kind == RELATIVE:
            return None
        if kind == ABSOLUTE:
            return 1.0
        spread = spread_of(np.array(self.scores(_PROBE, (task,), task)))
        if np.isnan(spread):
            raise ScoreError(
                f"Changes of `{task}` are in units of the spread of its single-task scores, which "
                "do not vary over seeds. Train more seeds, or measure an absolute change "
                f"(--absolute {task}=-0.02)."
            )
        return spread

    def _against_pair(
        self, edge: "Edge", task: str, scores: Sequence[float]
    ) -> "NDArray[np.float64]":
        old = float(np.mean(self.scores(_PROBE, edge, task)))
        return change_of_scores(np.array(scores), old, self.higher(task), self._unit(task))

    def _ratio(
        self, target: str, trained: tuple[str, Sequence[str]], alone: str
    ) -> "NDArray[np.float64]":
        """[S] log ratios of the target's scores in runs (variant, tasks) to those alone.

        Or their differences, where its change is not relative.
        """
        scores = self.scores(trained[0], trained[1], target)
        beside = self.scores(alone, (target,), target)
        unit, higher = self._unit(target), self.higher(target)
        if unit is None:
            return log_ratio(scores, beside, higher=higher)
        return change_of_scores(np.array(scores), np.array(beside), higher, unit)

    def _parts(
        self, variants: list[str], unvectorised: set[str]
    ) -> "Iterable[tuple[VariantRuns, list[str]]]":
        """Variants that are handed to an executor together.

        A vectorised program is of one variant, and only of methods that have such a form.
        """
        if self.place.executor != "ensemble" and not isinstance(self.place.executor, Ensemble):
            return [(self.place, variants)]
        programs = [(self.place, [variant]) for variant in variants if variant not in unvectorised]
        rest = [variant for variant in variants if variant in unvectorised]
        here = replace(self.place, executor="in-process", workers=None)
        return [*programs, (here, rest)] if rest else programs

    def _runs(self, variant: str, sets: Iterable[Sequence[str]]) -> list[Run]:
        """A run a seed of each set of tasks, which are brought into the task set's order."""
        ordered = [
            tuple(task for task in self.taskset.task_names if task in tasks) for tasks in sets
        ]
        return [Run(tasks, seed, variant) for seed in self.seeds for tasks in ordered]
