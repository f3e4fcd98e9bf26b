"""A small ResNet with GroupNorm, for task sets that train in seconds on a CPU.

GroupNorm has no batch statistics: a task's forward pass does not depend on which other tasks are in
the step, and training and evaluation do not differ. Source of the block: He et al.,
"Deep Residual Learning for Image Recognition", fig. 5 left; GroupNorm: Wu and He, "Group
Normalization". Sizes and defaults are our choice.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.errors import GradSplitError, all_problems

_CHANNELS_A_GROUP = 8


def group_norm(channels: int) -> nn.GroupNorm:
    """GroupNorm with about eight channels a group and at least two groups where they divide.

    Args:
        channels: Number of channels, at least 1.

    Returns:
        A fresh GroupNorm: the largest number of groups that divides `channels` and is at most
        `max(2, channels // 8)`.

    Example:
        >>> [group_norm(channels).num_groups for channels in (8, 24, 64, 7)]
        [2, 3, 8, 1]
    """
    most = max(2, channels // _CHANNELS_A_GROUP)
    groups = max(count for count in range(1, most + 1) if channels % count == 0)
    return nn.GroupNorm(groups, channels)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions with GroupNorm and a shortcut.

    Args:
        inputs: Input channels.
        outputs: Output channels.
        stride: Of the first convolution and of the shortcut. The shortcut is the identity where
            neither size nor channels change, else a 1x1 convolution with GroupNorm.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = group_norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = group_norm(outputs)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), group_norm(outputs)
            )

    def forward(self, inputs: Tensor) -> Tensor:
        """[N, inputs, H, W] -> [N, outputs, ceil(H / stride), ceil(W / stride)]."""
        features = F.relu(self.norm1(self.conv1(inputs)))
        features = self.norm2(self.conv2(features))
        return F.relu(features + self.downsample(inputs))


class SmallResNet(nn.Module):
    """A stem and four stages of basic blocks, modules `stem`, `layer1` ... `layer4`.

    Args:
        in_channels: Channels of the images.
        widths: Channels of the four stages; the stem has those of the first.
        blocks: Blocks of the four stages, at least 1 each.
        strides: Stride of the first block of each stage.
        stem_kernel: Odd kernel size of the stem's convolution.
        stem_stride: Stride of the stem's convolution.

    Attributes:
        stages: Names of the stages, in order.

    Raises:
        GradSplitError: Not four stages, or a size below 1, or an even kernel; all of them at once.

    Example:
        >>> import torch
        >>> net = SmallResNet(1, widths=(4, 8, 12, 16))
        >>> net(torch.zeros(2, 1, 30, 32)).shape
        torch.Size([2, 16, 2, 2])
    """

    stages = ("layer1", "layer2", "layer3", "layer4")

    def __init__(
        self,
        in_channels: int = 3,
        *,
        widths: Sequence[int] = (16, 32, 64, 128),
        blocks: Sequence[int] = (1, 1, 1, 1),
        strides: Sequence[int] = (1, 2, 2, 2),
        stem_kernel: int = 3,
        stem_stride: int = 2,
    ) -> None:
        super().__init__()
        _check(in_channels, widths, blocks, strides, stem_kernel, stem_stride)
        self.stem = nn.Sequential(
            nn.Conv2d(
                in_channels, widths[0], stem_kernel, stem_stride, stem_kernel // 2, bias=False
            ),
            group_norm(widths[0]),
            nn.ReLU(),
        )
        before = (widths[0], *widths[:3])
        self.layer1, self.layer2, self.layer3, self.layer4 = (
            _stage(*sizes) for sizes in zip(before, widths, blocks, strides, strict=True)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Images [N, in_channels, H, W] -> the last feature map [N, widths[3], H', W']."""
        features = self.layer1(self.stem(images))
        return self.layer4(self.layer3(self.layer2(features)))


def _stage(inputs: int, outputs: int, blocks: int, stride: int) -> nn.Sequential:
    first = BasicBlock(inputs, outputs, stride)
    return nn.Sequential(first, *(BasicBlock(outputs, outputs) for _ in range(blocks - 1)))


def _check(
    in_channels: int,
    widths: Sequence[int],
    blocks: Sequence[int],
    strides: Sequence[int],
    stem_kernel: int,
    stem_stride: int,
) -> None:
    stages = {"widths": widths, "blocks": blocks, "strides": strides}
    problems = [
        f"`{name}` must be four numbers of at least 1, got {tuple(sizes)}."
        for name, sizes in stages.items()
        if len(sizes) != 4 or min(sizes) < 1
    ]
    if in_channels < 1:
        problems.append(f"`in_channels` must be at least 1, got {in_channels}.")
    if stem_kernel < 1 or stem_kernel % 2 == 0:
        problems.append(f"`stem_kernel` must be odd, got {stem_kernel}.")
    if stem_stride < 1:
        problems.append(f"`stem_stride` must be at least 1, got {stem_stride}.")
    if problems:
        raise GradSplitError(all_problems("This small ResNet cannot be built", problems))
