"""IT-MTL: of the tasks' gradients and their sum, the one whose step helps all tasks most."""

from dataclasses import dataclass
from itertools import count
from typing import ClassVar

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.combined import Combine, Combined
from gradsplit.training.methods.balancing.loss_values import TINY, loss_value
from gradsplit.training.methods.balancing.trials import Trials
from gradsplit.training.methods.registry import Cost, register_method


@register_method(
    "it-mtl",
    "of the tasks' gradients and their sum, the one whose step helps all most",
    group="balanced without a search",
    cost=Cost(passes="T (T + 2) forward, T backward", memory="T gradients of the trunk"),
)
@dataclass(frozen=True)
class ItMtl(Combined):
    """Every step tries each task's gradient, and their sum, and takes what lowers all losses most.

    Source: Fifty et al., "Measuring and Harnessing Transference in Multi-Task Learning" (arXiv
    2010.15413). The transference of a step J to task j is Z = 1 - L_j(th - eta J) / L_j(th), on the
    same batches; of J in {g_1, .., g_T, sum g} the one with the largest sum over j is the trunk's
    gradient. Heads get their own gradients always. There is no public code, and the candidates and
    their score are stated after second-hand descriptions of the paper.
    Our choices: a trial is a plain gradient step of the trunk at the current learning rate,
    whatever the optimizer; between steps that decide, the sum is taken. 1e-8 is added to losses.
    Scale: that of the chosen gradient; a single task's is shorter than the sum. One task alone is
    ordinary training.
    Known of its worth: the choice is greedy and made on the batch it is tried on. With steps as
    small as a training's the sum helps nearly always most: on `planted` (5 seeds) and on small
    drawn people (2) the scores were those of multi-head, to three digits. As a relation the same
    number is the estimator `lookahead`; see docs/estimators.md for how far it agrees with real
    trainings.
    Cost: T (T + 1) forward passes more a step that tries, and T gradients of the trunk in
    memory.

    Attributes:
        every: Steps from one decision to the next, 1 or more.

    Raises:
        GradSplitError: `every` is out of range.
    """

    every: int = 1
    name: ClassVar[str] = "it-mtl"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.every < 1:
            raise GradSplitError(f"IT-MTL needs `every` of 1 or more steps, got {self.every}.")

    def combine(self, run: Training) -> Combine:
        """See `Combined.combine`.

        Raises:
            GradSplitError: A loss is negative, in the step.
        """
        trials, steps = Trials(run), count()

        def combine(rows: Tensor) -> Tensor:
            together = rows.sum(0)
            if next(steps) % self.every:
                return together
            candidates = [*rows, together]
            before = run.last_losses()
            levels = [loss_value(self.name, task, before[task]) + TINY for task in run.tasks]
            totals = []
            for candidate in candidates:
                after = trials.losses(run.tasks, trials.along(candidate))
                totals.append(
                    sum(
                        1 - (loss + TINY) / level for loss, level in zip(after, levels, strict=True)
                    )
                )
            return candidates[int(torch.tensor(totals).nan_to_num(-torch.inf).argmax())]

        return combine
