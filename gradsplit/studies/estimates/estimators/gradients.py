"""`gradients`: how well the tasks' gradients of the trunk agree, against what noise alone gives."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from gradsplit.studies.estimates.estimator import (
    Matrix,
    Measurement,
    Passes,
    as_lists,
    over_steps,
    without_diagonal,
)
from gradsplit.studies.estimates.joint_run import Watched, Watching
from gradsplit.studies.estimates.overlap import halves, shared_samples
from gradsplit.training.seeding import seed_for
from gradsplit.training.step import Step
from gradsplit.training.taskset import TaskSet

WHOLE = "trunk"


@dataclass(frozen=True)
class _Look:
    """One look: per stage, and for the whole trunk last.

    Attributes:
        dots: [stages, T, T] products of gradients of two different half batches.
        squares: [stages, T] squared lengths of half batches' gradients, their mean.
        cosines: [stages, T, T] cosines; the diagonal compares two half batches of one task.
        shared: [T, T] samples in common of the halves that were compared.
        first_order: [T, T] what the source's step would take off the target's loss, to first order.
    """

    dots: Matrix
    squares: Matrix
    cosines: Matrix
    shared: Matrix
    first_order: Matrix


@dataclass(frozen=True)
class Gradients(Watching):
    """Cosines of the tasks' trunk gradients, divided by what two batches of one task reach.

    In every `every`-th step each task's batch is cut into halves a and b. With

        c_ij = mean over looks of (cos(g_i^a, g_j^b) + cos(g_i^b, g_j^a)) / 2,

    the diagonal c_ii is the cosine of two batches of the same task: below 1 because of noise alone
    (the null). The value is c_ij / sqrt(c_ii c_jj), 1 for tasks that differ only by noise. Where
    c_ii is not beyond its own standard error, that error takes its place, so that noise is never
    blown up. Two different halves are compared even when tasks see the same batch, because samples
    in common make gradients agree; the share that is still in common is in the diagnostics
    (`shared samples`), and should be near 0.

    Source: cosines as in TAG's comparison (Fifty et al., NeurIPS 2021); the halves and
    the null are our choice (Spearman's correction for attenuation).

    The diagnostics hold, too: cosines of every stage (the trunk's own children), magnitude ratios
    |g_source| / |g_target|, the share of looks in conflict (negative cosine), and the first-order
    lookahead eta g_i . g_j / L_j.

    Attributes:
        every: Steps from one look to the next.

    Cost: the joint run (T trainings) plus T forward and backward passes a look. Memory: 2 T copies
    of the trunk's gradient.
    """

    every: int = 10
    name: ClassVar[str] = "gradients"
    unit: ClassVar[str] = "cosine of the trunk's gradients, over that of two batches of one task"
    paper: ClassVar[str] = "TAG's comparison, Fifty et al. 2021"
    cost: ClassVar[str] = "1.1 joint runs"
    symmetric: ClassVar[bool] = True

    def result(self, taskset: TaskSet, watched: Watched) -> Measurement:
        """See `Watching.result`.

        Example:
            >>> from gradsplit.tasksets.registry import load_taskset
            >>> measured = Gradients().measure(load_taskset("planted", {"steps": 2}), seed=0)
            >>> list(measured.diagnostics["stages"])
            ['bottleneck', 'trunk']
        """
        looks: list[_Look] = watched.seen
        stages = list(_stages(watched.fitted.network.trunk))
        cosines, noise = over_steps(np.stack([look.cosines for look in looks]))
        calibrated, se = _calibrated(cosines, noise)
        squares = np.stack([look.squares for look in looks]).mean(axis=0)[-1]
        diagnostics: dict[str, Any] = {
            "looks": len(looks),
            "null": as_lists(np.diagonal(cosines[-1])),
            "null se": as_lists(np.diagonal(noise[-1])),
            "cosine": as_lists(without_diagonal(cosines[-1])),
            "magnitude ratio": as_lists(without_diagonal(_ratios(squares))),
            "conflict": as_lists(
                without_diagonal(np.mean([look.cosines[-1] < 0 for look in looks], axis=0))
            ),
            "first order": as_lists(
                without_diagonal(over_steps(np.stack([look.first_order for look in looks]))[0])
            ),
            "shared samples": as_lists(
                without_diagonal(np.mean([look.shared for look in looks], axis=0))
            ),
            "stages": {
                stage: as_lists(without_diagonal(calibrated[number]))
                for number, stage in enumerate(stages)
            },
        }
        return Measurement(
            taskset.task_names,
            without_diagonal(calibrated[-1]),
            without_diagonal(se[-1]),
            trainings=watched.passes.trainings(taskset.recipe.steps),
            seconds=watched.seconds,
            diagnostics=diagnostics,
            scores=watched.fitted.scores,
        )

    def settings(self) -> dict[str, Any]:
        """See `Estimator.settings`."""
        return {"estimator": self.name, **asdict(self)}

    def look(self, step: Step, rewind: Callable[[], None], passes: Passes) -> _Look:
        """See `Watching.look`."""
        del rewind  # nothing is changed
        tasks = step.network.tasks
        stages = _stages(step.network.trunk)
        parts = {task: halves(step.batches[task], task) for task in tasks}
        losses = np.empty(len(tasks))
        gradients: list[list[list[Tensor]]] = []  # [2][T][stages]
        for half in range(2):
            gradients.append([])
            for row, task in enumerate(tasks):
                torch.manual_seed(seed_for(step.number, "estimator", task, str(half)))
                loss = step.loss(task, parts[task][half])
                losses[row] = float(loss.detach())
                weight = step.taskset.recipe.weights.get(task, 1.0)
                gradients[half].append(_by_stage(weight * loss, stages))
        passes.forwards += len(tasks)  # two of half a batch
        passes.backwards += len(tasks)
        dots, squares, cosines = _products(*gradients)
        inputs = [{task: parts[task][half][0] for task in tasks} for half in range(2)]
        shared = (shared_samples(*inputs) + shared_samples(*inputs[::-1])) / 2
        rate = step.optimizer.param_groups[0]["lr"]
        weights = np.array([step.taskset.recipe.weights.get(task, 1.0) for task in tasks])
        with np.errstate(divide="ignore", invalid="ignore"):
            # The products are of weighted gradients; what falls is the target's own loss.
            first_order = np.where(losses > 0, rate * dots[-1] / (weights * losses), np.nan)
        return _Look(dots, squares, cosines, shared, first_order)


def _stages(trunk: nn.Module) -> dict[str, list[nn.Parameter]]:
    """The trained parameters of each of the trunk's children that has any, then all of them."""
    stages = {
        name: [weight for weight in child.parameters() if weight.requires_grad]
        for name, child in trunk.named_children()
    }
    whole = [weight for weight in trunk.parameters() if weight.requires_grad]
    return {name: weights for name, weights in stages.items() if weights} | {WHOLE: whole}


def _by_stage(loss: Tensor, stages: dict[str, list[nn.Parameter]]) -> list[Tensor]:
    """The gradient of a loss, one vector a stage."""
    whole = stages[WHOLE]
    gradients = torch.autograd.grad(loss, whole, allow_unused=True)
    by_parameter = {
        parameter: (torch.zeros_like(parameter) if gradient is None else gradient).flatten()
        for parameter, gradient in zip(whole, gradients, strict=True)
    }
    return [torch.cat([by_parameter[weight] for weight in weights]) for weights in stages.values()]


def _products(
    first: Sequence[Sequence[Tensor]], second: Sequence[Sequence[Tensor]]
) -> tuple[Matrix, Matrix, Matrix]:
    """Dots, squared lengths and cosines of the gradients of the two halves, by stage."""
    dots, squares, cosines = [], [], []
    for stage in range(len(first[0])):
        a = torch.stack([gradient[stage] for gradient in first]).double()
        b = torch.stack([gradient[stage] for gradient in second]).double()
        cross = (a @ b.T).cpu().numpy()
        lengths = np.outer(a.norm(dim=1).cpu().numpy(), b.norm(dim=1).cpu().numpy())
        with np.errstate(divide="ignore", invalid="ignore"):
            cosine = np.where(lengths > 0, cross / lengths, np.nan)
        dots.append((cross + cross.T) / 2)
        cosines.append((cosine + cosine.T) / 2)
        squares.append(((a.square().sum(1) + b.square().sum(1)) / 2).cpu().numpy())
    return np.stack(dots), np.stack(squares), np.stack(cosines)


def _calibrated(cosines: Matrix, noise: Matrix) -> tuple[Matrix, Matrix]:
    """Cosines [..., T, T] and their errors over the root of the nulls on their diagonals."""
    null = np.diagonal(cosines, axis1=-2, axis2=-1)
    least = np.nan_to_num(np.diagonal(noise, axis1=-2, axis2=-1), nan=0.0)
    usable = np.maximum(null, least)
    usable = np.sqrt(np.where(usable > 0, usable, np.nan))
    reach = usable[..., :, None] * usable[..., None, :]
    return cosines / reach, noise / reach


def _ratios(squares: Matrix) -> Matrix:
    """[T, T] root mean square length of the source's gradient over the target's."""
    lengths = np.sqrt(squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        return lengths[:, None] / lengths[None, :]
