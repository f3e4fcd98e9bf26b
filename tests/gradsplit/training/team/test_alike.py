"""A network whose output for a sample depends on its batch is seen, and left as it was."""

import pytest
import torch
from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.team.alike import check_alike

INPUTS = torch.linspace(-1, 1, 24).reshape(6, 4).double()


def check(layer: nn.Module, own: slice = slice(3, 6)) -> None:
    trunk = nn.Sequential(nn.Linear(4, 4), layer)
    network = MultiTaskNetwork(trunk, {"pose": nn.Linear(4, 2)}).double()
    before = {name: one.clone() for name, one in network.state_dict().items()}
    state = torch.random.get_rng_state()
    try:
        check_alike(network, INPUTS, INPUTS[own], own, "pose")
    finally:
        for name, one in network.state_dict().items():
            assert torch.equal(one, before[name]), name
        assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("layer", [nn.GroupNorm(2, 4), nn.BatchNorm1d(4).eval(), nn.Dropout(0.0)])
def test_samples_on_their_own_pass(layer):
    class Kept(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def forward(self, values):
            return self.layer(values)

    check(Kept())


def test_draws_of_the_network_pass_where_they_are_those_of_the_whole():
    class Noise(nn.Module):
        def forward(self, values):
            return values * torch.rand(4)

    check(Noise())


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        (nn.BatchNorm1d(4), "depends on the other samples"),
        (nn.Dropout(0.5), "draws at random for every sample"),
    ],
)
def test_the_others_are_refused(layer, why):
    with pytest.raises(GradSplitError, match=f"of `pose` {why}"):
        check(layer)


def test_statistics_of_the_batch_in_buffers_are_refused():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mean", torch.zeros(4))

        def forward(self, values):
            self.mean.copy_(values.mean(0))
            return values

    with pytest.raises(GradSplitError, match=r"changes buffers .* \(trunk.1.mean\)"):
        check(Counting())
