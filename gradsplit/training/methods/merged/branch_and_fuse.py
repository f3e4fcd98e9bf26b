"""Branches of one task each from a common point, and a pass that learns how to fuse them."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.merged.fusion import Average, Fusion
from gradsplit.training.methods.merged.stand_in import StandIn
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.step import Backward, Losses


@dataclass(frozen=True)
class BranchAndFuse(PlainSum):
    """The outer loop of Meta-GF and DR-MGF.

    The steps of a training are cut into epochs. In each, every task trains a branch of the network
    for the epoch's steps, all from the same weights, with its own loss and a part of the others';
    then as many steps of all tasks train how much each branch counts in each connection of the
    trunk, and nothing else. Heads take what their own task's branch made of them. As in the
    authors' code, the optimizer's moments and running statistics go on from branch to branch.
    Our choices: an epoch is a share of the recipe's steps; the learning rates follow the recipe's
    schedule instead of halving every 100 epochs; the fusing pass weighs losses as the recipe does;
    a linear layer is a convolution with kernels of one number; one task alone is ordinary training.
    What is equal training: by default (`equal="steps"`) the network that is used has moved for the
    recipe's steps, as in the papers' comparisons, which takes T + 1 times the passes of multi-head
    training. With `equal="samples"` each task is shown as many batches as in other methods, and
    the network moves for 1 / (T + 1) of the steps.
    Cost: T + 1 passes of all tasks a step (2 with `auxiliary=0`); in memory T + 1 trunks and what
    is learned for each connection.

    Attributes:
        epochs: How often branches are fused, at most once a step. Ours: 20, for recipes of some
            hundred steps; the authors have 200, of some hundred steps each.
        auxiliary: How much the other tasks' losses count in a branch.
        rate: Learning rate of what is learned of the fusion, by Adam, at the schedule's peak.
        average: How much of what it was before an epoch is kept of it, 0 to below 1.
        equal: What is the same as in other methods.

    Raises:
        GradSplitError: An option is out of range.
    """

    epochs: int = 20
    auxiliary: float = 0.5
    rate: float = 0.1
    average: float = 0.9
    equal: Literal["steps", "samples"] = "steps"

    def __post_init__(self) -> None:
        in_range = self.epochs >= 1 and self.auxiliary >= 0 and self.rate > 0
        if not (in_range and 0 <= self.average < 1 and self.equal in ("steps", "samples")):
            raise GradSplitError(
                f"{self.name} needs epochs >= 1, auxiliary >= 0, rate > 0, 0 <= average < 1 and "
                f"equal 'steps' or 'samples', got {self.epochs}, {self.auxiliary}, {self.rate}, "
                f"{self.average} and {self.equal!r}."
            )

    @property
    def steps_of_all(self) -> bool:
        """See `Method.steps_of_all`: a branch's are of its own task where no other's count."""
        return self.auxiliary > 0

    @abstractmethod
    def fusion(self, run: Training) -> Fusion:
        """What is learned of the fusion, at first."""

    def finds_routes(self, epoch: int, epochs: int) -> bool:  # noqa: ARG002 - for DR-MGF
        """Whether tasks look for routes in an epoch, counted from 0; nothing is averaged then."""
        return False

    def train(self, run: Training) -> None:
        """See `Method.train`."""
        if len(run.tasks) == 1:
            super().train(run)
            return
        if self.equal == "samples":
            passes = len(run.tasks) + 1 if self.auxiliary else 2
            run.steps = max(1, run.steps // passes)
        epochs = min(self.epochs, run.steps)
        fusion = self.fusion(run)
        optimizer = torch.optim.Adam(fusion.learned, lr=self.rate)
        optimizer.param_groups[0]["rate"] = self.rate / run.recipe.learning_rate
        with self.training(run) as backward:
            for epoch in range(epochs):
                fusion.routing = self.finds_routes(epoch, epochs)
                learned = Average(fusion.learned, self.average)
                steps = round((epoch + 1) * run.steps / epochs) - run.done
                changes = self._branch(run, backward, fusion, steps)
                _learn_to_fuse(run, backward, fusion, changes, optimizer, steps)
                if not fusion.routing:
                    learned.take()

    def _branch(
        self, run: Training, backward: Backward, fusion: Fusion, steps: int
    ) -> list[Tensor]:
        """Train a branch of every task; heads stay as their own has left them, the trunk as it was.

        Returns:
            The change [T, ...] of each of the trunk's parameters.
        """
        begun, done = _parameters(run.network), run.done
        changes: list[list[Tensor]] = []
        heads: list[dict[nn.Parameter, Tensor]] = []
        for task in run.tasks:
            towards = partial(self._towards, task, backward)
            with _seeing(run, partial(fusion.seen, task)):
                run.take_steps(towards, steps, None if self.auxiliary else [task])
            fusion.branch_ended()
            seen = fusion.seen(task)
            changes.append(
                [
                    seen.get(one.name, one.parameter).detach() - begun[one.parameter]
                    for one in fusion.shared
                ]
            )
            heads.append(_parameters(run.network.head(task)))
            _set(begun)
            run.done = done
        for head in heads:
            _set(head)
        fusion.all_branches_ended()
        return [torch.stack(of_all) for of_all in zip(*changes, strict=True)]

    def _towards(self, task: str, backward: Backward, losses: Losses) -> None:
        """A step of a task's branch."""
        backward((name, loss if name == task else self.auxiliary * loss) for name, loss in losses)


def _learn_to_fuse(
    run: Training,
    backward: Backward,
    fusion: Fusion,
    changes: Sequence[Tensor],
    optimizer: torch.optim.Optimizer,
    steps: int,
) -> None:
    """A pass in which the fusion alone learns; the trunk is then fused by what it has learned."""
    networks, run.optimizer = run.optimizer, optimizer
    try:
        with _seeing(run, partial(fusion.fused, changes)):
            run.take_steps(backward, steps)
    finally:
        run.optimizer = networks
    fused = fusion.fused(changes)
    _set({one.parameter: fused[one.name] for one in fusion.shared})
    run.network.zero_grad()


@contextmanager
def _seeing(run: Training, values: Callable[[], Mapping[str, Tensor]]) -> Iterator[None]:
    """Inside, the run's trunk is run with these values."""
    network: MultiTaskNetwork = run.network
    run.network = StandIn(network, values)
    try:
        yield
    finally:
        run.network = network


def _parameters(module: nn.Module) -> dict[nn.Parameter, Tensor]:
    """Copies of a module's parameters."""
    return {one: one.detach().clone() for one in module.parameters()}


@torch.no_grad()
def _set(values: dict[nn.Parameter, Tensor]) -> None:
    for parameter, value in values.items():
        parameter.copy_(value)
