"""Diagnosing edges: the interventions' runs through the probe's ledger, and what they show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.diagnosis import Removed, Row, log_ratio, removed
from gradsplit.diagnose.causes import CAPACITY, KEEPS, REMOVES, STAGE, UNDECIDED, Named, name_cause
from gradsplit.diagnose.interventions import Intervention, stages_of
from gradsplit.diagnose.rounds import Rounds
from gradsplit.errors import TaskSetError
from gradsplit.trainer import TaskSetTrainer
from relations.joint import train_runs
from relations.runs import Run

if TYPE_CHECKING:
    from gradsplit.taskset import TaskSet
    from relations.executors import Executor
    from relations.runs import Outcome, Trainer

Edge = tuple[str, str]
_SINGLE_AND_PAIR = ""


@dataclass(frozen=True)
class Diagnosis:
    """What was found out about an edge.

    Attributes:
        edge: (source, target).
        change: Mean change of the target next to the source, a fraction.
        interventions: What was trained, in order, each with what it showed.
        named: The cause.
        stages: The stages to split, where that removes the harm: the smallest set found.
    """

    edge: Edge
    change: float
    interventions: dict[Intervention, Row]
    named: Named
    stages: tuple[str, ...] = ()

    @property
    def rows(self) -> list[Row]:
        """The lines of the edge's table."""
        return list(self.interventions.values())

    @property
    def recommended(self) -> Row | None:
        """The line of what is recommended: the named cause's pair run, of stages the smallest."""
        fitting = [
            row
            for one, row in self.interventions.items()
            if one.pair and one.cause == self.named.cause
            if one.cause != STAGE or one.stages == self.stages
        ]
        return fitting[-1] if fitting else None


@dataclass
class Clinic:
    """Where edges are diagnosed.

    Attributes:
        taskset: What is trained.
        ledger: The probe's ledger; single-task and pair runs in it are used again.
        seeds: Seeds of every intervention, those of the probe.
        device: Where networks are trained.
        executor: Where runs happen.
        workers: How many at once; as many as the executor likes when None.
        level: Confidence level of an edge's verdicts together.
        stages: Names of the trunk's modules, first to last; its direct children when None.
        progress: Show progress.
    """

    taskset: "TaskSet"
    ledger: Path
    seeds: Sequence[int]
    device: str = "cpu"
    executor: "str | Executor" = "in-process"
    workers: int | None = None
    level: float = 0.95
    stages: tuple[str, ...] | None = None
    progress: bool = True
    _scores: dict[Run, dict[str, float]] = field(default_factory=dict, init=False)

    def diagnose(self, edge: Edge) -> Diagnosis:
        """Train an edge's interventions, round after round, and name the cause.

        Raises:
            RunFailedError: Trainings failed; all of them at once.
            ScoreError: A metric changes its sign.
        """
        stages = stages_of(self.taskset) if self.stages is None else self.stages
        rounds = Rounds(edge, self.taskset.task_names, stages, widths=self._has_width())
        self._train([], edge)
        done: list[Intervention] = []
        wanted = rounds.first()
        while wanted:
            self._train(wanted, edge)
            done += wanted
            wanted = rounds.further(
                {one: found.share for one, found in self._removed(done, edge).items()}
            )
        return self._diagnosis(edge, done)

    def _diagnosis(self, edge: Edge, done: Sequence[Intervention]) -> Diagnosis:
        found = self._removed(done, edge)
        rows = {one: self._row(one, found[one]) for one in done}
        named = name_cause(verdicts(found))
        splits = [
            one.stages for one in done if one.cause == STAGE and found[one].verdict == REMOVES
        ]
        change = float(np.expm1(self._before(edge).mean()))
        return Diagnosis(edge, change, rows, named, min(splits, key=len, default=()))

    def _has_width(self) -> bool:
        try:
            self.taskset.with_width(1.0)
        except TaskSetError:
            return False
        return True

    def _train(self, wanted: Iterable[Intervention], edge: Edge) -> None:
        """Train the runs of interventions, and of the probe, that the ledger does not hold yet."""
        trainers: dict[str, Trainer] = {
            _SINGLE_AND_PAIR: TaskSetTrainer(self.taskset, device=self.device)
        }
        runs = self._runs(_SINGLE_AND_PAIR, edge, single=True, pair=True)
        for one in wanted:
            trainers[one.variant] = one.trainer(self.taskset, self.device)
            runs += self._runs(one.variant, edge, single=one.single, pair=one.pair)
        # A vectorised program is of one variant: the executor is handed one after the other.
        apart = self.executor == "ensemble" or not isinstance(self.executor, str)
        parts = [[variant] for variant in trainers] if apart else [list(trainers)]
        for part in parts:
            outcomes = train_runs(
                {variant: trainers[variant] for variant in part},
                self.taskset.tasks,
                [run for run in runs if run.variant in part],
                self.ledger,
                executor=self.executor,
                workers=self.workers,
                progress=self.progress,
            )
            self._keep(outcomes)

    def _keep(self, outcomes: "Sequence[Outcome]") -> None:
        from relations.errors import RunFailedError, all_problems

        failed = [outcome for outcome in outcomes if outcome.scores is None]
        if failed:
            raise RunFailedError(
                all_problems(
                    "An edge cannot be diagnosed while trainings fail",
                    [f"{one.run}: {(one.error or '').splitlines()[0]}" for one in failed],
                )
            )
        for outcome in outcomes:
            self._scores[outcome.run] = dict(outcome.scores or {})

    def _runs(self, variant: str, edge: Edge, *, single: bool, pair: bool) -> list[Run]:
        names = tuple(task for task in self.taskset.task_names if task in edge)
        sets = [(edge[1],)] * single + [names] * pair
        return [Run(tasks, seed, variant) for seed in self.seeds for tasks in sets]

    def _of(self, variant: str, edge: Edge, task: str, *, pair: bool) -> list[float]:
        """A task's scores, one a seed."""
        runs = self._runs(variant, edge, single=not pair, pair=pair)
        return [self._scores[run][task] for run in runs]

    def _before(self, edge: Edge) -> "np.ndarray":
        pair = self._of(_SINGLE_AND_PAIR, edge, edge[1], pair=True)
        return self._ratio(edge[1], pair, self._of(_SINGLE_AND_PAIR, edge, edge[1], pair=False))

    def _after(self, one: Intervention) -> "np.ndarray":
        """[S] the target's log ratio with the intervention, to training alone in the same way."""
        variant = one.variant if one.single and one.pair else _SINGLE_AND_PAIR
        alone = self._of(variant, one.edge, one.edge[1], pair=False)
        return self._ratio(
            one.edge[1], self._of(one.variant, one.edge, one.edge[1], pair=one.pair), alone
        )

    def _ratio(self, task: str, score: list[float], to: list[float]) -> "np.ndarray":
        return log_ratio(score, to, higher=self._higher(task))

    def _removed(self, done: Sequence[Intervention], edge: Edge) -> dict[Intervention, Removed]:
        after = {str(place): self._after(one) for place, one in enumerate(done)}
        found = removed(self._before(edge), after, level=self.level)
        return dict(zip(done, found.values(), strict=True))

    def _row(self, one: Intervention, found: Removed) -> Row:
        changes = [float("nan")] * 2
        if one.pair:
            changes = [self._gain(one, task) for task in one.edge]
        return Row(one.name, one.cause, found, changes[1], changes[0], one.cost)

    def _gain(self, one: Intervention, task: str) -> float:
        """Change of a task's mean score against the pair as it was; positive is better.

        Of means, not of seeds: a source may lose all it has, and ratios of such scores mean little.
        """
        new = float(np.mean(self._of(one.variant, one.edge, task, pair=True)))
        old = float(np.mean(self._of(_SINGLE_AND_PAIR, one.edge, task, pair=True)))
        return (new - old) / abs(old) * (1 if self._higher(task) else -1)

    def _higher(self, task: str) -> bool:
        return next(one.higher_is_better for one in self.taskset.tasks if one.name == task)


def verdicts(found: dict[Intervention, Removed]) -> dict[str, str]:
    """What removing each cause did, from all interventions.

    A cause is removed by its widest intervention: of the stages, when the gradient is withheld
    everywhere. Whether room is the cause is said by the wider trunk; without it, the target alone
    in its share can only say that it is not.
    """
    said: dict[str, str] = {}
    for one, removed_ in found.items():
        if one.cause == CAPACITY and not one.pair:
            said[CAPACITY] = KEEPS if removed_.verdict == REMOVES else UNDECIDED
        elif one.cause != STAGE or said.get(STAGE) is None:
            said[one.cause] = removed_.verdict
    return said
