"""ResNets of timm, torchvision and transformers, as a stem and four stages."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.trunks.staged import STAGES, Backbone
from gradsplit.tasksets.parts.trunks.weight_file import load_weights

Weights = str | Path | None
"""A file of weights; None is none."""

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


SOURCES: dict[str, Callable[[str, str, bool, Weights], Backbone]] = {
    "timm": _timm,
    "torchvision": _torchvision,
    "transformers": _transformers,
}
"""Library -> what makes a trunk of a name as the user gave it, the library's own name, whether its
pretrained weights are wanted, and a file of weights; in the order in which a name without a library
is looked for."""


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
