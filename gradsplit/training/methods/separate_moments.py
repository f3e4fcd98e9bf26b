"""Multi-head with optimizer moments for each task."""

import math
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.method import Method, TaskGradients
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.methods.task_gradients import add_gradients, take_gradients
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.recipe import Recipe
from gradsplit.training.step import Backward, Losses
from gradsplit.training.taskset import TaskSet

_MEAN, _SQUARE, _TINY = 0.9, 0.999, 1e-8
"""Adam's betas and epsilon, as in torch."""


@register_method(
    "separate-moments",
    "optimizer moments for each task",
    group="balanced without a search",
    cost=Cost(memory="T gradients, 2 T moments"),
)
@dataclass(frozen=True)
class SeparateMoments(Method):
    """Each task's gradients have Adam moments of their own; the tasks' updates are summed.

    Adam divides a step by the root mean square of the gradient. With one loud task in the sum, that
    is the loud task's, and the quiet task's step is made small with it. Here task t moves a
    parameter by -lr m_t / (sqrt(v_t) + eps), its own first and second moment with bias correction,
    whatever the other tasks do. AdamW's weight decay acts once, not once a task. With one task this
    is the recipe's optimizer.
    Source: our choice; Adam of Kingma and Ba, "Adam: A Method for Stochastic Optimization".
    Cost: memory for the moments, two numbers a parameter and task.
    """

    name: ClassVar[str] = "separate-moments"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    @staticmethod
    def fits(recipe: Recipe) -> bool:
        """Whether a recipe's optimizer has moments to separate.

        SGD has none that matter: the sum of the tasks' velocities is the velocity of their sum.
        Adam's own weight decay is a part of the gradient, and of no task.
        """
        return recipe.optimizer == "adamw" or (
            recipe.optimizer == "adam" and recipe.weight_decay == 0
        )

    def optimizer(self, recipe: Recipe, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Adds up what it is given: the tasks' updates come to it as gradients.

        Raises:
            GradSplitError: The recipe's optimizer has no moments to separate.
        """
        if not self.fits(recipe):
            raise GradSplitError(
                f"`{self.name}` needs AdamW, or Adam without weight decay; the recipe has "
                f"{recipe.optimizer} with weight decay {recipe.weight_decay:g}."
            )
        trained = [one for one in parameters if one.requires_grad]
        # lr (update + decay p) is AdamW's lr update + lr decay p.
        return torch.optim.SGD(
            trained, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
        )

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        """See `Method.training`."""
        trained = [one for one in run.network.parameters() if one.requires_grad]
        moments = _Moments()
        run.keep(moments, "_state")

        def backward(losses: Losses) -> None:
            found = {}
            for task, loss in losses:
                loss.backward()
                found[task] = [
                    None if gradient is None else moments.update((task, place), gradient)
                    for place, gradient in enumerate(take_gradients(trained))
                ]
            for updates in found.values():
                add_gradients(trained, updates)

        yield backward

    def together(
        self,
        network: MultiTaskNetwork,  # noqa: ARG002
        taskset: TaskSet,  # noqa: ARG002
    ) -> Callable[[TaskGradients], None]:
        """See `Method.together`; Adam acts on every number alone, so runs may be stacked."""
        moments = _Moments()

        def act(gradients: TaskGradients) -> None:
            for task, of_task in gradients.items():
                for name, gradient in of_task.items():
                    of_task[name] = moments.update((task, name), gradient)

        return act


class _Moments:
    """Adam's moments of many tensors, each with its own count of steps."""

    def __init__(self) -> None:
        self._state: dict[Hashable, tuple[int, Tensor, Tensor]] = {}

    def update(self, key: Hashable, gradient: Tensor) -> Tensor:
        """What Adam moves a parameter by, but for -lr, after one more gradient."""
        if key in self._state:
            steps, mean, square = self._state[key]
        else:
            steps, mean, square = 0, torch.zeros_like(gradient), torch.zeros_like(gradient)
        steps += 1
        mean = mean.lerp(gradient, 1 - _MEAN)
        square = (_SQUARE * square).addcmul(gradient, gradient, value=1 - _SQUARE)
        self._state[key] = steps, mean, square
        root = square.sqrt() / math.sqrt(1 - _SQUARE**steps)
        return mean / (1 - _MEAN**steps) / (root + _TINY)
