"""Backbones: transformers' for real, timm's and torchvision's by small modules of their form."""

import sys
import types
from collections import OrderedDict

import pytest
import torch
from torch import nn

from gradsplit import GradientMask, GradSplit
from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.trunks import STAGES, backbone, full_name

transformers = pytest.importorskip("transformers")


class Plain(nn.Module):
    """A network that names its parts as torchvision and timm name those of a ResNet."""

    def __init__(self, trick=None):
        super().__init__()
        parts = OrderedDict(
            conv1=nn.Conv2d(3, 8, 7, 2, 3, bias=False),
            bn1=nn.BatchNorm2d(8),
            relu=nn.ReLU(),
            maxpool=nn.MaxPool2d(3, 2, 1),
        )
        for stage in STAGES:
            parts[stage] = nn.Sequential(nn.Conv2d(8, 8, 3, 1, 1), nn.BatchNorm2d(8), nn.ReLU())
        for name, part in parts.items():
            self.add_module(name, part)
        self.fc = nn.Linear(8, 5)
        self.trick = trick
        self.num_features = 8

    def features(self, images):
        maps = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        for stage in STAGES:
            maps = self.get_submodule(stage)(maps)
            if self.trick == stage:
                maps = maps * 2
        return maps

    def forward(self, images):
        return self.fc(self.features(images).mean(dim=(2, 3)))


class FeaturesOnly(Plain):
    def forward(self, images):
        return self.features(images)


@pytest.fixture
def libraries(monkeypatch):
    """Stand-ins for timm and torchvision, and what they were asked for."""
    asked = []

    def create_model(name, *, pretrained, num_classes, global_pool):
        asked.append(("timm", name, pretrained, num_classes, global_pool))
        if name == "unknown":
            raise RuntimeError("Unknown model (unknown)")
        return FeaturesOnly({"odd": "layer2"}.get(name))

    def get_model(name, *, weights):
        asked.append(("torchvision", name, weights))
        if name == "vgg16":
            return nn.Sequential(OrderedDict(features=nn.Identity(), classifier=nn.Identity()))
        return Plain()

    timm, torchvision = types.ModuleType("timm"), types.ModuleType("torchvision")
    timm.create_model = create_model
    torchvision.models = types.SimpleNamespace(get_model=get_model)
    monkeypatch.setitem(sys.modules, "timm", timm)
    monkeypatch.setitem(sys.modules, "torchvision", torchvision)
    return asked


def missing(monkeypatch, *names):
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)


def kinds(module):
    return {type(part).__name__ for part in module.modules() if "Norm" in type(part).__name__}


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def tiny(folder, layer_type="basic"):
    """A folder with a small ResNet of transformers and its weights."""
    config = transformers.ResNetConfig(
        layer_type=layer_type,
        embedding_size=8,
        hidden_sizes=[8, 16, 24, 32],
        depths=[1, 1, 1, 2],
    )
    torch.manual_seed(0)
    model = transformers.ResNetModel(config)
    model.save_pretrained(folder)
    return model


@pytest.mark.parametrize(
    ("name", "parameters", "last", "channels"),
    [("resnet18", 11_176_512, 8_393_728, 512), ("resnet50", 23_508_032, 14_964_736, 2048)],
)
def test_transformers_resnets_have_the_sizes_of_the_paper(name, parameters, last, channels):
    trunk = backbone(f"transformers:{name}")
    assert (count(trunk), count(trunk.get_submodule(trunk.last_stage))) == (parameters, last)
    assert trunk.channels == channels
    assert trunk.training
    assert kinds(trunk) == {"GroupNorm"}
    with torch.no_grad():
        assert trunk(torch.zeros(1, 3, 64, 32)).shape == (1, channels, 2, 1)


@pytest.mark.parametrize("layer_type", ["basic", "bottleneck"])
def test_pretrained_weights_of_a_folder_give_the_librarys_map(tmp_path, layer_type):
    model = tiny(tmp_path, layer_type).eval()
    trunk = backbone(f"transformers:{tmp_path}", pretrained=True, group_norm=False).eval()
    images = torch.randn(2, 3, 64, 32)
    with torch.no_grad():
        torch.testing.assert_close(trunk(images), model(images).last_hidden_state)
    assert kinds(trunk) == {"BatchNorm2d"}
    learned = trunk.layer4.layers[0].layer[0].convolution.weight
    fresh = backbone(f"transformers:{tmp_path}", group_norm=False)
    assert not torch.equal(fresh.layer4.layers[0].layer[0].convolution.weight, learned)


def test_converted_norms_keep_the_pretrained_scale(tmp_path):
    model = tiny(tmp_path)
    with torch.no_grad():
        model.encoder.stages[3].layers[0].layer[0].normalization.weight.uniform_()
    model.save_pretrained(tmp_path)
    trunk = backbone(f"transformers:{tmp_path}", pretrained=True)
    kept = trunk.layer4.layers[0].layer[0].normalization
    assert isinstance(kept, nn.GroupNorm)
    assert kept.weight.equal(model.encoder.stages[3].layers[0].layer[0].normalization.weight)


@pytest.mark.parametrize("layer_type", ["basic", "bottleneck"])
def test_its_last_stage_can_be_split(tmp_path, layer_type):
    tiny(tmp_path, layer_type)
    trunk = backbone(f"transformers:{tmp_path}")
    split = GradSplit(trunk, GradientMask.identity(["pose", "reid"]), modules=[trunk.last_stage])
    with split.task("pose"):
        trunk(torch.randn(2, 3, 64, 64)).square().sum().backward()
    weight = trunk.layer4.layers[1].layer[1].convolution.weight
    half = weight.shape[0] // 2
    assert torch.count_nonzero(weight.grad[:half])
    assert not torch.count_nonzero(weight.grad[half:])
    assert torch.count_nonzero(trunk.layer3.layers[0].layer[1].convolution.weight.grad[-1])
    split.remove()


@pytest.mark.parametrize("name", ["small", "transformers:resnet18"])
def test_weights_follow_the_seed(name):
    found = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        found.append(nn.utils.parameters_to_vector(backbone(name).parameters()))
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_the_small_one_has_the_same_names():
    trunk = backbone("small")
    assert (trunk.stages, trunk.last_stage) == (STAGES, "layer4")
    assert trunk(torch.zeros(2, 3, 64, 48)).shape == (2, trunk.channels, 4, 3)
    assert [name for name, _ in trunk.named_children()] == ["stem", *STAGES]
    for wrong in ({"pretrained": True}, {"group_norm": False}):
        with pytest.raises(GradSplitError, match="small"):
            backbone("small", **wrong)


@pytest.mark.parametrize("library", ["timm", "torchvision"])
@pytest.mark.parametrize("group_norm", [True, False])
def test_timm_and_torchvision_up_to_the_last_map(libraries, library, group_norm):
    torch.manual_seed(0)
    trunk = backbone(f"{library}:resnet50", group_norm=group_norm)
    torch.manual_seed(0)
    net = Plain()
    assert [name for name, _ in trunk.named_children()] == ["stem", *STAGES]
    assert (trunk.channels, trunk.training) == (8, True)
    assert kinds(trunk) == {"GroupNorm" if group_norm else "BatchNorm2d"}
    if not group_norm:
        images = torch.randn(2, 3, 32, 32)
        torch.testing.assert_close(trunk.eval()(images), net.eval().features(images))


def test_what_the_libraries_are_asked_for(libraries):
    backbone("timm:resnet50_gn", pretrained=True)
    backbone("torchvision:resnet50", pretrained=True)
    backbone("torchvision:resnet50")
    assert libraries == [
        ("timm", "resnet50_gn", True, 0, ""),
        ("torchvision", "resnet50", "DEFAULT"),
        ("torchvision", "resnet50", None),
    ]


@pytest.mark.parametrize("name", ["timm:odd", "torchvision:vgg16"])
def test_what_is_not_a_row_of_stages_is_refused(libraries, name):
    with pytest.raises(GradSplitError, match=f"{name}.*four stages"):
        backbone(name)


def test_other_families_of_transformers_are_refused(tmp_path):
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    transformers.ViTConfig(**sizes, intermediate_size=8, image_size=32).save_pretrained(tmp_path)
    with pytest.raises(GradSplitError, match="four stages"):
        backbone(f"transformers:{tmp_path}")


def test_unknown_models_and_absent_weights_are_told(libraries, tmp_path):
    with pytest.raises(GradSplitError, match=r"timm:unknown.*Unknown model"):
        backbone("timm:unknown")
    with pytest.raises(GradSplitError, match="cannot be loaded"):
        backbone(f"transformers:{tmp_path / 'nothing'}", pretrained=True)


def test_a_missing_or_broken_library_says_how_to_get_it(monkeypatch):
    missing(monkeypatch, "timm")
    with pytest.raises(GradSplitError, match="pip install timm"):
        backbone("timm:resnet50_gn")


def test_a_name_alone_is_the_first_library_there(libraries, monkeypatch):
    assert full_name("resnet50") == "timm:resnet50"
    missing(monkeypatch, "timm")
    assert full_name("resnet50") == "torchvision:resnet50"
    missing(monkeypatch, "torchvision")
    assert full_name("resnet18") == "transformers:resnet18"
    missing(monkeypatch, "transformers")
    with pytest.raises(GradSplitError, match="pip install timm"):
        full_name("resnet50")


@pytest.mark.parametrize("name", ["resnet51", "timm:", "keras:resnet50", "", "small:resnet50"])
def test_unknown_names_are_told_what_there_is(name):
    with pytest.raises(GradSplitError, match=r"small.*resnet18.*timm:NAME"):
        backbone(name)


def test_weights_of_a_file_are_those_of_the_librarys_own_folder(tmp_path):
    model = tiny(tmp_path)
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    name, images = f"transformers:{tmp_path}", torch.randn(2, 3, 64, 32)
    ours = backbone(name, weights=tmp_path / "weights.pth", group_norm=False).eval()
    theirs = backbone(name, pretrained=True, group_norm=False).eval()
    assert torch.equal(ours(images), theirs(images))


@pytest.mark.parametrize("name", ["timm:resnet50", "torchvision:resnet50"])
def test_weights_of_a_file_for_other_libraries(libraries, tmp_path, name):
    net = Plain()
    torch.save(net.state_dict(), tmp_path / "weights.pth")
    trunk = backbone(name, weights=tmp_path / "weights.pth")
    assert torch.equal(trunk.layer4[0].weight, net.layer4[0].weight)


def test_two_kinds_of_weights_are_refused(tmp_path):
    with pytest.raises(GradSplitError, match="either"):
        backbone("resnet18", pretrained=True, weights=tmp_path / "weights.pth")
    with pytest.raises(GradSplitError, match="no weights for the backbone `small`"):
        backbone("small", weights=tmp_path / "weights.pth")


@pytest.mark.parametrize("layer_type", ["basic", "bottleneck"])
def test_a_last_stage_that_keeps_its_size(tmp_path, layer_type):
    tiny(tmp_path, layer_type)
    images, maps = torch.randn(1, 3, 64, 32), []
    for stride in (1, 2):
        torch.manual_seed(0)
        trunk = backbone(f"transformers:{tmp_path}", pretrained=True, last_stride=stride)
        assert trunk.training
        maps.append(tuple(trunk(images).shape[2:]))
    assert maps == [(4, 2), (2, 1)]


def test_a_last_stage_that_shrinks_otherwise_is_refused(libraries, monkeypatch):
    class Pooled(nn.Sequential):
        def forward(self, images):
            return super().forward(images[:, :, ::2, ::2])

    before = Plain.__init__

    def made(self, trick=None):
        before(self, trick)
        self.layer4 = Pooled(*self.layer4)

    monkeypatch.setattr(Plain, "__init__", made)
    with pytest.raises(GradSplitError, match="cannot be had with a stride of 1"):
        backbone("timm:resnet50", last_stride=1)
