"""PCD: one task's gradient, followed as closely as the other tasks allow."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.aggregated import keep_state, torchjd
from gradsplit.training.methods.balancing.combined import Combine, Combined
from gradsplit.training.methods.registry import Cost, register_method


@register_method(
    "pcd",
    "one task's gradient as far as the others allow, through TorchJD; pcd:primary=reid",
    group="balanced without a search",
    cost=Cost(memory="T gradients of the trunk"),
)
@dataclass(frozen=True)
class PriorityConstrained(Combined):
    """The primary task's gradient, changed so that every other task still gains its share.

    Source: "Not All Objectives Are Born Equal: Priority-Constrained Descent for Hierarchical
    Multi-Objective Optimization" (TMLR 2026), through TorchJD's PCD: the direction nearest to the
    primary gradient on which each other task makes at least `tau` of the progress that a step along
    its own normalised gradient would make. One task alone is ordinary training.
    Scale: that of the primary task's gradient.
    Cost: T gradients of the trunk in memory, and a small problem of T unknowns.

    Attributes:
        primary: The task that matters most.
        tau: What is left to the others, from 0 to 1.

    Raises:
        GradSplitError: `tau` is out of range, or TorchJD is not installed.
    """

    primary: str
    tau: float = 0.02
    name: ClassVar[str] = "pcd"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 <= self.tau <= 1:
            raise GradSplitError(f"`tau` must be from 0 to 1, got {self.tau}.")
        torchjd("aggregation", self.name)

    def combine(self, run: Training) -> Combine:
        """See `Combined.combine`.

        Raises:
            GradSplitError: The primary task is not one of the run's.
        """
        if self.primary not in run.tasks:
            raise GradSplitError(
                f"`{self.primary}` is to come first, and is no task of the run, which has "
                f"{', '.join(run.tasks)}."
            )
        first = run.tasks.index(self.primary)
        order = [first, *(place for place in range(len(run.tasks)) if place != first)]
        aggregate = torchjd("aggregation", self.name).PCD(tau=self.tau)
        keep_state(run, aggregate, ("_sq_norm_ema", "_n_steps", "_state_key"))

        def combine(rows: Tensor) -> Tensor:
            return aggregate(rows[order])

        return combine
