"""A head that tells who a person is: identities while it learns, an embedding to search by."""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.tasksets.parts.heads.neck import Norm, neck, pooled


class ReidOutput(NamedTuple):
    """What the losses of re-identification need.

    Attributes:
        logits: [N, identities] of the training identities, for the cross-entropy.
        features: [N, channels] before the neck, for the triplet loss.
    """

    logits: Tensor
    features: Tensor


class ReidHead(nn.Module):
    """Global average pooling, a neck, a classifier of the training identities without bias.

    The triplet loss compares features before the neck by their distance, the classifier sees them
    after it; so each has the space that suits it. In evaluation the classifier is not used.

    Source: Luo et al., "Bag of Tricks and a Strong Baseline for Deep Person Re-identification",
    sec. 3.6 (BNNeck): a neck whose shift stays 0, and a classifier drawn with deviation 0.001.
    norm="group" is our choice for those who want no statistics of the batch anywhere.

    Args:
        channels: Of the trunk's feature map; also the size of the embedding.
        identities: Number of training identities.
        norm: Of the neck, see `gradsplit.tasksets.parts.heads.neck.neck`.

    Raises:
        GradSplitError: `norm` is not known.

    Example:
        >>> import torch
        >>> head = ReidHead(16, 751)
        >>> head(torch.randn(4, 16, 8, 4)).logits.shape
        torch.Size([4, 751])
        >>> head.eval()(torch.randn(4, 16, 8, 4)).shape
        torch.Size([4, 16])
    """

    def __init__(self, channels: int, identities: int, *, norm: Norm = "batch") -> None:
        super().__init__()
        self.neck = neck(norm, channels)
        self.neck.get_parameter("bias").requires_grad_(False)
        self.classifier = nn.Linear(channels, identities, bias=False)
        nn.init.normal_(self.classifier.weight, std=0.001)

    def forward(self, features: Tensor) -> ReidOutput | Tensor:
        """The output for a feature map [N, channels, H, W].

        Returns:
            In training a `ReidOutput`; in evaluation the embedding [N, channels], each row of
            length 1, to be compared by its cosine.
        """
        before = pooled(features)
        after = self.neck(before)
        if self.training:
            return ReidOutput(self.classifier(after), before)
        return F.normalize(after, dim=1)
