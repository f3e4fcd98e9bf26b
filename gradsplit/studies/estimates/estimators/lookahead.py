"""`lookahead`: how one task's step changes the others' losses, in a joint run (TAG)."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
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
from gradsplit.training.step import Step
from gradsplit.training.taskset import TaskSet

Move = Literal["sgd", "optimizer"]


@dataclass(frozen=True)
class Lookahead(Watching):
    """TAG's inter-task affinity: 1 - (target's loss after the source's step) / (loss before).

    In every `every`-th step of a joint run, for each source i, the trunk alone makes one step along
    the source's gradient, th_i = th - eta g_i, each target's loss is taken again on the same batch
    with its own head, and everything is put back. The value is the mean over steps. Positive: the
    source's step made the target's loss smaller.

    Source: Fifty et al., "Efficiently Identifying Task Groupings for Multi-Task Learning" (NeurIPS
    2021), the definition of Z; every 10 steps as there. Differences: no weight decay in the step;
    each task has a batch of its own here, so a source's step is judged on the target's batch.

    Attributes:
        every: Steps from one look to the next.
        step: "sgd", the paper's plain gradient step at the training's learning rate; "optimizer",
            the step the training's optimizer would make with its state, along g_i alone (with
            momentum, most of that step is the joint training's own direction).

    Cost: the joint run (T trainings) plus, a look, T backward and T + T^2 forward passes.
    """

    every: int = 10
    step: Move = "sgd"
    name: ClassVar[str] = "lookahead"
    unit: ClassVar[str] = "share of the target's training loss that one step of the source removes"
    paper: ClassVar[str] = "TAG, Fifty et al. 2021"
    cost: ClassVar[str] = "1.1 to 1.4 joint runs"

    def __post_init__(self) -> None:
        if self.step not in ("sgd", "optimizer"):
            raise GradSplitError(f"`step` must be 'sgd' or 'optimizer', got {self.step!r}.")

    def result(self, taskset: TaskSet, watched: Watched) -> Measurement:
        """See `Watching.result`.

        Example:
            >>> from gradsplit.tasksets.registry import load_taskset
            >>> measured = Lookahead().measure(load_taskset("planted", {"steps": 2}), seed=0)
            >>> measured.values.shape, round(measured.trainings, 2)
            ((4, 4), 8.67)
        """
        values = np.stack(watched.seen)
        mean, se = over_steps(values)
        return Measurement(
            taskset.task_names,
            without_diagonal(mean),
            without_diagonal(se),
            trainings=watched.passes.trainings(taskset.recipe.steps),
            seconds=watched.seconds,
            diagnostics={
                "looks": len(values),
                # What a task's step does to its own loss: the size that the others compare with.
                "own": as_lists(np.diagonal(mean)),
                "looks without a positive loss": np.isnan(values[:, 0]).sum(axis=0).tolist(),
            },
            scores=watched.fitted.scores,
        )

    def settings(self) -> dict[str, Any]:
        """See `Estimator.settings`."""
        return {"estimator": self.name, **asdict(self)}

    def look(self, step: Step, rewind: Callable[[], None], passes: Passes) -> Matrix:
        """See `Watching.look`."""
        tasks = step.network.tasks
        shared = [weight for weight in step.network.trunk.parameters() if weight.requires_grad]
        before, gradients = {}, {}
        for task in tasks:
            loss = loss_now(step, task)
            before[task] = float(loss.detach())
            weight = step.taskset.recipe.weights.get(task, 1.0)
            gradients[task] = torch.autograd.grad(weight * loss, shared, allow_unused=True)
        passes.forwards += len(tasks) + len(tasks) ** 2
        passes.backwards += len(tasks)
        values = np.full((len(tasks), len(tasks)), np.nan)
        for row, source in enumerate(tasks):
            rewind()
            self._move(step, shared, gradients[source])
            with torch.no_grad():
                for column, target in enumerate(tasks):
                    if before[target] > 0:
                        after = float(loss_now(step, target))
                        values[row, column] = 1 - after / before[target]
        return values

    def _move(
        self, step: Step, shared: list[torch.nn.Parameter], gradients: tuple[Tensor | None, ...]
    ) -> None:
        """One step of the trunk along one task's gradient."""
        if self.step == "sgd":
            rate = step.optimizer.param_groups[0]["lr"]
            with torch.no_grad():
                for parameter, gradient in zip(shared, gradients, strict=True):
                    if gradient is not None:
                        parameter.sub_(gradient, alpha=rate)
            return
        step.optimizer.zero_grad()
        for parameter, gradient in zip(shared, gradients, strict=True):
            parameter.grad = gradient
        try_step(step.optimizer)
