"""Mean intersection over union of label maps."""

import numpy as np
from numpy.typing import ArrayLike

from gradsplit.errors import GradSplitError


def mean_iou(predicted: ArrayLike, truth: ArrayLike, classes: int) -> float:
    """mIoU: the mean over classes of intersection over union, over all pixels together.

    Args:
        predicted: Labels in 0..classes-1, of any shape.
        truth: Labels, of the same shape.
        classes: Number of classes, background included. A class that is in neither is left out.

    Returns:
        A number in 0..1.

    Raises:
        GradSplitError: The shapes differ, there is no pixel, or a label is out of range.

    Source: Long et al., "Fully Convolutional Networks for Semantic Segmentation", sec. 5.

    Example:
        >>> mean_iou([0, 0, 1, 1], [0, 1, 1, 1], classes=3)
        0.5833333333333333
    """
    guess, right = np.asarray(predicted), np.asarray(truth)
    if guess.shape != right.shape or guess.size == 0:
        raise GradSplitError(
            f"Expected label maps of one shape with pixels, got {guess.shape} and {right.shape}."
        )
    lowest = min(guess.min(), right.min())
    highest = max(guess.max(), right.max())
    if lowest < 0 or highest >= classes:
        raise GradSplitError(
            f"Expected labels in 0..{classes - 1}, got labels from {lowest} to {highest}."
        )
    pairs = right.ravel().astype(np.int64) * classes + guess.ravel()
    table = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    both = np.diag(table)
    either = table.sum(axis=0) + table.sum(axis=1) - both
    return float((both[either > 0] / either[either > 0]).mean())
