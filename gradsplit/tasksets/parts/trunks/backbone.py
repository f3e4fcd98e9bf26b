"""Trunks from libraries: ResNets with GroupNorm from timm, torchvision or transformers, by a name.

Whatever library it comes from, a backbone has a `stem` and the stages `layer1` to `layer4`, so the
same names of modules can be split, copied or compared for all of them.
"""

from functools import lru_cache
from importlib import import_module
from typing import Literal

import torch
from torch import nn

from gradsplit.engine.group_norm import to_group_norm
from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.trunks.libraries import SOURCES, Weights
from gradsplit.tasksets.parts.trunks.resnet import SmallResNet
from gradsplit.tasksets.parts.trunks.staged import STAGES, Backbone

_SMALL = "small"
_WITHOUT_LIBRARY = ("resnet18", "resnet50")


def backbone(
    name: str,
    *,
    pretrained: bool = False,
    weights: Weights = None,
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
        trunk = SOURCES[library](name, which, pretrained, weights)
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
    if name == _SMALL or (colon and which and library in SOURCES):
        return name
    if name not in _WITHOUT_LIBRARY:
        raise GradSplitError(
            f"There is no backbone `{name}`; expected {_SMALL}, {', '.join(_WITHOUT_LIBRARY)}, or "
            f"{', '.join(f'{one}:NAME' for one in SOURCES)}."
        )
    for candidate in SOURCES:
        try:
            import_module(candidate)
        except Exception:  # What is broken is as good as missing.
            continue
        return f"{candidate}:{name}"
    raise GradSplitError(
        f"The backbone `{name}` comes from a library and none can be imported. Install one: "
        "pip install timm, or pip install transformers; or take the backbone `small`."
    )


@lru_cache(maxsize=8)
def form(name: str) -> tuple[int, str]:
    """Channels of a backbone's last map, and its last stage's name.

    Example:
        >>> form("small")
        (128, 'layer4')
    """
    with torch.random.fork_rng(devices=[]):
        trunk = backbone(name)
    return trunk.channels, trunk.last_stage


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
