"""Stages one after the other are the trunk, or it is refused in words."""

import copy

import pytest
import torch
from torch import nn

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.tasksets.parts.trunks import SmallResNet
from gradsplit.training.methods.own_parts.stages.staged import cut, default_stages, staged
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.own_parts.stages.trunks import (
    InPlace,
    LikeTorchvision,
    Restless,
    Row,
    Tokens,
)
from tests.gradsplit.training.methods.toy_gradients import small_figures

IMAGES = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
STAGES = ("layer1", "layer2", "layer3", "layer4")
LAYERS = tuple(f"layers.{number}" for number in range(3))


def vit() -> nn.Module:
    transformers = pytest.importorskip("transformers")
    sizes = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 16}
    config = transformers.ViTConfig(num_hidden_layers=2, image_size=32, patch_size=8, **sizes)

    class Trunk(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.vit = transformers.ViTModel(config)

        def forward(self, images):
            return self.vit(images).last_hidden_state

    return Trunk()


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: SmallResNet(widths=(4, 4, 8, 8)), STAGES),
        (LikeTorchvision, ("conv1", "bn1", *STAGES, "fc")),
        (Tokens, ("embed", *LAYERS, "norm")),
        (vit, ("vit.embeddings", "vit.layers.0", "vit.layers.1", "vit.layernorm")),
    ],
)
def test_stages_in_a_row_are_the_trunk(make, names) -> None:
    trunk = make()
    assert default_stages(trunk, IMAGES) == names
    stages = cut(trunk, names, IMAGES)
    trunk.eval()
    stages.eval()
    assert torch.equal(stages(IMAGES), trunk(IMAGES))
    features = IMAGES
    for stage, output in zip(stages.stages, stages.outputs, strict=True):
        features = stage(features)
        assert features.shape[output.dim] == output.channels
        assert features.movedim(output.dim, 1).shape[2:] == output.size
    mine = {id(one) for one in trunk.parameters()}
    assert {id(one) for one in stages.parameters()} <= mine


def test_what_stands_between_goes_with_the_stage_before() -> None:
    stages = cut(LikeTorchvision(), ("layer1", "layer3"), IMAGES)
    parts = [[name for name, _ in one.trunk.named_children()] for one in stages.stages]
    assert parts == [["conv1", "bn1", "relu", "maxpool", "layer1"], ["layer2", "layer3"]]
    rest = [name for name, _ in stages.rest.trunk.named_children()]
    assert rest == ["layer4", "avgpool", "fc"]
    assert [one.rectified for one in stages.outputs] == [True, True]
    toy = cut(Toy().trunk(), ("0", "last"), torch.randn(2, 5).double())
    assert isinstance(toy.rest, nn.Identity)
    assert [name for name, _ in toy.stages[0].trunk.named_children()] == ["0", "1"]


def test_channels_are_the_last_dimension_of_tokens() -> None:
    outputs = cut(Tokens(), ("embed", "layers.1", "norm"), IMAGES).outputs
    assert [(one.channels, one.dim, one.size) for one in outputs] == [
        (8, 2, (65,)),
        (8, 2, (65,)),
        (8, 1, ()),
    ]


def test_a_trunk_without_parts_is_one_stage() -> None:
    trunk, inputs = nn.Linear(4, 3), torch.randn(2, 4)
    assert default_stages(trunk, inputs) == ("",)
    assert torch.equal(cut(trunk, ("",), inputs)(inputs), trunk(inputs))


def test_copies_share_nothing_and_train() -> None:
    trunk = SmallResNet(widths=(4, 4, 8, 8))
    stages = cut(trunk, STAGES, IMAGES)
    copied = copy.deepcopy(stages).train()
    assert {id(one) for one in copied.parameters()}.isdisjoint(map(id, stages.parameters()))
    copied(IMAGES).sum().backward()
    assert all(one.grad is not None for one in copied.parameters())
    assert all(one.grad is None for one in stages.parameters())


def test_cutting_leaves_statistics_modes_and_random_numbers_alone() -> None:
    trunk = LikeTorchvision()
    trunk.bn1.eval()
    torch.manual_seed(0)
    before = torch.get_rng_state()
    cut(trunk, STAGES, IMAGES)
    assert int(trunk.bn1.num_batches_tracked) == 0
    assert trunk.training
    assert not trunk.bn1.training
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(one._forward_hooks for one in trunk.modules())


def test_a_task_set_gives_the_batch() -> None:
    figures = small_figures()
    assert [one.name for one in staged(figures, figures.trunk(), None, 0).outputs] == [*STAGES]
    assert staged(figures, figures.trunk(), None, 0).inputs.channels == 3


@pytest.mark.parametrize(
    ("trunk", "names", "says"),
    [
        (Row("skip"), ("a", "b"), "behind the stage `a`: later parts use a, relu"),
        (Row("by value"), ("a", "b"), "depends on values"),
        (Row("dropout"), ("a", "b"), r"nn\.Dropout instead of F\.dropout"),
        (Row("twice"), ("a", "b"), "The trunk calls a, b, b of them"),
        (Row(), ("b", "a"), "The trunk calls a, b of them"),
        (Row(), (), "No stage is named"),
        (nn.Sequential(Row(), Row()), ("0", "0.a"), "`0.a` is a part of `0`"),
        (Tokens(), ("layers",), "calls none of them"),
        (
            nn.Sequential(nn.Linear(4, 4), Restless(4, 4), nn.Linear(4, 4)),
            ("0", "1", "2"),
            "not the trunk: 1 gives something else",
        ),
        (nn.Sequential(nn.Linear(4, 4), InPlace()), ("0", "1"), "changes its input in place"),
        (nn.Sequential(nn.GRU(4, 4)), ("0",), "has a tuple"),
    ],
)
def test_what_is_no_row_of_stages_is_refused_in_words(trunk, names, says) -> None:
    inputs = IMAGES if isinstance(trunk, Tokens) else torch.ones(2, 4)
    with pytest.raises(GradSplitError, match=says):
        cut(trunk, names, inputs)


def test_a_name_that_the_trunk_does_not_have() -> None:
    with pytest.raises(ModuleNameError, match=r"no module `layer9`\. Its children are a, b, c"):
        cut(Row(), ("layer9",), torch.ones(2, 4))
