import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gradsplit.training.network import MultiTaskNetwork, build_network, head_key
from tests.gradsplit.toy_tasks import Toy


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True))
def test_any_task_names_become_different_keys_that_torch_takes(names):
    names = [*names, "keys", "%keys", "type", "training", "left.arm", "left%2Earm", "forward"]
    names = list(dict.fromkeys(names))
    network = MultiTaskNetwork(nn.Linear(2, 2), {name: nn.Linear(2, 1) for name in names})
    assert network.tasks == tuple(names)
    assert len({head_key(name) for name in names}) == len(names)
    for name in names:
        assert network.heads[head_key(name)] is network.head(name)


def test_it_is_the_head_after_the_trunk():
    network = MultiTaskNetwork(nn.Linear(3, 4), {"pose": nn.Linear(4, 2), "reid": nn.Linear(4, 5)})
    inputs = torch.randn(6, 3)
    expected = network.heads["reid"](network.trunk(inputs))
    assert torch.equal(network(inputs, "reid"), expected)
    assert {name.split(".")[0] for name, _ in network.named_parameters()} == {"trunk", "heads"}


def test_a_trunk_may_return_any_structure():
    class Two(nn.Module):
        def forward(self, inputs):
            return {"low": inputs, "high": inputs * 2}

    class Both(nn.Module):
        def forward(self, features):
            return features["low"] + features["high"]

    assert MultiTaskNetwork(Two(), {"a": Both()})(torch.ones(1), "a").item() == 3


def test_tasks_have_initial_heads_of_their_own():
    network = build_network(Toy(), ("sum", "error"), 0)
    assert not torch.equal(network.head("sum").weight, network.head("error").weight)
