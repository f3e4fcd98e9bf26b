"""The loss of parsing: cross-entropy a pixel."""

from torch import Tensor
from torch.nn import functional as F

IGNORED = 255
"""The label of pixels that do not count."""


def pixel_cross_entropy(maps: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy a pixel, the maps stretched to the labels' size.

    Args:
        maps: [N, classes, h, w] logits.
        labels: [N, H, W] in 0..classes-1, or 255 for pixels that do not count.

    Returns:
        The mean over pixels that count; 0 if there is none.

    Source: Long et al., "Fully Convolutional Networks for Semantic Segmentation", sec. 4.

    Example:
        >>> import torch
        >>> labels = torch.tensor([[[0, 255], [255, 255]]])
        >>> pixel_cross_entropy(torch.zeros(1, 20, 1, 1), labels)
        tensor(2.9957)
    """
    size = (labels.shape[1], labels.shape[2])
    stretched = F.interpolate(maps, size, mode="bilinear", align_corners=False)
    total = F.cross_entropy(stretched, labels.long(), ignore_index=IGNORED, reduction="sum")
    return total / (labels != IGNORED).sum().clamp(min=1)
