"""DropGrad keeps or drops channels of one task's gradient."""

import numpy as np
import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.masked.dropgrad import DropGrad
from gradsplit.training.methods.multi_head import MultiHead
from tests.gradsplit.training.methods.toy_gradients import (
    TASKS,
    assert_equal,
    gradients,
    one_by_one,
)


def test_dropgrad_without_dropping_is_multi_head() -> None:
    assert_equal(gradients(DropGrad(0.0)), gradients(MultiHead()))


def test_dropgrad_keeps_or_drops_a_channel_of_one_task() -> None:
    plain = gradients(MultiHead(), ("sum",))
    dropped = []
    for steps in range(1, 50):
        found = gradients(DropGrad(0.25), ("sum",), steps)
        for name in ("trunk.last.weight", "trunk.last.bias"):
            kept = (found[name] != 0).reshape(8, -1).any(dim=1)
            # A channel's gradient is there as it is, or not at all.
            torch.testing.assert_close(found[name][kept], plain[name][kept], rtol=0, atol=1e-15)
            dropped.append(1 - kept.double().mean().item())
        others = {name: one for name, one in found.items() if "last" not in name}
        assert_equal(others, plain)
    # 49 runs x 16 draws: a standard error of 0.015.
    assert abs(np.mean(dropped) - 0.25) < 0.06


def test_dropgrad_draws_for_each_task() -> None:
    own = one_by_one()
    found = gradients(DropGrad(0.5))["trunk.last.weight"]
    parts = torch.stack([own[task]["trunk.last.weight"] for task in TASKS])
    subsets = torch.tensor([[n >> i & 1 for i in range(3)] for n in range(8)]).double()
    sums = torch.einsum("st,tci->sci", subsets, parts)
    distance = (sums - found).abs().amax(dim=2)
    assert (distance.amin(dim=0) < 1e-14).all()
    assert len(set(distance.argmin(dim=0).tolist())) > 2


def test_dropgrad_draws_for_each_seed() -> None:
    name = "trunk.last.weight"
    drawn = [gradients(DropGrad(0.5), steps=3, seed=seed)[name] for seed in (0, 1, 0)]
    assert torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0], drawn[1])


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_dropgrad_checks_its_rate(rate: float) -> None:
    with pytest.raises(GradSplitError, match="0 <= rate < 1"):
        DropGrad(rate)
