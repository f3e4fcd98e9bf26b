"""Estimators that measure in a joint run, looked at while it is trained or at its end."""

import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates.estimator import Estimator, Measurement, Passes
from gradsplit.studies.estimates.seed_by_seed import seed_by_seed
from gradsplit.studies.estimates.untouched import untouched
from gradsplit.training.fit import Fitted, fit
from gradsplit.training.seeding import seed_for
from gradsplit.training.step import Step
from gradsplit.training.taskset import TaskSet
from gradsplit.training.trainer import TaskSetTrainer
from relations.estimates.estimate import Estimate
from relations.executors import Executor


class JointRunEstimator(Estimator):
    """An estimator that needs one joint run a seed and no ledger."""

    @abstractmethod
    def measure(
        self, taskset: TaskSet, seed: int, *, device: str | torch.device = "cpu"
    ) -> Measurement:
        """Measure all relations of a task set in one seed.

        Args:
            taskset: T >= 2 tasks.
            seed: Seed of the joint run.
            device: Where to train.

        Raises:
            GradSplitError: There are fewer than two tasks, or the training fails.
        """

    def estimate(
        self,
        trainer: TaskSetTrainer,
        folder: Path,
        seeds: Sequence[int],
        executor: Executor,  # noqa: ARG002 - the network is looked into, which only works here
    ) -> Estimate:
        """See `Estimator.estimate`."""
        return measured_estimates({self.name: self}, trainer, folder, seeds)[self.name]


@dataclass(frozen=True)
class Watched:
    """A joint run that was looked at.

    Attributes:
        fitted: The run; the same as without being looked at.
        seen: What each look gave, in order.
        passes: Of the run and these looks.
        seconds: Wall time of run and these looks.
    """

    fitted: Fitted
    seen: list[Any]
    passes: Passes
    seconds: float


class Watching(JointRunEstimator):
    """An estimator that looks at every `every`-th step of a joint run, from the first on.

    Attributes:
        every: Steps from one look to the next, at least 1.
    """

    every: int

    @abstractmethod
    def look(self, step: Step, rewind: Callable[[], None], passes: Passes) -> Any:
        """One look at a step. Everything is put back after it (see `untouched`).

        Args:
            step: The step; network and optimizer may be changed.
            rewind: Puts them back at once, to try the next thing.
            passes: The passes of this look are added to it.

        Returns:
            What it saw, for `result`.
        """

    @abstractmethod
    def result(self, taskset: TaskSet, watched: Watched) -> Measurement:
        """What all looks say together."""

    def measure(
        self, taskset: TaskSet, seed: int, *, device: str | torch.device = "cpu"
    ) -> Measurement:
        """See `JointRunEstimator.measure`."""
        return measure_together([self], taskset, seed, device=device)[0]


def measure_together(
    estimators: Sequence[Watching],
    taskset: TaskSet,
    seed: int,
    *,
    device: str | torch.device = "cpu",
) -> list[Measurement]:
    """Several estimates from one joint run, each the same as from a run of its own.

    Args:
        estimators: What to measure.
        taskset: T >= 2 tasks.
        seed: Seed of the run.
        device: Where to train.

    Returns:
        One for each estimator; each states the cost it would have alone.

    Raises:
        GradSplitError: Fewer than two tasks, or `every` is no positive number.

    Cost: one joint run, and the looks.
    """
    names = taskset.task_names
    if len(names) < 2:
        raise GradSplitError(f"Relations need two tasks or more; `{taskset.name}` has {names}.")
    for estimator in estimators:
        if not isinstance(estimator.every, int) or estimator.every < 1:
            raise GradSplitError(f"`every` must be 1 or more steps, got {estimator.every!r}.")
    joint = taskset.recipe.steps * len(names)
    passes = [Passes(forwards=joint, backwards=joint) for _ in estimators]
    seen: list[list[Any]] = [[] for _ in estimators]
    spent = np.zeros(len(estimators))

    def observe(step: Step) -> None:
        for number, estimator in enumerate(estimators):
            if step.number % estimator.every == 0:
                began = time.perf_counter()
                with untouched(step.network, step.optimizer) as rewind:
                    seen[number].append(estimator.look(step, rewind, passes[number]))
                spent[number] += time.perf_counter() - began

    started = time.perf_counter()
    fitted = fit(taskset, names, seed, device=device, observe=observe)
    alone = time.perf_counter() - started - spent.sum()
    return [
        estimator.result(
            taskset, Watched(fitted, seen[number], passes[number], alone + spent[number])
        )
        for number, estimator in enumerate(estimators)
    ]


def measured_estimates(
    estimators: Mapping[str, JointRunEstimator],
    trainer: TaskSetTrainer,
    folder: Path,
    seeds: Sequence[int],
) -> dict[str, Estimate]:
    """Several estimates, with what the folder's files lack measured first.

    Estimators that watch a joint run share one.

    Args:
        estimators: By the name in the file's name.
        trainer: Of the task set.
        folder: Of the files.
        seeds: All seeds that are wanted.

    Raises:
        EstimateError: A file was made with other settings, or is unsound.
        GradSplitError: The training fails.
    """
    torch.set_num_threads(trainer.threads)

    def measure(names: Sequence[str], seed: int) -> Iterator[tuple[str, Measurement]]:
        watching = {
            name: estimator
            for name, estimator in estimators.items()
            if name in names and isinstance(estimator, Watching)
        }
        where = trainer.taskset, seed
        if watching:
            together = measure_together([*watching.values()], *where, device=trainer.device)
            yield from zip(watching, together, strict=True)
        for name in names:
            if name not in watching:
                yield name, estimators[name].measure(*where, device=trainer.device)

    return seed_by_seed(estimators, measure, trainer, folder, seeds)


def loss_now(step: Step, task: str) -> Tensor:
    """The loss of a task on the step's batch, with the same random draws at each call of a step.

    Inside `untouched` only: torch's generators are set. A network with dropout would otherwise be
    compared with another network.
    """
    torch.manual_seed(seed_for(step.number, "estimator", task))
    return step.loss(task)
