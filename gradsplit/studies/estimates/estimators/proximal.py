"""`proximal`: how the others' losses move while the tasks are updated one after the other."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from gradsplit.studies.estimates.estimator import (
    Matrix,
    Measurement,
    Passes,
    as_lists,
    over_steps,
    without_diagonal,
)
from gradsplit.studies.estimates.joint_run import Watched, Watching, loss_now
from gradsplit.studies.estimates.untouched import try_step
from gradsplit.training.seeding import seed_for
from gradsplit.training.step import Step
from gradsplit.training.taskset import TaskSet


@dataclass(frozen=True)
class Proximal(Watching):
    """Proximal inter-task affinity, every task a group of its own.

    In every `every`-th step of a joint run the tasks take turns in a random order: task m's loss
    moves trunk and its own head by one step of the training's optimizer, and for every task k
    A_mk = 1 - (loss of k after m's turn) / (loss of k before it), all on the step's batches. The
    next task starts where the last one left. Then everything is put back. The value is the mean
    over steps.

    Unlike `lookahead`, steps are the optimizer's own, heads move along, and a step is judged after
    others have moved the trunk.

    Source: Jeong and Yoon, "Selective Task Group Updates for Multi-Task Optimization" (ICLR 2025),
    the proximal inter-task affinity with groups of one task. Differences: there the turns are the
    training and the affinity an exponential average; here the turns are tried out beside a joint
    training, and averaged evenly.

    Attributes:
        every: Steps from one look to the next.

    Cost: the joint run (T trainings) plus, a look, T backward and 2 T + T^2 forward passes.
    """

    every: int = 10
    name: ClassVar[str] = "proximal"
    unit: ClassVar[str] = "share of the target's training loss that the source's turn removes"
    paper: ClassVar[str] = "Jeong and Yoon 2025"
    cost: ClassVar[str] = "1.1 to 1.5 joint runs"

    def result(self, taskset: TaskSet, watched: Watched) -> Measurement:
        """See `Watching.result`.

        Example:
            >>> from gradsplit.tasksets.registry import load_taskset
            >>> measured = Proximal().measure(load_taskset("planted", {"steps": 2}), seed=0)
            >>> measured.values.shape, round(measured.trainings, 2)
            ((4, 4), 9.33)
        """
        mean, se = over_steps(np.stack(watched.seen))
        return Measurement(
            taskset.task_names,
            without_diagonal(mean),
            without_diagonal(se),
            trainings=watched.passes.trainings(taskset.recipe.steps),
            seconds=watched.seconds,
            diagnostics={"looks": len(watched.seen), "own": as_lists(np.diagonal(mean))},
            scores=watched.fitted.scores,
        )

    def settings(self) -> dict[str, Any]:
        """See `Estimator.settings`."""
        return {"estimator": self.name, **asdict(self)}

    def look(self, step: Step, rewind: Callable[[], None], passes: Passes) -> Matrix:
        """See `Watching.look`."""
        del rewind  # a turn starts where the last one ended
        tasks = step.network.tasks
        order = np.random.default_rng(seed_for(step.number, "turns")).permutation(len(tasks))
        before = self._losses(step)
        values = np.full((len(tasks), len(tasks)), np.nan)
        for row in order:
            task = tasks[row]
            step.optimizer.zero_grad()
            (step.taskset.recipe.weights.get(task, 1.0) * loss_now(step, task)).backward()
            try_step(step.optimizer)
            after = self._losses(step)
            with np.errstate(divide="ignore", invalid="ignore"):
                values[row] = np.where(before > 0, 1 - after / before, np.nan)
            before = after
        passes.forwards += 2 * len(tasks) + len(tasks) ** 2
        passes.backwards += len(tasks)
        return values

    def _losses(self, step: Step) -> Matrix:
        """[T] losses now."""
        with torch.no_grad():
            return np.array([float(loss_now(step, task)) for task in step.network.tasks])
