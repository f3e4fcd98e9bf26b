"""Where an error says that a split may go: the trunk's last stage, never a head."""

import pytest
from torch import nn

from gradsplit import GradSplit
from gradsplit.engine.last_stage import last_stage
from gradsplit.errors import ModuleNameError
from relations import GradientMask

TASKS = ("pose", "reid")


def parts(**named):
    """A module with these parts, in this order."""
    module = nn.Module()
    for name, part in named.items():
        module.add_module(name, part)
    return module


def linear():
    return nn.Linear(8, 8)


def block():
    return nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8))


NETWORKS = {
    "layer4": parts(
        conv1=linear(), bn1=nn.BatchNorm1d(8), layer1=block(), layer4=block(), fc=linear()
    ),
    "trunk.2": parts(
        trunk=nn.Sequential(linear(), nn.ReLU(), linear()), pose=linear(), reid=linear()
    ),
    "last": parts(first=linear(), last=linear(), heads=nn.ModuleDict({"pose": linear()})),
    "blocks.1": parts(
        embed=linear(),
        blocks=nn.ModuleList([block(), block()]),
        norm=nn.LayerNorm(8),
        mine=nn.ModuleDict({task: linear() for task in TASKS}),
    ),
    "bert.encoder.layer.1": parts(
        bert=parts(embeddings=linear(), encoder=parts(layer=nn.ModuleList([block(), block()]))),
        pose_head=linear(),
    ),
    "only": parts(only=linear(), classifier=linear()),
}


@pytest.mark.parametrize("place", NETWORKS)
def test_it_is_the_last_shared_stage_and_can_be_split(place):
    assert last_stage(NETWORKS[place], TASKS) == place
    GradSplit(NETWORKS[place], GradientMask.identity(TASKS), modules=[place])


def test_a_network_of_heads_has_none():
    assert last_stage(parts(pose=linear(), reid=linear()), TASKS) is None


@pytest.mark.parametrize("asked", [{}, {"modules": []}, {"modules": ["backbone"]}])
def test_a_split_without_a_place_names_one(asked):
    with pytest.raises(ModuleNameError) as refused:
        GradSplit(NETWORKS["trunk.2"], GradientMask.identity(TASKS), **asked)
    assert str(refused.value).endswith("here that may be modules=['trunk.2'].")


def test_a_mistyped_name_is_not_overruled():
    with pytest.raises(
        ModuleNameError, match=r"`layr4`; did you mean layer4, layer4\.1, layer4\.0\?$"
    ):
        GradSplit(NETWORKS["layer4"], GradientMask.identity(TASKS), modules=["layr4"])
