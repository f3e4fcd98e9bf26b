"""The trainer that a probe calls: one run of a task set, and what a run costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import torch

from gradsplit.errors import GradSplitError, TaskSetError
from gradsplit.references import SourceFile
from gradsplit.training.afterwards import Afterwards
from gradsplit.training.checkpoint import Checkpoint, Checkpoints
from gradsplit.training.device import check_device
from gradsplit.training.ensemble import fit_ensemble, member_bytes
from gradsplit.training.ensemble.vectorising import Runs
from gradsplit.training.fit import Fitted, fit
from gradsplit.training.kept_networks import FOLDER as NETWORKS
from gradsplit.training.kept_networks import KeptNetworks, TrainedBy, part_bytes
from gradsplit.training.loggers.run_logs import FOLDER as LOGS
from gradsplit.training.loggers.run_logs import NO_LOGS, Logs
from gradsplit.training.memory import free_bytes, within_memory
from gradsplit.training.methods.method import Method
from gradsplit.training.run_cost import RunCost, measured_costs
from gradsplit.training.run_settings import revisions, run_settings
from gradsplit.training.same_weights import say_same_weights
from gradsplit.training.step import Observe, OnStep
from gradsplit.training.taskset import TaskSet
from gradsplit.training.threads import own_threads
from gradsplit.training.trail import NO_TRAIL, Trail
from relations.runs import Outcome, Run


@dataclass(frozen=True)
class TaskSetTrainer:
    """Trains runs of a task set: `trainer(tasks, seed)` gives `{task: score}`.

    It holds no state and can be pickled when its task set can, so worker processes can use it.

    Attributes:
        taskset: Tasks, data and networks.
        device: Where to train, e.g. "cpu" or "cuda:0".
        method: How to train; multi-head when None.
        threads: CPU threads of a run. Small networks gain nothing from more, and runs are usually
            trained side by side; the number is fixed because sums depend on it in the last digit.
        trail: What is recorded of runs beside their scores, once there is a folder for it.
        folder: Of unfinished runs, with the trail beside it; None leaves none. See `keeping`.
        checkpoints: Where unfinished runs are kept; None keeps none.
        afterwards: Asked for further side scores of a finished run; changes no training.

    Raises:
        GradSplitError: There is no such device, or `taskset` is none.

    Example:
        >>> from gradsplit.tasksets.registry import load_taskset
        >>> trainer = TaskSetTrainer(load_taskset("planted", {"steps": 2}))
        >>> list(trainer(("loud", "quiet"), seed=0))
        ['loud', 'quiet']
    """

    taskset: TaskSet
    device: str = "cpu"
    method: Method | None = None
    threads: int = 1
    trail: Trail = NO_TRAIL
    folder: Path | None = None
    checkpoints: Checkpoints | None = None
    afterwards: Afterwards | None = None

    goes_on: ClassVar[bool] = True
    unwatched: ClassVar[frozenset[str]] = frozenset({"afterwards"})

    def __post_init__(self) -> None:
        if not isinstance(self.taskset, TaskSet):
            raise TaskSetError(
                f"`taskset` must be a task set, got {self.taskset!r}. One that has a name is given "
                "by gradsplit.load_taskset(name)."
            )
        check_device(self.device)

    def check_here(self) -> None:
        """Refuse to train on this machine if it does not have the device; asked by executors.

        Warns:
            SeedNote: All seeds would begin with the same weights.
        """
        check_device(self.device, here=True)
        say_same_weights(self.taskset)

    def keeping(self, folder: Path, code: str) -> "TaskSetTrainer":
        """The same trainer, whose runs go on from what is kept of them in a folder.

        What else is recorded of them lies beside it, in the folders `logs` and `networks`.

        Args:
            folder: Made when something is kept.
            code: Digests of the code that trains; runs of other code start anew.

        Raises:
            GradSplitError: They cannot be recorded so; see `Trail`.
        """
        minutes = self.trail.checked().minutes
        kept = Checkpoints(folder, self.settings(), minutes, code, self.threads)
        return replace(self, folder=folder, checkpoints=kept if minutes else None)

    def settled(self, run: Run) -> None:
        """Forget what was kept of a run; its outcome is in the ledger."""
        if (checkpoint := self.checkpoint(run.tasks, run.seed)) is not None:
            checkpoint.remove()

    def checkpoint(self, tasks: Sequence[str], seed: int) -> Checkpoint | None:
        """Where a run is kept until it is finished; None where none is."""
        return None if self.checkpoints is None else self.checkpoints.of(tasks, seed)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the files that define task set and method before these, for worker processes."""
        parts = () if self.method is None else self.method.parts()
        others = () if self.afterwards is None else self.afterwards.tasksets
        sources = [SourceFile.of(thing) for thing in (self.taskset, *parts, *others)]
        ways = self.threads, self.trail, self.folder, self.checkpoints, self.afterwards
        return _unpickled, (sources, self.taskset, self.device, self.method, *ways)

    def __call__(self, tasks: Sequence[str], seed: int) -> dict[str, float]:
        """Train and score one run; see `gradsplit.training.fit.fit` for what it raises."""
        checkpoint = self.checkpoint(tasks, seed)
        return self._fit(self.taskset, tasks, seed, checkpoint=checkpoint).scores

    def outcome(self, run: Run) -> Outcome:
        """Train and score one run, with side scores and loss curves, and see if a task was learnt.

        A single-task run of the probe's own is also scored after half of its steps, and
        an answer that is the same for every sample is scored by its metric: see
        `relations.side_scores`. The training is that of a call, to the last bit.
        """
        alone = len(run.tasks) == 1 and self.method is None
        checkpoint = self.checkpoint(run.tasks, run.seed)
        with self._logs().of(run, self.taskset.recipe) as told:
            fitted = self._fit(
                self.taskset,
                run.tasks,
                run.seed,
                told.on_step,
                watch=alone,
                checkpoint=checkpoint,
            )
            if self.afterwards is not None:
                with own_threads(self.threads):
                    fitted.side.update(self.afterwards(run, fitted))
            told.scores(fitted.scores | fitted.side)
        return self._outcome(fitted, run)

    def together(self, runs: Runs) -> list[dict[str, float] | GradSplitError]:
        """Train many runs at once; see `gradsplit.training.ensemble.fit_ensemble`.

        Args:
            runs: (tasks, seed) of each.

        Returns:
            Scores of each run with side scores, equal to those of a run of its own up to rounding,
            or its error.

        Raises:
            GradSplitError: The task set or the method cannot be vectorised.
            MemoryError: They do not fit into memory together.
        """
        return [
            result if isinstance(result, GradSplitError) else result.scores | result.side
            for result in self._fitted_together(runs)
        ]

    def outcomes_together(self, runs: Sequence[Run]) -> list[Outcome | GradSplitError]:
        """The same, with the loss curves of each run.

        Warns:
            LogNote: Loggers were asked for, which runs that are trained together cannot have.
        """
        self._logs().say_untold(runs)
        fitted = self._fitted_together([(run.tasks, run.seed) for run in runs])
        return [
            result if isinstance(result, GradSplitError) else self._outcome(result, run)
            for run, result in zip(runs, fitted, strict=True)
        ]

    def _outcome(self, fitted: Fitted, run: Run) -> Outcome:
        """What a ledger keeps of a run, once its network is kept where that is asked."""
        if self.trail.networks and self.folder is not None:
            kept = KeptNetworks(self.folder.parent / NETWORKS, self.trained_by())
            kept.keep(fitted, run)
        return fitted.outcome(run)

    def trained_by(self) -> TrainedBy:
        """What the files of networks say of their training."""
        return TrainedBy(self.taskset, self.method, self.settings())

    def _logs(self) -> Logs:
        if self.folder is None:
            return NO_LOGS
        return Logs(self.folder.parent / LOGS, self.trail.loggers)

    def part_bytes(self) -> dict[str, int]:
        """See `gradsplit.training.kept_networks.part_bytes`."""
        return part_bytes(self.taskset, self.method)

    def _fitted_together(self, runs: Runs) -> list[Fitted | GradSplitError]:
        with own_threads(self.threads):
            return within_memory(
                f"{len(runs)} runs at once",
                lambda: fit_ensemble(self.taskset, runs, method=self.method, device=self.device),
            )

    def member_bytes(self) -> dict[str, int]:
        """See `gradsplit.training.ensemble.member_bytes`."""
        with own_threads(self.threads):
            return member_bytes(self.taskset, self.device)

    def free_bytes(self) -> int:
        """Free memory where runs are trained; see `gradsplit.training.memory.free_bytes`."""
        return free_bytes(torch.device(self.device))

    def settings(self) -> dict[str, Any]:
        """Everything that changes a score, as JSON values: the fingerprint of these runs."""
        return run_settings(self.taskset, self.method, torch.device(self.device).type)

    def modernised(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """What `settings` gave in an earlier release, as it gives it now, for the same training."""
        if "revisions" in settings or "task set" not in settings:
            return settings
        kept = {key: value for key, value in settings.items() if key != "versions"}
        kept["task set"] = self.taskset.modernised(settings["task set"])
        # What was trained before there were revisions is revision 1 of everything.
        return kept | {"revisions": dict.fromkeys(revisions(self.method), 1)}

    def measure(self, steps: int = 5) -> list[RunCost]:
        """What a single-task run and a pair run cost, from a handful of steps of some of them.

        Every task is trained alone and next to one other, so slow and fast tasks average as they
        do over a probe.

        Args:
            steps: Steps of each measured run; the first is not timed.

        Returns:
            The cost of single-task runs and, with two tasks or more, of pair runs.
        """
        return measured_costs(self, steps)

    def fitted(
        self,
        tasks: Sequence[str],
        seed: int,
        *,
        steps: int | None = None,
        on_step: OnStep | None = None,
        observe: Observe | None = None,
    ) -> Fitted:
        """Train and score one run, and give the network and the losses too.

        Args:
            tasks: Of the run.
            seed: Of the run.
            steps: Another number of steps than the recipe's.
            on_step: See `gradsplit.training.fit.fit`.
            observe: See there.
        """
        taskset = self.taskset if steps is None else self.taskset.with_recipe(steps=steps)
        return self._fit(taskset, tasks, seed, on_step, observe=observe)

    def _fit(
        self,
        taskset: TaskSet,
        tasks: Sequence[str],
        seed: int,
        on_step: OnStep | None = None,
        *,
        observe: Observe | None = None,
        watch: bool = False,
        checkpoint: Checkpoint | None = None,
    ) -> Fitted:
        with own_threads(self.threads):
            return fit(
                taskset,
                tasks,
                seed,
                method=self.method,
                device=self.device,
                on_step=on_step,
                observe=observe,
                watch=watch,
                checkpoint=checkpoint,
            )


def _unpickled(
    sources: list[SourceFile],  # noqa: ARG001 - they have acted
    *fields: Any,
) -> TaskSetTrainer:
    return TaskSetTrainer(*fields)
