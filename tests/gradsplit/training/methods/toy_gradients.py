"""What methods make of one small network's gradients, and the slow twin of each, in float64."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.training.batches import next_batch
from gradsplit.training.loop import Training
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.step import Backward
from relations.mask import GradientMask
from tests.gradsplit.toy_tasks import Toy

TASKS = Toy().task_names


CUT = GradientMask(
    tasks=TASKS, may_update=[[True, False, True], [True, True, True], [False, True, True]]
)


class OnlyOne(PlainSum):
    """Trains one of the tasks."""

    def __init__(self, task: str) -> None:
        self._task = task

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        with super().training(run) as backward:
            yield lambda losses: backward([one for one in losses if one[0] == self._task])


def losses_of(network: MultiTaskNetwork, toy: Toy) -> Iterator[tuple[str, Tensor]]:
    """The losses of one step, each computed when it is reached."""
    for task in network.tasks:
        inputs, target = next_batch(toy.batches(task, 0), task)
        yield task, toy.loss(task, network(inputs, task), target)


def gradients(
    method: Method, tasks: tuple[str, ...] = TASKS, steps: int = 1, seed: int = 0
) -> dict[str, Tensor]:
    toy = Toy()
    network = method.network(toy, tasks, 0)
    with method.training(Training(toy, network, seed, method.optimizer)) as backward:
        for _ in range(steps):
            network.zero_grad()
            backward(losses_of(network, toy))
    return {
        name: one.grad.clone() for name, one in network.named_parameters() if one.grad is not None
    }


def one_by_one(factors: Mapping[str, float] = {}) -> dict[str, dict[str, Tensor]]:
    """The slow twin: every task's own gradients, computed alone."""
    found = {}
    for task in TASKS:
        toy = Toy()
        network = build_network(toy, TASKS, 0)
        for name, loss in losses_of(network, toy):
            if name == task:
                (loss * factors.get(task, 1.0)).backward()
        found[task] = {
            name: torch.zeros_like(one) if one.grad is None else one.grad.clone()
            for name, one in network.named_parameters()
        }
    return found


def assert_equal(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> None:
    for name, gradient in ours.items():
        torch.testing.assert_close(gradient, theirs[name], rtol=0, atol=1e-12)


def small_figures() -> Figures:
    return Figures(height=16, width=8, pictures=40, identities=10, widths=(4, 4, 4, 4))
