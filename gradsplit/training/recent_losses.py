"""The losses since somebody looked last: what is no number any more is told early."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from gradsplit.errors import DivergedError

LOOK_EVERY = 50
"""Steps between two looks. A look waits for the device; at every step it would cost a training on a
GPU a part of its speed."""


class RecentLosses:
    """Losses of one training that nobody has looked at yet.

    Cost: noting is an entry in a list; a look is two small operations and one wait for the device.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[str, int, Tensor]] = []

    def note(self, task: str, step: int, loss: Tensor) -> None:
        """Keep a detached loss of the step with this number, from 1, until the next look."""
        self._kept.append((task, step, loss))

    def look(self, steps: int) -> None:
        """Look at all that were kept, and forget them.

        Args:
            steps: Of the whole training.

        Raises:
            DivergedError: One is not finite; says which was the first.
        """
        kept, self._kept = self._kept, []
        if not kept:
            return
        finite = torch.stack([loss for _, _, loss in kept]).isfinite().tolist()
        if not all(finite):
            task, step, loss = kept[finite.index(False)]
            raise diverged(task, loss.item(), step, steps)


def diverged(task: str, loss: float, step: int, steps: int) -> DivergedError:
    """What to say of a loss that is not finite.

    Args:
        task: Its task.
        loss: Its value.
        step: The number of its step, from 1.
        steps: Of the whole training.
    """
    return DivergedError(
        f"The training loss of `{task}` is {loss} at step {step} of {steps}. "
        "Lower the recipe's learning rate, warm up, or check the loss."
    )


def finite_losses(losses: Tensor, task: str) -> list[float]:
    """The losses [steps] of a task, one a step from the first, as numbers.

    Raises:
        DivergedError: One is not finite.
    """
    return finite_histories({task: losses}, len(losses))[task]


def finite_histories(losses: Mapping[str, Tensor], steps: int) -> dict[str, list[float]]:
    """The losses of tasks, [steps] of each from the first, as numbers.

    Args:
        losses: By task, in the order in which a step computes them.
        steps: Of the whole training, which may have ended early.

    Raises:
        DivergedError: One is not finite; says which was the first.
    """
    values = {task: of_task.tolist() for task, of_task in losses.items()}
    wrong = [
        (step, place, task)
        for place, (task, of_task) in enumerate(values.items())
        for step, value in enumerate(of_task)
        if not math.isfinite(value)
    ]
    if wrong:
        step, _, task = min(wrong)
        raise diverged(task, values[task][step], step + 1, steps)
    return values


def check_finite(network: nn.Module) -> None:
    """Refuse a network that its last step has broken; its losses do not show that.

    Raises:
        DivergedError: A weight is not finite.
    """
    for name, weight in network.named_parameters():
        if not torch.isfinite(weight).all():
            raise DivergedError(
                f"The weight `{name}` is not finite after the last step, though all losses were. "
                "Lower the recipe's learning rate, warm up, or check the loss."
            )
