"""GNR: loss weights under which no task's gradient drowns in what is noise to it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.combined import Combine, Combined
from gradsplit.training.methods.registry import Cost, register_method

_LEAST = 0.01
"""The least share of a task, of the mean share: the largest ratios may lie where one has none."""
_TINY = 1e-12


@register_method(
    "gnr",
    "weights for the largest least ratio of a task's gradient to its noise, the other tasks'",
    group="balanced without a search",
    cost=Cost(memory="2 T gradients of the trunk"),
)
@dataclass(frozen=True)
class Gnr(Combined):
    """The other tasks' gradients are noise to a task; the task that hears itself least decides.

    Source: the abstract of Fan et al., "MaxGNR: A Dynamic Weight Strategy via Maximizing
    Gradient-to-Noise Ratio for Multi-Task Learning" (ACCV 2022): beside the noise of a batch, a
    task's training is disturbed by the other tasks' gradients, and weights are chosen that maximise
    each task's ratio of gradient to noise. **Its formula was not available to us, nor any code: all
    that follows is our reconstruction**, and says nothing about the paper's results.
    With b_i the running average of task i's gradient g_i of the trunk and v_i its sample noise, the
    trace of the covariance of g_i, the weights w are those for which the least of
    w_i |b_i| / sqrt(|sum_(j != i) w_j b_j|^2 + w_i^2 v_i) is largest, and the trunk gets
    sum_i w_i g_i. (The sum of the ratios' logarithms, which comes to mind as well, is the same
    for all weights with two tasks without noise.)
    Our choices, beside that: v_i is the running average of |g_i - b_i|^2, corrected for b_i being
    an average of a few gradients; w_i |b_i| is at least a hundredth of its mean over tasks; the
    heads keep their own gradients.
    What is known of it: orthogonal gradients without noise get equal lengths, as in `equal-norm`;
    a task with noisier batches gets more.
    Scale: the weights sum to the number of tasks, so that equal gradients are multi-head training.
    One task alone is ordinary training, and one whose average gradient is zero has the weight 1.
    Cost: T gradients of the trunk and their averages in memory, and a small problem of T unknowns
    on the CPU.

    Attributes:
        beta: How much of the averages is kept in a step; 0 averages nothing.

    Raises:
        GradSplitError: It is out of range.
    """

    beta: float = 0.9
    name: ClassVar[str] = "gnr"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 <= self.beta < 1:
            raise GradSplitError(f"`beta` must be in 0 <= beta < 1, got {self.beta}.")

    def combine(self, run: Training) -> Combine:
        """See `Combined.combine`."""
        averages = RunningGradients(self.beta)
        run.keep(averages, "mean", "noise", "_weight", "_square")

        def combine(rows: Tensor) -> Tensor:
            averages.add(rows)
            gram = (averages.mean @ averages.mean.T).double().cpu().numpy()
            weights = max_min_weights(gram, averages.noise.double().cpu().numpy())
            return torch.from_numpy(weights).to(rows) @ rows

        return combine


class RunningGradients:
    """Exponential averages of gradients and of their sample noise, right from the first step.

    Args:
        beta: How much is kept in a step.

    Attributes:
        mean: The averages [T, P].
        noise: The traces [T] of the covariance of a step's gradient; 0 after one step.

    Example:
        >>> of_task = RunningGradients(beta=0.5)
        >>> of_task.add(torch.tensor([[1.0, 0.0]]))
        >>> of_task.add(torch.tensor([[4.0, 0.0]]))
        >>> of_task.mean, of_task.noise  # (0.5 * 1 + 4) / 1.5; of two values the variance
        (tensor([[3., 0.]]), tensor([4.5000]))
    """

    def __init__(self, beta: float) -> None:
        self._beta = beta
        self._weight = self._square = 0.0
        self.mean = self.noise = torch.zeros(())

    def add(self, rows: Tensor) -> None:
        """Take in the gradients [T, P] of one more step."""
        if not self._weight:
            self.mean, self.noise = rows.clone(), rows.new_zeros(len(rows))
        else:
            # Of independent gradients of variance v, the average so far has v square / weight^2.
            share = 1 / (1 + self._square / self._weight**2)
            apart = (rows - self.mean).square().sum(1) * share
            self.noise = self.noise + (apart - self.noise) / self._weight
        self._weight = self._beta * self._weight + 1
        self._square = self._beta**2 * self._square + 1
        self.mean += (rows - self.mean) / self._weight


def max_min_weights(gram: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """The weights [T], with the sum T, for which the least gradient-to-noise ratio is largest.

    Args:
        gram: The products [T, T] of the tasks' gradients.
        noise: The traces [T] of their covariances.

    Example:
        >>> max_min_weights(np.diag([1.0, 4.0, 9.0]), np.zeros(3)).round(4).tolist()
        [1.6364, 0.8182, 0.5455]
    """
    lengths = np.sqrt(gram.diagonal())
    weights = np.ones(len(gram))
    heard = np.flatnonzero(lengths > 0)
    if len(heard) < 2 or not np.isfinite(gram).all() or not np.isfinite(noise).all():
        return weights
    lengths = lengths[heard]
    cosines = gram[np.ix_(heard, heard)] / np.outer(lengths, lengths)
    ratio = _Ratios(cosines, noise[heard] / lengths**2)
    pulls = ratio.best() / lengths
    weights[heard] = pulls * len(heard) / pulls.sum()
    return weights


class _Ratios:
    """The logarithms of the ratios as functions of the pulls p_i = w_i |b_i|.

    A ratio at least t is a cone of pulls, so whatever is a local maximum of the least is the
    maximum.

    Args:
        cosines: Of the gradients [T, T].
        noise: Traces of their covariances [T], over their squared lengths.
    """

    def __init__(self, cosines: np.ndarray, noise: np.ndarray) -> None:
        count = len(cosines)
        each = np.arange(count)
        # p' N_i p is the squared noise of task i: the others' cosines, and its own noise.
        self._noise = np.repeat(cosines[None], count, axis=0)
        self._noise[each, each, :] = 0
        self._noise[each, :, each] = 0
        self._noise[each, each, each] = noise

    def best(self) -> np.ndarray:
        """The pulls [T], with the sum T, whose least ratio is largest."""
        from scipy.optimize import minimize  # half a second that other methods need not wait

        count = len(self._noise)
        equal = np.ones(count)
        last = np.append(np.zeros(count), -1.0)
        found = minimize(
            lambda x: -x[-1],
            np.append(equal, self.of(equal).min()),
            jac=lambda _: last,
            method="SLSQP",
            bounds=[(_LEAST, count)] * count + [(None, None)],
            constraints=[
                {
                    "type": "ineq",
                    "fun": lambda x: self.of(x[:-1]) - x[-1],
                    "jac": lambda x: np.column_stack([self.slopes(x[:-1]), -np.ones(count)]),
                },
                {
                    "type": "eq",
                    "fun": lambda x: x[:-1].sum() - count,
                    "jac": lambda _: np.append(np.ones(count), 0.0),
                },
            ],
            options={"maxiter": 200, "ftol": 1e-12},
        ).x[:-1]
        found = np.clip(found, _LEAST, count)
        # A solver that has lost its way must not do worse than equal lengths.
        return found if self.of(found).min() >= self.of(equal).min() else equal

    def of(self, pulls: np.ndarray) -> np.ndarray:
        """The logarithms of the ratios [T]."""
        return np.log(pulls) - np.log(self._squares(pulls)) / 2

    def slopes(self, pulls: np.ndarray) -> np.ndarray:
        """Their derivatives [T, T] by the pulls."""
        inner = np.einsum("kij,j->ki", self._noise, pulls)
        return np.diag(1 / pulls) - inner / self._squares(pulls)[:, None]

    def _squares(self, pulls: np.ndarray) -> np.ndarray:
        squares = np.einsum("i,kij,j->k", pulls, self._noise, pulls)
        return np.maximum(squares, _TINY)
