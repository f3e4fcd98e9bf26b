"""FairGrad: what every task gains in a step is shared out fairly."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.combined import GramWeights
from gradsplit.training.methods.registry import Cost, register_method


@register_method(
    "fairgrad",
    "gradients of the trunk combined so that the tasks' gains are fairly shared",
    group="balanced without a search",
    cost=Cost(memory="T gradients of the trunk"),
)
@dataclass(frozen=True)
class FairGrad(GramWeights):
    """A direction in which the gains g_i d of the tasks have the largest alpha-fair utility.

    Source: Ban and Ji, "Fair Resource Allocation in Multi-Task Learning" (ICML 2024), equation 4:
    d = sum_i w_i g_i with G w = w^(-1 / alpha), G the products of the tasks' gradients; solved as a
    bounded least-squares problem, as in the authors' code.
    Our choice: alpha 1 (proportional fairness, that of Nash-MTL), where the authors tune it; the
    gradients' common scale is taken out for the solver and put back.
    Scale: the equation's own: orthogonal gradients at alpha 1 all get length 1. That has no effect
    with Adam; with SGD the learning rate has to be chosen for it.
    Cost: T gradients of the trunk in memory, and a small problem of T unknowns on the CPU.

    Attributes:
        alpha: 1 is proportional fairness; the larger, the nearer to equal gains.

    Raises:
        GradSplitError: It is not above 0.
    """

    alpha: float = 1.0
    name: ClassVar[str] = "fairgrad"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.alpha > 0:
            raise GradSplitError(f"`alpha` must be above 0, got {self.alpha}.")

    def weigh(self, run: Training) -> Callable[[Tensor], Tensor]:  # noqa: ARG002 - nothing of it
        """See `GramWeights.weigh`."""
        return lambda gram: torch.from_numpy(
            fair_weights(gram.detach().double().cpu().numpy(), self.alpha)
        ).to(gram)


def fair_weights(gram: np.ndarray, alpha: float) -> np.ndarray:
    """The w [T] above 0 with G w = w^(-1 / alpha).

    Args:
        gram: The products G [T, T] of the tasks' gradients.
        alpha: See `FairGrad`.

    Example:
        >>> fair_weights(np.diag([1.0, 4.0, 9.0]), alpha=2.0).round(4).tolist()
        [1.0, 0.3969, 0.2311]
    """
    count = len(gram)
    scale = gram.trace() / count
    if not scale > 0 or not np.isfinite(scale):
        return np.full(count, 1 / count)
    unit = gram / scale

    def miss(weights: np.ndarray) -> np.ndarray:
        return unit @ weights - weights ** (-1 / alpha)

    from scipy.optimize import least_squares  # half a second that other methods need not wait

    found = least_squares(miss, np.full(count, 1 / count), bounds=(1e-12, np.inf))
    # With w = c v: c scale G' v = c^(-1 / alpha) v^(-1 / alpha).
    return found.x * scale ** (-alpha / (1 + alpha))
