import numpy as np
import pytest
import torch
from torch import nn

from gradsplit.engine.channels import _RULES
from gradsplit.engine.rules import Channels, find_rule, register_rule
from gradsplit.engine.split import GradSplit
from gradsplit.errors import ModuleNameError
from relations.mask import GradientMask

MASK = GradientMask.identity(["a", "b"])


class Gain(nn.Module):
    def __init__(self, channels: int = 4) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))


def gain(module):
    return {"gain": Channels(4)}


def owners_of(model, **options):
    split = GradSplit(model, MASK, [""], **options)
    found = {entry.name: entry.owner for entry in split.entries}
    split.remove()
    return found


def test_channels_lie_where_the_rule_says():
    owner = np.array([0, 0, 1, 1])
    assert Channels(4).owner_map(owner, (4, 3, 1, 1)).shape == (4, 1, 1, 1)
    assert Channels(4, dim=-1).owner_map(owner, (2, 4)).shape == (1, 4)
    assert Channels(4, repeat=3).owner_map(owner, (12,)).tolist() == [0, 0, 1, 1] * 3


def test_a_grouped_transposed_convolution_holds_its_channels_in_two_dimensions():
    """Output channel g * 2 + j of group g is weight[inputs of g, j], as the layer shows."""
    layer = nn.ConvTranspose2d(6, 4, 1, groups=2, bias=False)
    owner = owners_of(nn.Sequential(layer))["0.weight"][..., 0, 0]
    for channel in range(4):
        layer.zero_grad()
        layer(torch.ones(1, 6, 1, 1))[0, channel].backward()
        used = layer.weight.grad[..., 0, 0] != 0
        assert set(owner[used.numpy()]) == {0 if channel < 2 else 1}


def test_queries_keys_and_values_have_the_same_owners():
    found = owners_of(nn.MultiheadAttention(4, 2))
    assert found["in_proj_weight"].ravel().tolist() == [0, 0, 1, 1] * 3
    assert found["out_proj.weight"].ravel().tolist() == [0, 0, 1, 1]


def test_two_sides_of_a_residual_sum_have_the_same_owners():
    model = nn.ModuleDict(
        {"body": nn.Conv2d(3, 6, 3), "norm": nn.GroupNorm(2, 6), "down": nn.Conv2d(5, 6, 1)}
    )
    found = owners_of(model, shares={"a": 0.3})
    maps = {tuple(owner.ravel().tolist()) for owner in found.values()}
    assert maps == {(0, 0, 1, 1, 1, 1)}


def test_own_rules_by_module_name_and_by_type():
    model = nn.Sequential(Gain(), Gain())
    assert set(owners_of(model, rules={Gain: gain})) == {"0.gain", "1.gain"}
    by_name = owners_of(model, rules={"1": gain}, unsupported="share")
    assert set(by_name) == {"1.gain"}


def test_registered_rules_hold_for_subclasses_and_by_pattern():
    class Special(Gain):
        pass

    before = dict(_RULES)
    try:
        register_rule(Gain)(gain)
        assert find_rule(Special()) is gain
        other = register_rule("*Special")(lambda module: {})
        assert find_rule(Special()) is other
        assert find_rule(Gain()) is gain
    finally:
        _RULES.clear()
        _RULES.update(before)
    with pytest.raises(ModuleNameError, match="Nothing to split"):
        GradSplit(Gain(), MASK, [""], unsupported="share")
