"""A head that finds joints: a heat map each."""

from torch import nn

from gradsplit.tasksets.parts.heads.dense import DenseHead

_DEVIATION = 0.001


class PoseHead(DenseHead):
    """Three transposed convolutions (4x4, stride 2) and a 1x1 convolution: a heat map a joint.

    On a trunk that shrinks pictures 32 times the maps are a quarter of the picture. With 2048
    channels the head has 10.5 M parameters, with 512 it has 4.2 M.

    Source: Xiao et al., "Simple Baselines for Human Pose Estimation and Tracking", sec. 2, with
    weights drawn as in its code (deviation 0.001, so the first maps are nearly 0); GroupNorm
    instead of BatchNorm is our choice.

    Args:
        channels: Of the trunk's feature map.
        joints: Number of joints.
        widths: Channels after each doubling.

    Example:
        >>> import torch
        >>> PoseHead(16, 14, widths=(8, 8, 8))(torch.zeros(2, 16, 8, 6)).shape
        torch.Size([2, 14, 64, 48])
    """

    def __init__(
        self, channels: int, joints: int, widths: tuple[int, ...] = (256, 256, 256)
    ) -> None:
        super().__init__(channels, joints, widths)
        for layer in self.layers:
            if isinstance(layer, nn.ConvTranspose2d | nn.Conv2d):
                nn.init.normal_(layer.weight, std=_DEVIATION)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
