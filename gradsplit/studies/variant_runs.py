"""Where the runs of a study are trained and kept: some tasks, one ledger, one executor."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.lost_runs import has_failed
from gradsplit.training.trail import NO_TRAIL, Trail
from relations.digests import digest
from relations.watch.declared import Declared

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.executors import Executor
    from relations.ledger.changed_code import Taken
    from relations.probe import PairwiseProbe
    from relations.runs import Identity, Outcome, Run, Trainer

Tell = Callable[[object], None]
"""Told what a study finds, as soon as it is found; everything told can be printed."""


def options_digest(method: "Method") -> str:
    """What tells a method's options in the names of its runs in a ledger; it must not change."""
    return digest(json.dumps(method.settings(), sort_keys=True))[:8]


Begin = Callable[[Path, "Sequence[Run]"], None]
"""Told the ledger and the runs of every training before it begins, finished ones among them."""


def unheard(news: object) -> None:
    """Nobody listens."""


def unseen(ledger: Path, runs: "Sequence[Run]") -> None:
    """Nobody looks on."""


@dataclass(frozen=True)
class RunPlace(ABC):
    """Trains runs of any variants of some tasks, beside the probe's; none of them twice.

    Attributes:
        taskset: What is trained.
        ledger: The ledger of all runs, the probe's among them; made when it is not there.
        device: Where networks are trained.
        executor: Where runs happen.
        workers: How many at once; as many as the executor likes when None.
        progress: Show progress.
        tell: Told what is found on the way, such as a probe's plan.
        declared: What changes a score and cannot be found in code.
        started: When the study began; runs from before are taken from the ledger, and said.
        again: Train a run that fails once more before it counts as failed: much fails by chance.
        begin: Told the runs before they are trained.
    """

    taskset: "TaskSet"
    ledger: Path
    device: str = "cpu"
    executor: "str | Executor" = "in-process"
    workers: int | None = None
    progress: bool = True
    tell: Tell = unheard
    declared: Declared = field(default_factory=Declared)
    started: float = field(default_factory=time.time, compare=False)
    again: bool = False
    begin: Begin = field(default=unseen, compare=False, repr=False)
    _said: set[float] = field(default_factory=set, compare=False, repr=False)
    _failed: "dict[tuple[Path, Identity], Outcome]" = field(
        default_factory=dict, compare=False, repr=False
    )

    @abstractmethod
    def trainer(self, method: "Method | None" = None) -> "Trainer":
        """What trains these tasks here, by a method; by multi-head when None."""

    def probe(
        self, seeds: Iterable[int], pairs: Iterable[tuple[str, str]] | None = None
    ) -> "PairwiseProbe":
        """The probe whose runs are kept here; of all pairs when None."""
        from relations.probe import PairwiseProbe

        declared = vars(self.declared)
        return PairwiseProbe(
            self.taskset.measured_tasks, self.trainer(), seeds, self.ledger, pairs=pairs, **declared
        )

    def say_taken(self, taken: "Taken") -> None:
        """Tell which runs are from before the study began, each once."""
        new = [at for at in taken.trained if at < self.started and at not in self._said]
        self._said.update(new)
        if new:
            self.tell(replace(taken, trained=new))

    def say_networks(  # noqa: B027 - a program keeps its networks itself
        self, trainers: "Mapping[str, Trainer]", runs: "Sequence[Run]"
    ) -> None:
        """Tell what keeping the networks of runs will take, where they are kept."""

    def finished(self) -> "frozenset[Run]":
        """The runs that the ledger holds, of all variants."""
        from relations.ledger.ledger import Ledger

        if not self.ledger.is_file():
            return frozenset()
        with Ledger(self.ledger, read_only=True) as book:
            return frozenset(book.finished())

    def train(
        self, trainers: "Mapping[str, Trainer]", runs: "Sequence[Run]", without: str | None = None
    ) -> "list[Outcome]":
        """Train what the ledger does not hold yet, all handed to the executor together.

        Args:
            trainers: Variant -> trainer; "" is the probe's own variant.
            runs: What to train, of these variants.
            without: What cannot be done while trainings fail, the heading of the error; None when
                the caller looks at failed ones itself.

        Returns:
            One outcome for each run, in their order.

        Raises:
            RunFailedError: Trainings failed; all of them at once.
        """
        from relations.variants import refuse_failed

        self.begin(self.ledger, runs)
        self.say_networks(trainers, runs)
        outcomes = self._trained(trainers, runs)
        # Where nothing at all went well that is no chance, and a second time tells nothing.
        if self.again and any(outcome.scores is not None for outcome in outcomes):
            outcomes = self._tried_again(trainers, outcomes)
        for outcome in outcomes:
            key = (self.ledger, outcome.run.identity)
            self._failed.pop(key, None)
            if has_failed(outcome):
                self._failed[key] = outcome
        if without is not None:
            refuse_failed(outcomes, without, self.ledger)
        return outcomes

    @property
    def failed(self) -> "list[Outcome]":
        """The runs asked for here that failed, but for those whose numbers ran away."""
        return list(self._failed.values())

    def _tried_again(
        self, trainers: "Mapping[str, Trainer]", outcomes: "Sequence[Outcome]"
    ) -> "list[Outcome]":
        """The outcomes after those that failed were trained once more."""
        lost = [outcome.run for outcome in outcomes if has_failed(outcome)]
        if not lost:
            return list(outcomes)
        of_lost = {run.variant: trainers[run.variant] for run in lost}
        later = {one.run.identity: one for one in self._trained(of_lost, lost)}
        return [later.get(one.run.identity, one) for one in outcomes]

    def _trained(self, trainers: "Mapping[str, Trainer]", runs: "Sequence[Run]") -> "list[Outcome]":
        from relations.variants import train_runs

        return train_runs(
            trainers,
            self.taskset.measured_tasks,
            runs,
            self.ledger,
            executor=self.executor,
            workers=self.workers,
            progress=self.progress,
            tell=self.say_taken,
            **vars(self.declared),
        )


@dataclass(frozen=True)
class VariantRuns(RunPlace):
    """The place of a task set's runs.

    Attributes:
        trail: What is recorded of them beside their scores.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from gradsplit.tasksets.registry import load_taskset
        >>> with TemporaryDirectory() as folder:
        ...     taskset = load_taskset("planted", {"steps": 2})
        ...     place = VariantRuns(taskset, Path(folder, "probe.db"), progress=False)
        ...     place.probe(range(1), pairs=[("loud", "quiet")]).plan().missing[0].tasks
        ('loud',)
    """

    trail: Trail = NO_TRAIL

    def trainer(self, method: "Method | None" = None) -> "TaskSetTrainer":
        """The trainer of the task set here, by a method; by multi-head when None."""
        from gradsplit.training.trainer import TaskSetTrainer

        return TaskSetTrainer(self.taskset, device=self.device, method=method, trail=self.trail)

    def say_networks(self, trainers: "Mapping[str, Trainer]", runs: "Sequence[Run]") -> None:
        """See `RunPlace.say_networks`."""
        from gradsplit.studies.networks_beside import networks_ahead
        from gradsplit.training.kept_networks import FOLDER

        if self.trail.networks:
            done = {run.identity for run in self.finished()}
            missing = [run for run in runs if run.identity not in done]
            if missing:
                self.tell(networks_ahead(self.ledger.with_name(FOLDER), trainers, missing))

    def say_kept_networks(self) -> None:
        """Tell which finished runs have their network, where they are kept."""
        from gradsplit.studies.networks_beside import networks_held

        if self.trail.networks:
            self.tell(networks_held(self.ledger))
