"""HydaLearn: toy numbers, a slow twin, and one task alone."""

import copy

import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.hydalearn import HydaLearn, weights_of
from gradsplit.training.network import build_network
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.quadratics import first_gradient, first_gradients
from tests.gradsplit.training.methods.toy_gradients import TASKS, losses_of

close = torch.testing.assert_close


def test_toy_numbers() -> None:
    """Gains of `a` by the three steps: .095, -.24 and -.005."""
    close(first_gradient(HydaLearn("a")), torch.tensor([-3.0, 0.0]).double())


def test_weights_have_the_ratios_of_gains_and_sum_to_their_number() -> None:
    assert weights_of([0.1, 0.3, 0.0], 0) == pytest.approx([0.75, 2.25, 0.0])
    assert weights_of([-0.1, -0.3], 1) == [0.0, 2.0]
    assert weights_of([float("nan"), 1.0], 0) == [0.0, 2.0]


def test_of_two_that_help_each_gets_its_share() -> None:
    """`b` gains -.21, .72 and .19 by the steps of a, b and c."""
    gradient = first_gradient(HydaLearn("b"))
    shares = torch.tensor([0.72, 0.19]) * 3 / 0.91
    close(gradient, shares[0] * torch.tensor([2.0, -2.0]).double() + torch.tensor([0, -shares[1]]))


def test_it_is_the_slow_twin() -> None:
    """Copies of the network, trunk and own head moved, on the main task's batch."""
    taskset, main = Toy(), "error"
    network = build_network(taskset, TASKS, 0)
    rows = {
        task: torch.autograd.grad(loss, list(network.parameters()), allow_unused=True)
        for task, loss in losses_of(network, taskset)
    }
    before = dict(losses_of(network, taskset))[main].item()
    gains = []
    for task in TASKS:
        moved = copy.deepcopy(network)
        for one, part in zip(moved.parameters(), rows[task], strict=True):
            if part is not None:
                one.data -= taskset.recipe.learning_rate * part
        gains.append(before - dict(losses_of(moved, taskset))[main].item())
    weights = dict(zip(TASKS, weights_of(gains, TASKS.index(main)), strict=True))
    seen = first_gradients(taskset, HydaLearn(main))
    assert sum(weight > 0 for weight in weights.values()) > 1
    for number, (name, _) in enumerate(network.named_parameters()):
        parts = {task: rows[task][number] for task in TASKS if rows[task][number] is not None}
        counted = weights if name.startswith("trunk") else dict.fromkeys(TASKS, 1.0)
        wanted = sum(counted[task] * part for task, part in parts.items())
        close(seen[name], wanted, rtol=1e-9, atol=1e-13)


def test_one_task_alone_is_ordinary_training() -> None:
    alone = fit(Toy(), TASKS[:1], 0, method=HydaLearn(TASKS[0])).scores
    assert alone == fit(Toy(), TASKS[:1], 0).scores


def test_the_main_task_must_be_trained() -> None:
    with pytest.raises(GradSplitError, match="`none` must be one of the run's tasks, which are"):
        fit(Toy(), TASKS, 0, method=HydaLearn("none"))
