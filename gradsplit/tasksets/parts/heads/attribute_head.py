"""A head that says what a person has and wears."""

from torch import Tensor, nn

from gradsplit.tasksets.parts.heads.neck import Norm, neck, pooled


class AttributeHead(nn.Module):
    """Global average pooling, a normalisation, one linear layer: a logit an attribute.

    Source: the linear head of Jia et al., "Rethinking of Pedestrian Attribute Recognition", sec. 4,
    which normalises the logits; that the features are normalised instead is our choice.

    Args:
        channels: Of the trunk's feature map.
        attributes: Number of attributes.
        norm: See `gradsplit.tasksets.parts.heads.neck.neck`.

    Raises:
        GradSplitError: `norm` is not known.

    Example:
        >>> import torch
        >>> AttributeHead(16, 27)(torch.zeros(3, 16, 8, 4)).shape
        torch.Size([3, 27])
    """

    def __init__(self, channels: int, attributes: int, *, norm: Norm = "batch") -> None:
        super().__init__()
        self.norm = neck(norm, channels)
        self.linear = nn.Linear(channels, attributes)

    def forward(self, features: Tensor) -> Tensor:
        """[N, channels, H, W] -> [N, attributes] logits."""
        return self.linear(self.norm(pooled(features)))
