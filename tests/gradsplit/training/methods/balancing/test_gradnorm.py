"""GradNorm's weights."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.batches import next_batch
from gradsplit.training.fit import fit
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.gradnorm import GradNorm
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.step import Losses
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import TASKS, assert_equal, gradients, losses_of


def test_gradnorm_first_step_has_equal_weights() -> None:
    assert_equal(gradients(GradNorm()), gradients(MultiHead()))


def test_gradnorm_makes_norms_equal() -> None:
    """alpha 0: one task's gradient is 9 times the other's, so its weight falls to 0.2 of 2."""

    class Loud(Toy):
        def trunk(self) -> nn.Module:
            return nn.Sequential(nn.Linear(1, 1, bias=False)).double()

    network = MultiTaskNetwork(Loud().trunk(), {"sum": nn.Identity(), "error": nn.Identity()})
    one = torch.ones(1, 1, dtype=torch.float64)
    method = GradNorm(alpha=0.0, learning_rate=0.01)
    with method.training(Training(Loud(), network, 0, method.optimizer)) as backward:
        for _ in range(600):
            network.zero_grad()
            backward(iter([("sum", 9 * network(one, "sum").sum()),
                           ("error", network(one, "error").sum())]))  # fmt: skip
            gradient = network.trunk[0].weight.grad.item()
    # Weights w and 2 - w with 9 w = 2 - w: w = 0.2, and the sum of gradients is 9 w + 2 - w = 3.6.
    assert gradient == pytest.approx(3.6, abs=0.2)


def test_gradnorm_pulls_up_what_has_learned_less() -> None:
    """Equal gradients; one loss stays where it began, the other falls to a tenth."""
    network = MultiTaskNetwork(
        nn.Linear(1, 1, bias=False).double(), {"sum": nn.Identity(), "error": nn.Identity()}
    )
    ones = torch.ones(1, 1, dtype=torch.float64)
    method = GradNorm(alpha=1.5, learning_rate=0.01)
    weights = []
    network.trunk.weight.register_hook(lambda gradient: weights.append(gradient.item()))
    with method.training(Training(Toy(), network, 0, method.optimizer)) as backward:
        for share in (1.0, *[0.1] * 20):
            outputs = {task: network(ones, task).sum() for task in network.tasks}
            # Their gradients are 1 whatever the losses are.
            backward((task, outputs[task] - outputs[task].detach() + level)
                     for task, level in (("sum", 1.0), ("error", share)))  # fmt: skip
    first, last = weights[:2], weights[-2:]
    assert first == [1.0, 1.0]
    assert last[0] > 1.1
    assert last[0] + last[1] == pytest.approx(2.0)


def test_gradnorms_weights_sum_to_the_number_of_tasks() -> None:
    network = MultiHead().network(Toy(), TASKS, 0)
    run = Training(Toy(), network, 0, MultiHead().optimizer)
    outputs = []

    def noted(losses: Losses) -> None:
        for task, loss in losses:
            outputs.append(loss.item() / run.taskset.loss(task, *forward(task)).item())
            loss.backward()

    def forward(task: str) -> tuple[Tensor, object]:
        inputs, target = next_batch(Toy().batches(task, 0), task)
        return network(inputs, task), target

    with GradNorm(learning_rate=0.2).around(run) as act:
        for _ in range(10):
            act(noted, losses_of(network, Toy()))
    weights = np.array(outputs).reshape(10, 3)
    assert weights.sum(axis=1) == pytest.approx(3.0, abs=1e-6)
    assert weights[-1].std() > 0.1


def test_gradnorm_is_checked() -> None:
    with pytest.raises(GradSplitError, match="alpha >= 0"):
        GradNorm(alpha=-1.0)
    heads = {"sum": nn.Linear(5, 1).double(), "error": nn.Linear(5, 1).double()}
    network = MultiTaskNetwork(nn.ReLU(), heads)
    run = Training(Toy(), network, 0, MultiHead().optimizer)
    with pytest.raises(GradSplitError, match="trainable weight"), GradNorm().training(run):
        pass


@pytest.mark.parametrize(("own", "shared"), [("last", "0.weight"), ("0", "last.weight")])
def test_the_norms_are_of_the_last_weight_that_all_tasks_train(own: str, shared: str) -> None:
    network = LastStage((own,)).network(Toy(), TASKS, 0)
    norms, losses = [], []
    network.trunk.get_parameter(shared).register_hook(lambda grad: norms.append(grad.norm()))

    def noted(of_step: Losses) -> None:
        for _, loss in of_step:
            losses.append(loss.detach())
            loss.backward()

    run = Training(Toy(), network, 0, MultiHead().optimizer)
    with GradNorm(alpha=0, learning_rate=0.2).around(run) as act:
        for _ in range(2):
            act(noted, losses_of(network, Toy()))
    first = torch.stack(norms[:3])
    # One step of Adam: down where the norm is above the mean, up where it is below.
    moved = 1 - 0.2 * (first - first.mean()).sign()
    weights = torch.stack(losses[3:]) / torch.stack(losses[:3])
    torch.testing.assert_close(weights, moved * 3 / moved.sum(), rtol=1e-5, atol=1e-6)


def test_tasks_that_share_no_weight_are_refused() -> None:
    apart = LastStage(("0", "last"))
    with pytest.raises(GradSplitError, match=r"sum, error, class\.sign share none"):
        fit(Toy(), TASKS, 0, method=GradNorm(of=apart))
