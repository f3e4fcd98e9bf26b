"""Heads that see an image as a stack of horizontal bands: what a person wears, and who it is."""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F


class BandHead(nn.Module):
    """Mean over each of some horizontal bands, then one linear layer.

    A hat is at the top and shoes are at the bottom: one mean over the whole map would lose that.
    One band is global average pooling.

    Args:
        channels: Of the trunk's feature map.
        outputs: Numbers an image, e.g. attributes.
        bands: Number of bands.
    """

    def __init__(self, channels: int, outputs: int, bands: int = 4) -> None:
        super().__init__()
        self.bands = bands
        self.linear = nn.Linear(channels * bands, outputs)

    def forward(self, features: Tensor) -> Tensor:
        """[N, channels, H, W] -> [N, outputs]."""
        return self.linear(pool_bands(features, self.bands))


class Identified(NamedTuple):
    """What `IdentityHead` gives: logits to train with, an embedding to compare by its cosine."""

    logits: Tensor
    embedding: Tensor


class IdentityHead(nn.Module):
    """Bands, a linear embedding, and a classifier of the training identities.

    The classifier compares directions only (cosine times a fixed scale), as the retrieval does.
    Source: Wang et al., "NormFace", for the scaled cosine; the rest is our choice.

    Args:
        channels: Of the trunk's feature map.
        identities: Training identities.
        embedding: Size of the embedding.
        bands: Number of bands.
        scale: Factor on the cosines.
    """

    def __init__(
        self,
        channels: int,
        identities: int,
        *,
        embedding: int = 64,
        bands: int = 4,
        scale: float = 16.0,
    ) -> None:
        super().__init__()
        self.bands = bands
        self.scale = scale
        self.embed = nn.Linear(channels * bands, embedding)
        self.classify = nn.Linear(embedding, identities, bias=False)

    def forward(self, features: Tensor) -> Identified:
        """[N, channels, H, W] -> logits [N, identities] and unit embedding [N, embedding]."""
        embedding = F.normalize(self.embed(pool_bands(features, self.bands)), dim=1)
        cosines = embedding @ F.normalize(self.classify.weight, dim=1).T
        return Identified(self.scale * cosines, embedding)


def pool_bands(features: Tensor, bands: int) -> Tensor:
    """Mean over each of `bands` horizontal bands: [N, C, H, W] -> [N, C * bands]."""
    return F.adaptive_avg_pool2d(features, (bands, 1)).flatten(1)
