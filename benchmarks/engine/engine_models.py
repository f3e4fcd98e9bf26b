"""Networks of the engine's benchmark: a part below the split, a split part, one head a task."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Network(nn.Module):
    """`above(below(x))` gives features; every task has a linear head on them.

    Args:
        below: What all tasks share.
        above: The split part; gives [N, features].
        features: Width of the features.
        tasks: Number of heads.
    """

    def __init__(self, below: nn.Module, above: nn.Module, features: int, tasks: int) -> None:
        super().__init__()
        self.below, self.above = below, above
        self.heads = nn.ModuleList(nn.Linear(features, 10) for _ in range(tasks))

    def forward(self, images: Tensor) -> Tensor:
        """Features [N, features] of images [N, 3, height, width]."""
        return self.above(self.below(images))


class _Basic(nn.Module):
    expansion = 1

    def __init__(self, below: int, width: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(below, width, 3, stride, 1, bias=False), nn.GroupNorm(32, width),
            nn.ReLU(True),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.GroupNorm(32, width),
        )  # fmt: skip
        self.down = _shortcut(below, width, stride)

    def forward(self, value: Tensor) -> Tensor:
        return F.relu_(self.body(value) + self.down(value))


class _Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, below: int, width: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(below, width, 1, bias=False), nn.GroupNorm(32, width), nn.ReLU(True),
            nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.GroupNorm(32, width),
            nn.ReLU(True),
            nn.Conv2d(width, 4 * width, 1, bias=False), nn.GroupNorm(32, 4 * width),
        )  # fmt: skip
        self.down = _shortcut(below, 4 * width, stride)

    def forward(self, value: Tensor) -> Tensor:
        return F.relu_(self.body(value) + self.down(value))


def _shortcut(below: int, channels: int, stride: int) -> nn.Module:
    if below == channels and stride == 1:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(below, channels, 1, stride, bias=False), nn.GroupNorm(32, channels)
    )


def _resnet(
    block: type[_Basic] | type[_Bottleneck], depths: tuple[int, ...], tasks: int
) -> Network:
    stages, channels = [], 64
    for level, depth in enumerate(depths):
        width, blocks = 64 * 2**level, []
        for index in range(depth):
            blocks.append(block(channels, width, 2 if level and not index else 1))
            channels = width * block.expansion
        stages.append(nn.Sequential(*blocks))
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.GroupNorm(32, 64), nn.ReLU(True)]
    below = nn.Sequential(*stem, nn.MaxPool2d(3, 2, 1), *stages[:-1])
    above = nn.Sequential(stages[-1], nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return Network(below, above, channels, tasks)


class _Patches(nn.Module):
    def __init__(self, width: int, places: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 16, 16)
        self.table = nn.Parameter(torch.randn(1, places, width) * 0.02)

    def forward(self, images: Tensor) -> Tensor:
        return self.patches(images).flatten(2).transpose(1, 2) + self.table


class _Mean(nn.Module):
    def forward(self, value: Tensor) -> Tensor:
        return value.mean(1)


def _vit(tasks: int, size: tuple[int, int]) -> Network:
    """ViT-S/16; the last quarter of its 12 blocks is split."""
    width = 384
    blocks = [
        nn.TransformerEncoderLayer(
            width, 6, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True
        )
        for _ in range(12)
    ]
    below = nn.Sequential(_Patches(width, size[0] * size[1] // 256), *blocks[:9])
    above = nn.Sequential(*blocks[9:], nn.LayerNorm(width), _Mean())
    return Network(below, above, width, tasks)


def build(name: str, tasks: int, size: tuple[int, int]) -> Network:
    """A network by name: resnet18, resnet50 (both with GroupNorm) or vit."""
    torch.manual_seed(0)
    if name == "resnet18":
        return _resnet(_Basic, (2, 2, 2, 2), tasks)
    if name == "resnet50":
        return _resnet(_Bottleneck, (3, 4, 6, 3), tasks)
    return _vit(tasks, size)
