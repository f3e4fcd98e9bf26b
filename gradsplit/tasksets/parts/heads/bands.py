"""Heads that see a person as a stack of horizontal bands: what is worn, and who it is."""

from torch import Tensor, nn
from torch.nn import functional as F


class BandHead(nn.Module):
    """Largest value in each of some horizontal bands, then one linear layer.

    A hat is at the top and shoes are at the bottom, which a mean over the whole map loses; a bag
    covers little of its band, which a mean over the band would drown.
    Source: the bands are those of Sun et al., "Beyond Part Models: Person Retrieval with Refined
    Part Pooling", fig. 2; the largest value is our choice.

    Args:
        channels: Of the trunk's feature map.
        outputs: Numbers an image, e.g. attributes.
        bands: Number of bands; 1 is global pooling.

    Example:
        >>> import torch
        >>> BandHead(16, 5, bands=2)(torch.zeros(3, 16, 8, 4)).shape
        torch.Size([3, 5])
    """

    def __init__(self, channels: int, outputs: int, *, bands: int = 8) -> None:
        super().__init__()
        self.bands = bands
        self.linear = nn.Linear(channels * bands, outputs)

    def forward(self, features: Tensor) -> Tensor:
        """[N, channels, H, W] -> [N, outputs]."""
        return self.linear(F.adaptive_max_pool2d(features, (self.bands, 1)).flatten(1))


class EmbeddingHead(BandHead):
    """A `BandHead` whose outputs are scaled to length 1, to be compared by their cosine.

    Example:
        >>> import torch
        >>> rows = EmbeddingHead(16, 5, bands=2)(torch.ones(3, 16, 8, 4)).detach()
        >>> bool(torch.allclose(rows.norm(dim=1), torch.ones(3)))
        True
    """

    def forward(self, features: Tensor) -> Tensor:
        """[N, channels, H, W] -> [N, outputs], each row of length 1."""
        return F.normalize(super().forward(features), dim=1)
