"""The loss of attributes: binary cross-entropy in which what is rare counts more."""

import torch
from torch import Tensor
from torch.nn import functional as F


def weighted_cross_entropy(logits: Tensor, labels: Tensor, share: Tensor) -> Tensor:
    """Binary cross-entropy, weighted by exp(1 - share) for who has it and exp(share) for others.

    The weights are between 1 and e: of an attribute that one person in a hundred has, the positives
    count nearly e times as much as the negatives.

    Args:
        logits: [N, attributes].
        labels: [N, attributes] of 0 and 1.
        share: [attributes] share of the training samples that have each attribute, 0..1.

    Returns:
        The mean over samples and attributes; 0.69 times the mean weight for logits of 0.

    Source: Jia et al., "Rethinking of Pedestrian Attribute Recognition", sec. 4, with the mean over
    attributes instead of the sum (our choice, so that it does not grow with their number).

    Example:
        >>> weighted_cross_entropy(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), torch.ones(2) / 2)
        tensor(1.1428)
    """
    weights = torch.where(labels > 0, 1 - share, share).exp()
    return F.binary_cross_entropy_with_logits(logits, labels, weight=weights)
