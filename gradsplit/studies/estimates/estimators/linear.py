"""`linear`: what training on fewer tasks would do, to first order around a joint run (Grad-TAG)."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates.estimator import (
    Matrix,
    Measurement,
    Passes,
    as_lists,
    without_diagonal,
)
from gradsplit.studies.estimates.joint_run import JointRunEstimator
from gradsplit.studies.estimates.quadratic import Directions, Quadratic, quadratic_around
from gradsplit.training.batches import next_batch, to_device
from gradsplit.training.fit import fit
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.step import Batch
from gradsplit.training.taskset import TaskSet


@dataclass(frozen=True)
class Linear(JointRunEstimator):
    """Losses of networks trained on one or two tasks, predicted from the jointly trained one.

    At the end of a joint run the outputs are linearised in the trunk's parameters, th = th* + P u,
    along `directions` random directions P (all of them when there are no more), and each task's
    loss becomes a quadratic q_t(u) (Gauss-Newton). Training on a set S is then solving
    u_S = argmin sum of w_t q_t(u) over S + rho |u|^2 / 2 on some batches; on other batches
    the value is (q_j(u_{j}) - q_j(u_{i,j})) / L_j: how much of its loss j gains by i's company.
    Heads stay where the joint run left them.

    It only sees what a short way from th* can change. The diagnostics say how far that holds:
    `residual` is |true change of the loss - predicted| / |predicted| at u_{j}, for each task; far
    above 0, the numbers mean little.

    Source: Li, Sharma and Zhang, "Scalable Multitask Learning Using Gradient-based Estimation of
    Task Affinity" (KDD 2024). Differences: a Gauss-Newton quadratic in place of a logistic
    regression, so that any loss can be used; pairs in place of random subsets.

    Attributes:
        directions: Random directions in the trunk's parameters.
        batches: Batches of each task to solve on, and as many to judge on.
        ridge: rho, as a share of the mean curvature.

    Cost: the joint run (T trainings) plus 2 T `batches` (1 + 2 `directions`) forward passes.
    """

    directions: int = 64
    batches: int = 4
    ridge: float = 0.1
    name: ClassVar[str] = "linear"
    unit: ClassVar[str] = "share of the target's loss that the source's company removes, linearised"
    paper: ClassVar[str] = "Grad-TAG, Li et al. 2024"
    cost: ClassVar[str] = "1 joint run and a few hundred forward passes a task"

    def __post_init__(self) -> None:
        if self.directions < 1 or self.batches < 1 or self.ridge <= 0:
            raise GradSplitError(
                f"`directions` and `batches` must be 1 or more and `ridge` above 0, got {self}."
            )

    def measure(
        self, taskset: TaskSet, seed: int, *, device: str | torch.device = "cpu"
    ) -> Measurement:
        """See `JointRunEstimator.measure`.

        Raises:
            GradSplitError: See there; or the network has an operation without a second derivative.

        Example:
            >>> from gradsplit.tasksets.registry import load_taskset
            >>> planted = load_taskset("planted", {"steps": 2})
            >>> measured = Linear(directions=8).measure(planted, seed=0)
            >>> measured.values.shape, len(measured.diagnostics["residual"])
            ((4, 4), 4)
        """
        started = time.perf_counter()
        names = taskset.task_names
        if len(names) < 2:
            raise GradSplitError(f"Relations need two tasks or more; `{taskset.name}` has {names}.")
        fitted = fit(taskset, names, seed, device=device)
        steps = taskset.recipe.steps
        passes = Passes(forwards=steps * len(names), backwards=steps * len(names))
        own = taskset.for_seed(seed)
        drawn = {task: self._drawn(own, task, seed, torch.device(device)) for task in names}
        directions = Directions.draw(fitted.network.trunk, self.directions, seed)
        fits, checks = (
            [
                quadratic_around(fitted.network, own, task, drawn[task][part::2], directions)
                for task in names
            ]
            for part in range(2)
        )
        used = 2 * self.batches * len(names)
        passes.forwards += used * (1 + 2 * directions.count)
        weights = np.array([taskset.recipe.weights.get(task, 1.0) for task in names])
        values, alone = _values(fits, checks, weights, self.ridge)
        checking = {task: drawn[task][1::2] for task in names}
        residual = _residuals(fitted.network, own, checking, directions, checks, alone)
        passes.forwards += 2 * self.batches * len(names)
        return Measurement(
            names,
            without_diagonal(values),
            np.full_like(values, np.nan),
            trainings=passes.trainings(steps),
            seconds=time.perf_counter() - started,
            diagnostics={"directions": directions.count, "residual": as_lists(residual)},
            scores=fitted.scores,
        )

    def settings(self) -> dict[str, Any]:
        """See `Estimator.settings`."""
        return {"estimator": self.name, **asdict(self)}

    def _drawn(self, taskset: TaskSet, task: str, seed: int, device: torch.device) -> list[Batch]:
        source: Iterator[Batch] = iter(taskset.batches(task, seed))
        return [to_device(next_batch(source, task), device) for _ in range(2 * self.batches)]


def _values(
    fits: list[Quadratic], checks: list[Quadratic], weights: Matrix, ridge: float
) -> tuple[Matrix, Matrix]:
    """The value of every edge, and where each task alone would lead, [T, d]."""
    count = len(fits)
    curvatures = np.stack(
        [weight * fit.curvature for weight, fit in zip(weights, fits, strict=True)]
    )
    slopes = np.stack([weight * fit.slope for weight, fit in zip(weights, fits, strict=True)])
    total = curvatures.sum(axis=0)
    rho = ridge * float(np.trace(total)) / len(total)
    if not rho > 0:
        raise GradSplitError("The losses have no curvature, so that nothing can be predicted.")

    def solved(*members: int) -> Matrix:
        curvature, slope = (some[list(members)].sum(axis=0) for some in (curvatures, slopes))
        return -np.linalg.solve(curvature + rho * np.eye(len(total)), slope)

    alone = np.stack([solved(task) for task in range(count)])
    values = np.full((count, count), np.nan)
    for target, check in enumerate(checks):
        for source in range(count):
            if source != target and check.level > 0:
                lost = check.at(alone[target]) - check.at(solved(source, target))
                values[source, target] = lost / check.level
    return values, alone


def _residuals(
    network: MultiTaskNetwork,
    taskset: TaskSet,
    batches: Mapping[str, list[Batch]],
    directions: Directions,
    checks: list[Quadratic],
    alone: Matrix,
) -> Matrix:
    """[T] how far the true change of each task's loss is from the predicted one, relatively."""
    residuals = []
    for task, check, u in zip(batches, checks, alone, strict=True):
        with torch.no_grad():
            true = np.mean(
                [
                    float(taskset.loss(task, directions.moved(network, u)(inputs, task), target))
                    for inputs, target in batches[task]
                ]
            )
        predicted = check.at(u) - check.level
        residuals.append(abs(true - check.level - predicted) / max(abs(predicted), 1e-12))
    return np.array(residuals)
