"""Trunks from libraries: ResNets with GroupNorm from timm, torchvision or transformers, by a name.

Whatever library it comes from, a backbone has a `stem` and the stages `layer1` to `layer4`, so the
same names of modules can be split, copied or compared for all of them.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from gradsplit.engine.group_norm import to_group_norm
from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.trunks.resnet import SmallResNet
from gradsplit.tasksets.parts.trunks.weight_file import load_weights

Weights = str | Path | None

STAGES = SmallResNet.stages
"""Names of the stages of every backbone, in order."""

_SMALL = "small"
_WITHOUT_LIBRARY = ("resnet18", "resnet50")
# What transformers' ResNet is without a folder or a download. Source: He et al., table 1.
_SHAPES: dict[str, dict[str, Any]] = {
    "resnet18": {
        "layer_type": "basic",
        "hidden_sizes": [64, 128, 256, 512],
        "depths": [2, 2, 2, 2],
    },
    "resnet50": {
        "layer_type": "bottleneck",
        "hidden_sizes": [256, 512, 1024, 2048],
        "depths": [3, 4, 6, 3],
    },
}
_HUB = {"resnet18": "microsoft/resnet-18", "resnet50": "microsoft/resnet-50"}


class Backbone(nn.Module):
    """A stem and four stages, one after the other.

    Args:
        stem: What comes before the stages.
        stages: Four modules.
        channels: Of the last stage's map.

    Attributes:
        channels: Of the last feature map.
        stages: Names of the stages, in order.
        last_stage: Name of the last one, what `GradSplit` divides by default.
    """

    stages = STAGES
    last_stage = STAGES[-1]

    def __init__(self, stem: nn.Module, stages: Sequence[nn.Module], channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.stem = stem
        self.layer1, self.layer2, self.layer3, self.layer4 = stages

    def forward(self, images: Tensor) -> Tensor:
        """Images [N, 3, H, W] -> the last feature map [N, channels, H', W']."""
        features = self.layer1(self.stem(images))
        return self.layer4(self.layer3(self.layer2(features)))


def backbone(
    name: str,
    *,
    pretrained: bool = False,
    weights: str | Path | None = None,
    group_norm: bool = True,
    last_stride: Literal[1, 2] = 2,
) -> Backbone:
    """A trunk by its name; initial weights are drawn from torch's global generator.

    | name | what it is |
    |---|---|
    | `small` | `SmallResNet()`, 128 channels at 1/16 of the image, always with GroupNorm |
    | `timm:NAME` | a ResNet of timm, e.g. `timm:resnet50_gn`, which was trained with GroupNorm |
    | `torchvision:NAME` | a ResNet of torchvision, e.g. `torchvision:resnet50` |
    | `transformers:NAME` | `resnet18`, `resnet50`, or a folder or hub name of a ResNet |
    | `resnet18`, `resnet50` | from the first library that is installed, see `full_name` |

    The libraries' networks differ in their initial weights; a study names its library.

    Args:
        name: One of the table.
        pretrained: Load the library's ImageNet weights; images must then be standardised as the
            library says (mean 0.485, 0.456, 0.406, deviation 0.229, 0.224, 0.225 for most).
        weights: Instead, a file of weights for the library's network, see `load_weights`.
        group_norm: Replace every BatchNorm by a GroupNorm of 32 groups (`to_group_norm`), which
            keeps the pretrained scale and shift but not the statistics: train on before judging.
        last_stride: 1 leaves the last stage's map as large as that of the stage before, as is usual
            for re-identification (Luo et al., "Bag of Tricks and a Strong Baseline for Deep Person
            Re-identification", CVPR workshops 2019).

    Raises:
        GradSplitError: The name is none of the table, its library cannot be imported, does not know
            it or cannot find its weights, or it is not a stem and four stages; weights are of
            another network, or both kinds of weights are given.

    Example:
        >>> trunk = backbone("small")
        >>> trunk(torch.zeros(2, 3, 64, 32)).shape, trunk.channels, trunk.last_stage
        (torch.Size([2, 128, 4, 2]), 128, 'layer4')
    """
    library, _, which = full_name(name).partition(":")
    if pretrained and weights is not None:
        raise GradSplitError("Give either the library's pretrained weights or a file of weights.")
    if library == _SMALL:
        if weights is not None:
            raise GradSplitError(f"There are no weights for the backbone `{_SMALL}`.")
        trunk = _small(pretrained=pretrained, group_norm=group_norm)
    else:
        trunk = _SOURCES[library](name, which, pretrained, weights)
    if group_norm:
        to_group_norm(trunk)
    if last_stride == 1:
        _keep_size(name, trunk)
    return trunk.train()


def full_name(name: str) -> str:
    """The name with its library, which says the same on every machine; for settings.

    `resnet18` and `resnet50` come from the first of timm, torchvision and transformers that can be
    imported here, all other names are returned as they are.

    Raises:
        GradSplitError: The name is none that `backbone` knows, or no library can be imported.

    Example:
        >>> full_name("timm:resnet50_gn")
        'timm:resnet50_gn'
    """
    library, colon, which = name.partition(":")
    if name == _SMALL or (colon and which and library in _SOURCES):
        return name
    if name not in _WITHOUT_LIBRARY:
        raise GradSplitError(
            f"There is no backbone `{name}`; expected {_SMALL}, {', '.join(_WITHOUT_LIBRARY)}, or "
            f"{', '.join(f'{one}:NAME' for one in _SOURCES)}."
        )
    for candidate in _SOURCES:
        try:
            import_module(candidate)
        except Exception:  # What is broken is as good as missing.
            continue
        return f"{candidate}:{name}"
    raise GradSplitError(
        f"The backbone `{name}` comes from a library and none can be imported. Install one: "
        "pip install timm, or pip install transformers; or take the backbone `small`."
    )


def _small(*, pretrained: bool, group_norm: bool) -> Backbone:
    if pretrained or not group_norm:
        raise GradSplitError(
            "The backbone `small` has GroupNorm and no pretrained weights; give "
            "pretrained=False and group_norm=True, or another backbone."
        )
    net = SmallResNet()
    stages = [net.get_submodule(stage) for stage in STAGES]
    with torch.no_grad():
        channels = net(torch.zeros(1, 3, 32, 32)).shape[1]
    return Backbone(net.stem, stages, channels)


def _timm(name: str, which: str, pretrained: bool, weights: Weights) -> Backbone:
    timm = _library("timm", name)
    net = _loaded(
        name,
        lambda: timm.create_model(which, pretrained=pretrained, num_classes=0, global_pool=""),
        weights,
    )
    return _chain(name, net, net.num_features)


def _torchvision(name: str, which: str, pretrained: bool, weights: Weights) -> Backbone:
    models = _library("torchvision", name).models
    chosen = "DEFAULT" if pretrained else None
    net = _loaded(name, lambda: models.get_model(which, weights=chosen), weights)
    classifier = getattr(net, "fc", None)
    return _chain(name, net, getattr(classifier, "in_features", 0))


def _transformers(name: str, which: str, pretrained: bool, weights: Weights) -> Backbone:
    library = _library("transformers", name)

    def load() -> nn.Module:
        if pretrained:
            return library.AutoModel.from_pretrained(_HUB.get(which, which))
        if which in _SHAPES:
            return library.ResNetModel(library.ResNetConfig(**_SHAPES[which]))
        return library.AutoModel.from_config(library.AutoConfig.from_pretrained(which))

    net = _loaded(name, load, weights)
    stages = getattr(getattr(net, "encoder", None), "stages", ())
    if not hasattr(net, "embedder") or len(stages) != len(STAGES):
        raise _not_a_resnet(name)
    trunk = Backbone(net.embedder, list(stages), net.config.hidden_sizes[-1])
    return _checked(name, net, trunk)


# In the order in which a name without a library is looked for.
_SOURCES: dict[str, Callable[[str, str, bool, Weights], Backbone]] = {
    "timm": _timm,
    "torchvision": _torchvision,
    "transformers": _transformers,
}


def _library(library: str, name: str) -> Any:
    """A library, imported only now.

    Raises:
        GradSplitError: It cannot be imported.
    """
    try:
        return import_module(library)
    # timm and torchvision raise all kinds of errors beside a torch they were not built for.
    except Exception as error:
        raise GradSplitError(
            f"The backbone `{name}` needs {library}, which cannot be imported ({error}). "
            f"Install one that fits your torch: pip install {library}."
        ) from error


def _loaded(name: str, load: Callable[[], Any], weights: Weights) -> Any:
    """A network of a library; what the library says when it has none is passed on."""
    try:
        net = load()
    except (ImportError, KeyError, OSError, RuntimeError, ValueError) as error:
        raise GradSplitError(
            f"The backbone `{name}` cannot be loaded: {error} Check the name and, for pretrained "
            "weights, that they are on this machine or can be downloaded."
        ) from error
    if weights is not None:
        load_weights(net, weights)
    return net


def _keep_size(name: str, trunk: Backbone) -> None:
    """Have the last stage leave its map as large as it comes.

    Raises:
        GradSplitError: It makes maps smaller by something else than one stride of convolutions.
    """
    for module in trunk.layer4.modules():
        if isinstance(module, nn.Conv2d | nn.AvgPool2d) and module.stride in (2, (2, 2)):
            module.stride = (1, 1)
            if isinstance(module, nn.AvgPool2d):  # of a shortcut, before its 1 x 1 convolution
                module.kernel_size = (1, 1)
    images = torch.zeros(1, 3, 64, 64)
    sizes: list[torch.Size] = []
    handle = trunk.layer4.register_forward_hook(
        lambda _, inputs, output: sizes.extend((inputs[0].shape[2:], output.shape[2:]))
    )
    trunk.eval()
    try:
        with torch.no_grad():
            trunk(images)
    except RuntimeError:
        sizes = []
    handle.remove()
    if len(sizes) != 2 or sizes[0] != sizes[1]:
        raise GradSplitError(f"The last stage of `{name}` cannot be had with a stride of 1.")


def _chain(name: str, net: nn.Module, channels: int) -> Backbone:
    """The stages of a network that names them as torchvision does, and all before them as stem."""
    children = dict(net.named_children())
    names = list(children)
    start = names.index(STAGES[0]) if STAGES[0] in names else 0
    if start == 0 or tuple(names[start : start + 4]) != STAGES:
        raise _not_a_resnet(name)
    stem = nn.Sequential(*(children[part] for part in names[:start]))
    return _checked(name, net, Backbone(stem, [children[stage] for stage in STAGES], channels))


def _checked(name: str, net: nn.Module, trunk: Backbone) -> Backbone:
    """The trunk, once it is known to give what the library's own network has at that place.

    A network may do more between its stages than its list of parts tells.
    """
    net.eval()
    seen: list[Tensor] = []
    handle = trunk.layer4.register_forward_hook(lambda *call: seen.append(call[-1]))
    images = torch.linspace(-1, 1, 3 * 64 * 64).reshape(1, 3, 64, 64)
    with torch.no_grad():
        net(images)
        trunk(images)
    handle.remove()
    if not torch.equal(*seen) or seen[0].shape[1] != trunk.channels:
        raise _not_a_resnet(name)
    return trunk


def _not_a_resnet(name: str) -> GradSplitError:
    return GradSplitError(
        f"The backbone `{name}` is not a stem and four stages in a row, as a ResNet is; expected "
        "one like timm:resnet50_gn, torchvision:resnet18 or transformers:resnet50."
    )
