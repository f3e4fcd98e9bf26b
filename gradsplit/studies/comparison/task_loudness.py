"""How loud each task is: the size of its gradient of the trunk, from a short joint run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from gradsplit.studies.estimates.untouched import untouched
from gradsplit.training.trainer import TaskSetTrainer

if TYPE_CHECKING:
    from gradsplit.training.step import Step

SHARE = 4
"""A measuring run has one part in so many of the recipe's steps."""
LOOKS = 20
"""How often a run is looked at."""


@dataclass(frozen=True)
class LoudnessTrainer:
    """A trainer whose scores are loudnesses: `trainer(tasks, seed)` gives `{task: loudness}`.

    A task's loudness is the root mean square, over looks at an otherwise undisturbed run, of the
    norm of its loss's gradient of the trunk, with the loss weight of the recipe.
    Source: our choice; the same measure as `QuietSource` and `EqualNorm` take.
    Cost: a quarter of the recipe's steps, and 20 gradients of every task.

    Attributes:
        trainer: What is trained; the method's own weights are not in the loudness.
    """

    trainer: TaskSetTrainer

    def __call__(self, tasks: Sequence[str], seed: int) -> dict[str, float]:
        """Train one short run and listen."""
        recipe = self.trainer.taskset.recipe
        short = self.trainer.taskset.with_recipe(
            steps=max(1, recipe.steps // SHARE), warmup=recipe.warmup // SHARE
        )
        every = max(1, short.recipe.steps // LOOKS)
        squares: list[list[float]] = []

        def look(step: "Step") -> None:
            if step.number % every == 0:
                squares.append(_squares(step, tasks))

        replace(self.trainer, taskset=short).fitted(tasks, seed, observe=look)
        means = [sum(column) / len(squares) for column in zip(*squares, strict=True)]
        return {task: mean**0.5 for task, mean in zip(tasks, means, strict=True)}

    def settings(self) -> dict[str, Any]:
        """What the loudness depends on."""
        return {**self.trainer.settings(), "loudness": {"share": SHARE, "looks": LOOKS}}


def _squares(step: "Step", tasks: Sequence[str]) -> list[float]:
    """The squared norm of each task's gradient of the trunk."""
    trained = [one for one in step.network.trunk.parameters() if one.requires_grad]
    found = []
    with untouched(step.network, step.optimizer):
        for task in tasks:
            loss = step.loss(task) * step.taskset.recipe.weights.get(task, 1.0)
            gradients = torch.autograd.grad(loss, trained, allow_unused=True)
            found.append(sum(g.double().square().sum().item() for g in gradients if g is not None))
    return found
