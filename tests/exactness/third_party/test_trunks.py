"""Trunks of timm and torchvision themselves, and trainings with them; see the Makefile."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from gradsplit import GradientMask, check_exact, export_people, fit, to_group_norm
from gradsplit.engine.group_norm import GroupNormAct, replaced_batch_norm
from gradsplit.errors import GradSplitError
from gradsplit.tasksets.human.mirrored import with_mirror
from gradsplit.tasksets.human.task_set import Human
from gradsplit.tasksets.parts.trunks import STAGES, backbone
from gradsplit.training.methods.wanted import build, read_methods
from gradsplit.training.network import build_network
from gradsplit.training.scoring import network_predict
from gradsplit.training.step import Step
from gradsplit.training.taskset import TaskSet

timm = pytest.importorskip("timm", reason="needs torchvision and timm: make thirdparty")
torchvision = pytest.importorskip("torchvision", reason="needs torchvision: make thirdparty")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
"""What libraries warn about themselves is not ours to mend."""

TRUNKS = {
    "timm:resnet18": 512,
    "timm:resnet26d": 2048,
    "timm:resnet50_gn": 2048,
    "timm:seresnet50": 2048,
    "timm:wide_resnet50_2": 2048,
    "torchvision:resnet18": 512,
    "torchvision:resnet50": 2048,
    "torchvision:resnext50_32x4d": 2048,
}
TWO = ("timm:resnet18", "torchvision:resnet18")
NO_RESNETS = ("timm:vit_tiny_patch16_224", "timm:resnetv2_50", "torchvision:vgg11_bn")


def library_net(name: str) -> nn.Module:
    """A library's own network, with its classifier, whose scales and statistics are drawn."""
    library, _, which = name.partition(":")
    torch.manual_seed(0)
    made = (
        timm.create_model(which)
        if library == "timm"
        else torchvision.models.get_model(which, weights=None)
    )
    with torch.no_grad():
        for module in made.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                for value in (module.weight, module.bias, module.running_mean, module.running_var):
                    value.uniform_(0.5, 1.5)
    return made.eval()


def last_map(net: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """What comes out of the last stage of a library's own network."""
    seen: list[torch.Tensor] = []
    handle = net.get_submodule("layer4").register_forward_hook(lambda *call: seen.append(call[-1]))
    with torch.no_grad():
        net(images)
    handle.remove()
    return seen[0]


def norms(module: nn.Module) -> set[type]:
    kinds = (nn.modules.batchnorm._BatchNorm, nn.GroupNorm)
    return {type(one) for one in module.modules() if isinstance(one, kinds)}


@pytest.mark.parametrize(("name", "channels"), TRUNKS.items())
def test_a_trunk_by_its_name(name, channels):
    trunk = backbone(name)
    assert [part for part, _ in trunk.named_children()] == ["stem", *STAGES]
    assert trunk.channels == channels and trunk.training
    assert not any(issubclass(kind, nn.modules.batchnorm._BatchNorm) for kind in norms(trunk))
    assert trunk(torch.randn(2, 3, 64, 32)).shape == (2, channels, 2, 1)


@pytest.mark.parametrize("name", NO_RESNETS)
def test_what_is_no_resnet_is_refused(name):
    with pytest.raises(GradSplitError, match=f"{name}.*(four stages|cannot be loaded)"):
        backbone(name)


@pytest.mark.parametrize("wrapped", ["plain", "checkpoint", "safetensors"])
@pytest.mark.parametrize("name", TWO)
def test_weights_of_a_file(name, wrapped, tmp_path):
    net = library_net(name)
    file = tmp_path / ("weights.safetensors" if wrapped == "safetensors" else "weights.pth")
    if wrapped == "safetensors":
        save_file(net.state_dict(), file)
    elif wrapped == "plain":
        torch.save(net.state_dict(), file)
    else:
        named = {f"module.{key}": value for key, value in net.state_dict().items()}
        torch.save({"state_dict": named, "epoch": 3}, file)
    images = torch.randn(2, 3, 64, 32)
    trunk = backbone(name, weights=file, group_norm=False).eval()
    assert torch.equal(trunk(images), last_map(net, images))


@pytest.mark.parametrize("name", TWO)
def test_weights_of_another_network_are_refused(name, tmp_path):
    torch.save(library_net(name.replace("18", "50")).state_dict(), tmp_path / "weights.pth")
    with pytest.raises(GradSplitError, match=r"is of another network than ResNet"):
        backbone(name, weights=tmp_path / "weights.pth")


@pytest.mark.parametrize("drop", [None, nn.Dropout])
@pytest.mark.parametrize("act", [nn.ReLU, nn.SiLU, None])
def test_to_group_norm_of_timms_batch_norm_with_its_activation(act, drop):
    kind = timm.layers.BatchNormAct2d
    norm = kind(8, apply_act=act is not None, act_layer=act or nn.ReLU, drop_layer=drop)
    with torch.no_grad():
        for value in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
            value.uniform_(0.5, 1.5)
    images = torch.randn(4, 8, 5, 5)
    wanted = norm.eval()(images)
    model = to_group_norm(nn.Sequential(norm.train()), 4)
    assert type(model[0]) is GroupNormAct
    normal = F.group_norm(images, 4, norm.weight, norm.bias)
    expected = normal if act is None else act()(normal)
    torch.testing.assert_close(model.eval()(images), expected)
    assert (drop is None) == (not isinstance(model[0].drop, nn.Dropout))
    again = replaced_batch_norm(model[0])
    assert type(again) is kind and torch.equal(again.eval()(images), wanted)


@pytest.mark.parametrize("name", ["mobilenetv3_small_050", "regnetx_002", "densenet121"])
def test_networks_full_of_it_are_exact_in_a_mixed_batch(name):
    torch.manual_seed(0)
    model = to_group_norm(timm.create_model(name, num_classes=4), 4).double()
    tasks = ["pose", "reid"]
    last = [one for one, module in model.named_modules() if isinstance(module, nn.GroupNorm)][-1]
    report = check_exact(
        model, GradientMask.identity(tasks), torch.randn(4, 3, 32, 32).double(),
        {"pose": lambda y: y.square().mean(), "reid": lambda y: y.abs().mean()},
        modules=[last], task_ids=[0, 0, 1, 1],
    )  # fmt: skip
    assert report.exact and set(report.errors) == {"task", "backward", "samples"}


@pytest.mark.parametrize("name", TRUNKS)
def test_a_last_stage_of_stride_1_at_256_by_192(name):
    images = torch.randn(1, 3, 256, 192)
    with torch.no_grad():
        maps = [backbone(name, last_stride=stride)(images).shape[2:] for stride in (1, 2)]
    assert maps == [(16, 12), (8, 6)]


@pytest.mark.parametrize("name", TWO)
def test_stride_1_keeps_the_weights_and_how_the_map_is_read(name, tmp_path):
    """Every second cell of the larger map of the first convolution is the smaller one's."""
    torch.save(library_net(name).state_dict(), tmp_path / "weights.pth")
    own = {"weights": tmp_path / "weights.pth", "group_norm": False}
    large, small = (backbone(name, last_stride=stride, **own).eval() for stride in (1, 2))
    images = torch.randn(1, 3, 256, 192)
    first: list[torch.Tensor] = []
    for trunk in (large, small):
        conv = trunk.get_submodule("layer4.0.conv1")
        conv.register_forward_hook(lambda *call: first.append(call[-1]))
        with torch.no_grad():
            trunk(images)
    torch.testing.assert_close(first[0][..., ::2, ::2], first[1])


# Trainings of the human task set, by all that a run may ask for.

FORMATS = ("pa100k", "market1501", "mpii", "lip")
SIZE: dict[str, Any] = {"height": 64, "width": 32, "workers": 0, "neck": "group"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Drawn people in the four formats, one folder a format."""
    root = tmp_path_factory.mktemp("human")
    for kind in FORMATS:
        export_people(root / kind, kind, pictures=48, people=12, height=64, seed=0)
    return root


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> dict[str, Path]:
    """A file of weights for each of the two libraries."""
    folder = tmp_path_factory.mktemp("weights")
    files = {name: folder / f"{name.partition(':')[0]}.pth" for name in TWO}
    for name, file in files.items():
        torch.save(library_net(name).state_dict(), file)
    return files


def human(folders: Path, *formats: str, **options: Any) -> TaskSet:
    given = {kind: folders / kind for kind in formats or FORMATS}
    return Human(**given, **{**SIZE, **options}).with_recipe(steps=2, batch_size=4, warmup=0)


def rows_with_batch_norm() -> list[Any]:
    names = ("multi-head-bn", "multi-head-tbn", "apart-bn", "task-adapters")
    return [build(one) for one in read_methods(names)]


@pytest.mark.parametrize("method", rows_with_batch_norm(), ids=lambda one: one.settings()["method"])
@pytest.mark.parametrize("name", TWO)
def test_rows_that_keep_the_pretrained_statistics(name, method, folders, weights):
    taskset = human(folders, "pa100k", "lip", backbone=name, weights=weights[name])
    network = method.network(taskset, taskset.task_names, 0)
    kept = [one for one in network.trunk.modules() if isinstance(one, nn.BatchNorm2d)]
    theirs = library_net(name).state_dict()
    if method.settings()["method"] != "task-adapters":  # which keeps the norms of its trunk
        means = [value for key, value in theirs.items() if key.endswith("running_mean")]
        assert len(kept) % len(means) == 0
        for norm in kept:
            assert any(torch.equal(norm.running_mean, mean) for mean in means)
    fitted = fit(taskset, taskset.task_names, 0, method=method)
    assert all(0 <= score <= 1 for score in fitted.scores.values())


@pytest.mark.parametrize("name", TWO)
def test_the_mirror_image_is_judged_as_well(name, folders, weights):
    taskset = human(folders, backbone=name, weights=weights[name])
    mirrored = human(folders, backbone=name, weights=weights[name], flip_test=True)
    network = build_network(taskset, taskset.task_names, 0).eval()
    for task in taskset.task_names:
        predict, records = network_predict(network, task), taskset.parts(task).test
        both = with_mirror(predict, records)
        assert mirrored.score(task, predict) == taskset.score(task, both)
        pictures = torch.randn(2, 3, 64, 32)
        answer, turned = both(pictures), both(pictures.flip(-1))
        if answer.ndim == 4:
            turned = turned.flip(-1)[:, torch.from_numpy(records.mirrored)]
        torch.testing.assert_close(answer, turned, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("name", "masked"), [(TWO[0], True), (TWO[1], False)])
def test_a_whole_recipe_at_256_by_192(name, masked, folders, weights):
    """Stride 1, flip test, steps of the rate, a rate of the heads and half precision at once."""
    rates: list[list[float]] = []

    def observe(step: Step) -> None:
        rates.append([group["lr"] for group in step.optimizer.param_groups])

    taskset = human(
        folders, "market1501", "mpii", height=256, width=192, backbone=name,
        weights=weights[name], last_stride=1, flip_test=True,
    ).with_recipe(
        steps=4, batch_size=4, schedule="step", milestones=(0.5, 0.75), head_rate=10.0,
        precision="bfloat16", learning_rate=1e-3,
    )  # fmt: skip
    mask = GradientMask.identity(taskset.task_names) if masked else None
    fitted = fit(taskset, taskset.task_names, 0, mask=mask, observe=observe)
    expected = [[1e-3, 1e-2], [1e-3, 1e-2], [1e-4, 1e-3], [1e-5, 1e-4]]
    assert [sorted(row) for row in rates] == [pytest.approx(row) for row in expected]
    assert {one.dtype for one in fitted.network.parameters()} == {torch.float32}
    assert all(0 <= score <= 1 for score in fitted.scores.values())
    before = torch.load(weights[name], weights_only=True)["layer4.0.conv1.weight"]
    now = fitted.network.get_submodule("trunk.layer4.0.conv1").weight.detach()
    assert not torch.equal(now, before)


@pytest.mark.parametrize("name", TWO)
def test_half_precision_is_near_single(name, folders, weights):
    taskset = human(folders, "pa100k", "lip", backbone=name, weights=weights[name])
    single, half = (
        fit(taskset.with_recipe(steps=3, precision=precision), taskset.task_names, 0)
        for precision in ("float32", "bfloat16")
    )
    for task, losses in single.losses.items():
        assert half.losses[task] == pytest.approx(losses, rel=0.05)
        assert half.losses[task] != losses
