"""What counts as rounding is measured where a network computes in lower precision."""

import pytest
import torch
from torch import nn

from gradsplit import Channels, check_exact
from gradsplit.engine.rounding import noise_floor
from gradsplit.errors import NotExactError
from tests.gradsplit.engine.split_examples import TWO, TWO_IDS, four

LOSSES = {"a": lambda y: y.square().sum(), "b": lambda y: y.sin().sum()}


class Float32Norm(nn.Module):
    """As in Llama: the norm computes in float32 whatever the precision of the network."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4))

    def forward(self, x):
        y = x.float()
        return self.weight * (y * (y.square().mean(-1, keepdim=True) + 1e-6).rsqrt()).to(x.dtype)


def network(norm):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), norm, nn.Linear(4, 4), nn.Tanh()).double()


RULES = {Float32Norm: lambda module: {"weight": Channels(4)}}


def checked(model, losses=LOSSES, **options):
    return check_exact(model, TWO, four(3), losses, ["2"], task_ids=TWO_IDS, rules=RULES, **options)


def test_the_noise_of_a_norm_in_float32_is_measured_and_named():
    result = checked(network(Float32Norm()))
    assert result.exact
    assert 1e-12 < result.worst < result.noise < 1e-5
    assert "noise floor" in str(result)
    with pytest.raises(NotExactError, match="off by more than 1e-12"):
        checked(network(Float32Norm()), tolerance=1e-12)


def test_without_lower_precision_there_is_no_noise():
    result = checked(network(nn.Tanh()))
    assert result.noise == 0
    assert "noise" not in str(result)


def test_noise_hides_no_mistake():
    class Coupled(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = network(Float32Norm())

        def forward(self, x):
            y = self.net(x)
            return y - 1e-3 * y.mean(0)

    with pytest.raises(NotExactError, match="samples: largest relative error"):
        check_exact(
            Coupled(), TWO, four(3), LOSSES, ["net.0", "net.1"], task_ids=TWO_IDS, rules=RULES
        )


def test_noise_is_that_of_the_order_and_bounded():
    weight = nn.Parameter(torch.randn(5, dtype=torch.float64))
    assert noise_floor([weight.sin().sum()], {"weight": weight}) < 1e-14
    low = weight.half().sin().sum().double()
    assert noise_floor([low, weight.half().square().sum().double()], {"weight": weight}) == 1e-5
