"""The losses of re-identification: which identity it is, and who is more alike than whom."""

import torch
from torch import Tensor
from torch.nn import functional as F

from gradsplit.tasksets.parts.heads import ReidOutput


def reid_loss(
    output: ReidOutput, identities: Tensor, *, smoothing: float = 0.1, margin: float = 0.3
) -> Tensor:
    """Cross-entropy of the logits with smoothed labels plus the triplet loss of the features.

    Args:
        output: What a `ReidHead` gives in training.
        identities: [N] numbers in 0..identities-1; several pictures of each in a batch.
        smoothing: Share of the label that is spread over all identities.
        margin: See `batch_hard_triplet`.

    Source: Luo et al., "Bag of Tricks and a Strong Baseline for Deep Person Re-identification",
    sec. 3; both count the same, smoothing and margin are theirs.
    """
    chosen = F.cross_entropy(output.logits, identities, label_smoothing=smoothing)
    return chosen + batch_hard_triplet(output.features, identities, margin=margin)


def batch_hard_triplet(features: Tensor, identities: Tensor, *, margin: float = 0.3) -> Tensor:
    """The farthest picture of the same identity must be nearer than the nearest of another.

    Args:
        features: [N, D].
        identities: [N] numbers.
        margin: By how much, in Euclidean distance.

    Returns:
        The mean of max(0, margin + farthest - nearest) over the pictures that have another of the
        same identity and one of another in the batch; 0 if there is none.

    Source: Hermans et al., "In Defense of the Triplet Loss for Person Re-Identification", eq. 5.
    Cost: the N x N distances.

    Example:
        >>> features = torch.tensor([[0.0], [1.0], [3.0], [3.5]])
        >>> batch_hard_triplet(features, torch.tensor([0, 0, 1, 1]), margin=1.5)
        tensor(0.1250)
    """
    # Not by the matrix product: it rounds the distances of features that are nearly the same.
    apart = torch.cdist(features, features, compute_mode="donot_use_mm_for_euclid_dist")
    same = identities[:, None] == identities
    farthest = torch.where(same, apart, 0).amax(dim=1)
    nearest = torch.where(same, torch.inf, apart).amin(dim=1)
    judged = (same.sum(dim=1) > 1) & ~same.all(dim=1)
    # Without another identity the nearest is infinite, and the difference must not be formed.
    short = margin + farthest - torch.where(judged, nearest, 0)
    return torch.where(judged, F.relu(short), 0).sum() / judged.sum().clamp(min=1)
