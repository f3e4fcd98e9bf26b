"""Counts by hand, and beside the figures that the method's paper gives of its networks."""

import copy
from functools import lru_cache

import pytest
import torch
from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.heads import AttributeHead, ParsingHead, PoseHead, ReidHead
from gradsplit.tasksets.parts.trunks import backbone
from gradsplit.training.methods.own_parts.per_task import PerTaskNetwork
from gradsplit.training.model_size import Counts, count
from gradsplit.training.network import MultiTaskNetwork

FOUR = ("attribute", "reid", "pose", "parsing")
THREE = FOUR[:3]
HEADS = {
    "attribute": lambda channels: AttributeHead(channels, 27),
    "reid": lambda channels: ReidHead(channels, 751),
    "pose": lambda channels: PoseHead(channels, 16),
    "parsing": lambda channels: ParsingHead(channels, 20),
}


def small():
    """Two layers of 2x2x3x3 and a head of 4x4, stride 2, on maps of 4x4."""
    trunk = nn.Sequential(nn.Conv2d(2, 2, 3, 1, 1, bias=False), nn.GroupNorm(1, 2), nn.ReLU(),
                          nn.Conv2d(2, 2, 3, 1, 1, bias=False))  # fmt: skip
    heads = {
        "map": nn.ConvTranspose2d(2, 5, 4, 2, 1, bias=False),
        "number": nn.Sequential(nn.Flatten(), nn.Linear(32, 3)),
    }
    return MultiTaskNetwork(trunk, heads)


LAYER = 2 * 2 * 2 * 9 * 16
# Each of the 4x4 inputs meets each of the 4x4 weights.
MAP = 2 * 2 * 5 * 16 * 16
NUMBER = 2 * 32 * 3
PARAMETERS = 36 + 4 + 36 + 160 + 99


def test_by_hand_the_trunk_counts_once():
    found = count(small(), torch.zeros(1, 2, 4, 4))
    assert found == Counts(PARAMETERS, 2 * LAYER + MAP + NUMBER)


def test_what_comes_after_the_first_part_of_a_tasks_own_counts_once_a_task():
    last = PerTaskNetwork(small(), ["3"], copy.deepcopy)
    assert count(last, torch.zeros(1, 2, 4, 4)) == Counts(
        PARAMETERS + 36, LAYER + 2 * LAYER + MAP + NUMBER
    )
    norms = PerTaskNetwork(small(), ["1"], lambda _: nn.BatchNorm2d(2))
    assert count(norms, torch.zeros(1, 2, 4, 4)) == Counts(
        PARAMETERS + 4, LAYER + 2 * LAYER + MAP + NUMBER
    )
    whole = PerTaskNetwork(small(), ["0"], copy.deepcopy)
    assert count(whole, torch.zeros(1, 2, 4, 4)).flops == 4 * LAYER + MAP + NUMBER


class Frugal(MultiTaskNetwork):
    def counts(self, inputs):
        assert not self.training and not torch.is_grad_enabled()
        return Counts(1, len(inputs), {"own weights [%]": 3.0})


def test_a_network_may_count_itself():
    made = Frugal(nn.Linear(4, 4), {"a": nn.Identity()})
    assert count(made, torch.zeros(1, 4)) == Counts(1, 1, {"own weights [%]": 3.0})
    assert made.training


def test_tied_weights_count_once():
    layer = nn.Linear(4, 4, bias=False)
    network = MultiTaskNetwork(nn.Sequential(layer, layer), {"a": nn.Identity()})
    assert count(network, torch.zeros(1, 4)) == Counts(16, 2 * 2 * 16)


def test_the_network_is_left_as_it_was():
    network = small()
    network.trunk.append(nn.BatchNorm2d(2))
    network.train()
    network.trunk[0].eval()
    state = copy.deepcopy(network.state_dict())
    count(network, torch.randn(1, 2, 4, 4))
    assert not network.trunk[0].training
    assert all(module.training for module in (network, network.trunk, network.trunk[4]))
    assert all(torch.equal(state[key], value) for key, value in network.state_dict().items())
    assert not any(module._forward_pre_hooks for module in network.modules())


def test_one_image_is_asked_for():
    with pytest.raises(GradSplitError, match=r"\(2, 2, 4, 4\)"):
        count(small(), torch.zeros(2, 2, 4, 4))


# Of the paper's size. Nothing is computed: tensors without data have counts as well.


@lru_cache
def trunk(name):
    return backbone(name).to("meta")


def network(name, tasks):
    shared = copy.deepcopy(trunk(f"transformers:{name}"))
    with torch.device("meta"):
        return MultiTaskNetwork(shared, {task: HEADS[task](shared.channels) for task in tasks})


def millions(module):
    return sum(parameter.numel() for parameter in module.parameters()) / 1e6


def giga(one, size=(256, 192)):
    """Thousands of millions of operations."""
    return count(one, torch.zeros(1, 3, *size, device="meta")).flops / 1e9


def bare(name):
    return MultiTaskNetwork(trunk(f"transformers:{name}"), {"none": nn.Identity()})


@lru_cache
def single(name, task):
    one = network(name, (task,))
    return millions(one), giga(one)


@pytest.fixture(autouse=True)
def _needs_transformers():
    pytest.importorskip("transformers")


def test_tensors_without_data_count_the_same():
    image = torch.zeros(1, 2, 4, 4)
    assert count(small().to("meta"), image.to("meta")) == count(small(), image)


@pytest.mark.parametrize(("name", "wanted"), [("resnet50", 23.5), ("resnet18", 11.2)])
def test_trunks_have_the_parameters_of_the_paper(name, wanted):
    assert round(millions(bare(name)), 1) == wanted


@pytest.mark.parametrize(
    ("size", "wanted"), [((256, 192), 8.0), ((256, 128), 5.3), ((224, 224), 8.2)]
)
def test_a_trunk_computes_as_much_as_the_paper_at_256_by_192_only(size, wanted):
    assert round(giga(bare("resnet50"), size), 1) == wanted
    # (41 - 18) / 3, each rounded to a whole number.
    assert (7.3 < wanted < 8.05) == (size == (256, 192))


# name, tasks, and the paper's millions and giga-operations, where it gives them.
SINGLE = [
    ("resnet50", FOUR, 123, 41),
    ("resnet18", FOUR, 63, 24),
    ("resnet50", THREE, 85, None),
    ("resnet18", THREE, 39, None),
]


@pytest.mark.parametrize(("name", "tasks", "parameters", "operations"), SINGLE)
def test_single_task_networks_beside_the_paper(name, tasks, parameters, operations):
    found = [sum(values) for values in zip(*(single(name, task) for task in tasks), strict=True)]
    assert 0.8 < parameters - found[0] < 3.3
    assert operations is None or 0.9 < found[1] - operations < 2.5


def test_multi_head_networks_beside_the_paper():
    four = network("resnet50", FOUR)
    assert 0.8 < 52 - millions(four) < 3.3
    assert 0.9 < giga(four) - 18 < 2.5
    assert 0.8 < 38 - millions(network("resnet50", THREE)) < 3.3


def test_task_specific_parts_beside_the_paper():
    apart = network("resnet50", FOUR)
    before = millions(apart)
    apart = PerTaskNetwork(apart, [apart.trunk.last_stage], copy.deepcopy)
    assert round(millions(apart) - before, 1) == 44.9
    assert 0.8 < 96 - millions(apart) < 3.3
    norms = network("resnet50", FOUR)
    places = [name for name, part in norms.trunk.named_modules() if isinstance(part, nn.GroupNorm)]
    norms = PerTaskNetwork(norms, places, lambda norm: nn.BatchNorm2d(norm.num_channels))
    assert 0.9 < giga(norms.to("meta")) - 41 < 2.5
