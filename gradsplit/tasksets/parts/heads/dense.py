"""A head that gives a map: key points' heat maps or part labels."""

from torch import Tensor, nn

from gradsplit.tasksets.parts.trunks import group_norm


class DenseHead(nn.Module):
    """Transposed convolutions that double the map, then a 1x1 convolution.

    Source: Xiao et al., "Simple Baselines for Human Pose Estimation and Tracking", sec. 2, with
    GroupNorm and as many doublings as asked for.

    Args:
        channels: Of the trunk's feature map.
        outputs: Channels of the result.
        widths: Channels after each doubling.
    """

    def __init__(self, channels: int, outputs: int, widths: tuple[int, ...] = (48, 32)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, width in zip((channels, *widths), widths, strict=False):
            layers += [
                nn.ConvTranspose2d(before, width, 4, 2, 1, bias=False),
                group_norm(width),
                nn.ReLU(),
            ]
        self.layers = nn.Sequential(*layers, nn.Conv2d((channels, *widths)[-1], outputs, 1))

    def forward(self, features: Tensor) -> Tensor:
        """[N, channels, H, W] -> [N, outputs, H * 2**len(widths), W * 2**len(widths)]."""
        return self.layers(features)
