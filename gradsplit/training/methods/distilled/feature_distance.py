"""How far features are from those of a teacher, whatever their lengths and up to a linear map."""

from collections.abc import Sequence

from torch import Tensor, nn

LEAST = 1e-6
"""Added to the square of a length, as in the authors' code."""


class FeatureDistance(nn.Module):
    """Distances of features from a teacher's, behind a linear map that is learned of each.

    Args:
        examples: The teacher's features, for their numbers of channels: the second dimension of
            four or more, as of pictures, else the last one, as of vectors and tokens.
    """

    def __init__(self, examples: Sequence[Tensor]) -> None:
        super().__init__()
        self.maps = nn.ModuleList()
        for example in examples:
            channels = channels_last(example).shape[-1]
            layer = nn.Linear(channels, channels, bias=False)
            nn.init.xavier_normal_(layer.weight)
            self.maps.append(layer.to(example))

    def forward(self, ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> Tensor:
        """The sum of the distances."""
        pairs = zip(self.maps, ours, theirs, strict=True)
        distances = [
            distance(layer(channels_last(mine)), channels_last(taught))
            for layer, mine, taught in pairs
        ]
        return sum(distances[1:], start=distances[0])


def distance(ours: Tensor, theirs: Tensor) -> Tensor:
    """The mean over all positions of |u - v|^2, u and v being vectors of channels at length 1.

    Args:
        ours: [..., C].
        theirs: [..., C].

    Example:
        >>> import torch
        >>> right, up = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 5.0]])
        >>> [round(distance(right, other).item(), 3) for other in (right, up, -right)]
        [0.0, 2.0, 4.0]
    """
    return (_unit(ours) - _unit(theirs)).square().sum(-1).mean()


def channels_last(features: Tensor) -> Tensor:
    """Features with their channels in the last dimension."""
    return features.movedim(1, -1) if features.ndim > 3 else features


def _unit(features: Tensor) -> Tensor:
    return features / (features.square().sum(-1, keepdim=True) + LEAST).sqrt()
