"""What tasks share is computed once a batch, and never given out when it is no longer right."""

import copy

import pytest
import torch
from torch import Tensor, nn

from gradsplit.training.methods.own_parts.per_task import PerTaskNetwork
from gradsplit.training.methods.own_parts.shared_outputs import SharedOutputs
from gradsplit.training.network import MultiTaskNetwork

TASKS = ("pose", "reid")


class Block(nn.Module):
    """A layer that counts its passes."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4).double()
        self.norm = nn.BatchNorm1d(4).double()
        self.passes = 0

    def forward(self, x: Tensor) -> Tensor:
        self.passes += 1
        return self.layer(self.norm(x).tanh())


class Nested(nn.Module):
    """A trunk with a part that is called twice, one deep inside, and one behind it."""

    def __init__(self, *, in_place: bool = False) -> None:
        super().__init__()
        self.early = nn.Sequential(nn.Linear(4, 4).double(), nn.ReLU(inplace=True))
        self.twice = Block()
        self.body = nn.ModuleDict({"before": Block(), "own": Block()})
        self.behind = Block()
        self.in_place = in_place

    def forward(self, x: Tensor) -> Tensor:
        x = self.twice(self.twice(self.early(x)))
        x = self.body["before"](x + 1)
        if self.in_place:
            x += 1
        y = self.body["own"](x)
        return self.behind(y) + self.twice(y)


def per_task(trunk: nn.Module) -> PerTaskNetwork:
    heads = {task: nn.Linear(4, 1).double() for task in TASKS}
    network = PerTaskNetwork(MultiTaskNetwork(trunk, heads), ["body.own"], copy.deepcopy)
    for parameter in network.parameters():
        nn.init.normal_(parameter)
    return network


@pytest.mark.parametrize(("in_place", "again"), [(False, 0), (True, 1)])
def test_a_further_pass_is_exact_and_shares_what_it_may(in_place: bool, again: int) -> None:
    torch.manual_seed(0)
    network = per_task(Nested(in_place=in_place))
    twin = copy.deepcopy(network)
    x = torch.randn(5, 4, dtype=torch.float64)
    shared = SharedOutputs(network)
    with shared.listening():
        own = network(x, "pose")
        further = shared.again(x, "reid")
    (own.sum() + further.square().sum()).backward()
    expected_own, expected = twin(x, "pose"), twin.features(x, "reid")
    (expected_own.sum() + expected.square().sum()).backward()
    assert torch.equal(further, expected)
    for ours, theirs in zip(network.parameters(), twin.parameters(), strict=True):
        assert (ours.grad is None) == (theirs.grad is None)
        if ours.grad is not None:
            torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-12, atol=1e-12)
    trunk = network.trunk
    assert trunk.body["before"].passes == 1 + again
    assert trunk.twice.passes == 3 + 1 + 2 * again
    assert trunk.behind.passes == 2
    # Statistics of what is shared see a batch once.
    assert trunk.body["before"].norm.num_batches_tracked == 1 + again


def test_other_inputs_are_not_those_of_before() -> None:
    network = per_task(Nested()).eval()
    x, y = torch.randn(2, 5, 4, dtype=torch.float64)
    shared = SharedOutputs(network)
    with shared.listening():
        network(x, "pose")
        assert torch.equal(shared.again(y, "reid"), network.features(y, "reid"))
        network(x, "pose")
        shared.forget()
        assert torch.equal(shared.again(x, "reid"), network.features(x, "reid"))


def test_a_pass_without_gradients_keeps_nothing() -> None:
    network = per_task(Nested()).eval()
    x = torch.randn(5, 4, dtype=torch.float64)
    shared = SharedOutputs(network)
    with shared.listening():
        with torch.no_grad():
            network(x, "pose")
        assert shared.again(x, "reid").requires_grad
    assert network.trunk.body["before"].passes == 2


def test_it_leaves_no_hook_and_no_replaced_module() -> None:
    network = per_task(Nested())
    shared = SharedOutputs(network)
    with pytest.raises(RuntimeError), shared.listening():
        network(torch.randn(5, 4, dtype=torch.float64), "pose")
        shared.again(torch.randn(5, 3, dtype=torch.float64), "reid")
    for module in network.modules():
        assert not module._forward_hooks and not module._forward_pre_hooks
        assert "forward" not in module.__dict__
