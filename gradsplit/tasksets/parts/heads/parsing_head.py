"""A head that labels the parts of a person: a map a class."""

from torch import nn

from gradsplit.tasksets.parts.heads.dense import DenseHead
from gradsplit.tasksets.parts.trunks import group_norm


class ParsingHead(nn.Sequential):
    """A decoder of fixed width: 1x1 convolution, transposed convolutions, 1x1 convolution.

    On a trunk that shrinks pictures 32 times the maps are a quarter of the picture; the loss and
    the score stretch them to the labels.

    Source: our choice; no readable source describes the paper's decoder. Its size barely depends
    on the trunk's: about 14 M parameters on 2048 channels and 12.8 M on 512, by the differences of
    the paper's parameter counts. Three doublings 512 wide have 13.6 M and 12.9 M.

    Args:
        channels: Of the trunk's feature map.
        classes: Number of classes, background included.
        width: Channels between.
        doublings: How often the map is doubled.

    Example:
        >>> import torch
        >>> ParsingHead(16, 20, width=8)(torch.zeros(2, 16, 8, 6)).shape
        torch.Size([2, 20, 64, 48])
    """

    def __init__(
        self, channels: int, classes: int, *, width: int = 512, doublings: int = 3
    ) -> None:
        super().__init__(
            nn.Conv2d(channels, width, 1, bias=False),
            group_norm(width),
            nn.ReLU(),
            DenseHead(width, classes, (width,) * doublings),
        )
