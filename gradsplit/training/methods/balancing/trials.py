"""Losses of a step's own batches after a step that is taken back."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gradsplit.training.loop import Training
from gradsplit.training.seeding import draws_put_back

Moves = Sequence[tuple[nn.Parameter, Tensor]]
"""(parameter, gradient along which it is moved); each parameter once."""


class Trials:
    """Plain gradient steps of a run's network at its current learning rate, tried and taken back.

    Weights, buffers such as running statistics, and random draws are put back. All trials of a step
    draw the same, so that dropout does not tell them apart.

    Args:
        run: A run in training; it keeps each step's batches from now on.
    """

    def __init__(self, run: Training) -> None:
        self._run = run
        run.keep_batches()

    def along(self, row: Tensor) -> list[tuple[nn.Parameter, Tensor]]:
        """Moves of the trunk along one row [P] of gradients."""
        trained = self._run.trunk_parameters
        parts = row.split([one.numel() for one in trained])
        return [(one, part.view_as(one)) for one, part in zip(trained, parts, strict=True)]

    @torch.no_grad()
    def losses(self, tasks: Sequence[str], moves: Moves) -> list[float]:
        """The unweighted losses of tasks after moves, in training mode, on the step's batches.

        Args:
            tasks: Whose.
            moves: What is moved, by the learning rate times a gradient.
        """
        run = self._run
        rates = {
            id(one): group["lr"] for group in run.optimizer.param_groups for one in group["params"]
        }
        changing = [*(one for one, _ in moves), *run.network.buffers()]
        kept = [(one, one.detach().clone()) for one in changing]
        try:
            with draws_put_back():
                for one, gradient in moves:
                    one.sub_(gradient, alpha=rates[id(one)])
                return [self._loss(task).item() for task in tasks]
        finally:
            for one, value in kept:
                one.copy_(value)

    def _loss(self, task: str) -> Tensor:
        inputs, target = self._run.batches[task]
        return self._run.taskset.loss(task, self._run.network(inputs, task), target)
