"""Intersection over union of label maps, by class and its mean; shares of right pixels."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradsplit.errors import GradSplitError


def mean_iou(
    predicted: ArrayLike, truth: ArrayLike, classes: int, *, ignore: int | None = None
) -> float:
    """mIoU: the mean over classes of intersection over union, over all pixels together.

    Args:
        predicted: Labels in 0..classes-1, of any shape.
        truth: Labels, of the same shape.
        classes: Number of classes, background included. A class that is in neither is left out.
        ignore: A label of the truth that does not count, whatever was predicted there.

    Returns:
        A number in 0..1.

    Raises:
        GradSplitError: The shapes differ, no pixel counts, or a label is out of range.

    Source: Long et al., "Fully Convolutional Networks for Semantic Segmentation", sec. 5.

    Example:
        >>> mean_iou([0, 0, 1, 1], [0, 1, 1, 1], classes=3)
        0.5833333333333333
    """
    by_class = iou_by_class(label_counts(predicted, truth, classes, ignore=ignore))
    return float(np.nanmean(by_class))


def label_counts(
    predicted: ArrayLike, truth: ArrayLike, classes: int, *, ignore: int | None = None
) -> NDArray[np.int64]:
    """How often each label was predicted for each; of several pictures, add them up.

    Args:
        predicted: Labels in 0..classes-1, of any shape.
        truth: Labels, of the same shape.
        classes: Number of classes.
        ignore: A label of the truth that does not count.

    Returns:
        [classes, classes], row = truth, column = predicted.

    Raises:
        GradSplitError: The shapes differ, or a label is out of range.

    Example:
        >>> label_counts([0, 0, 1, 1], [0, 1, 1, 255], classes=2, ignore=255).tolist()
        [[1, 0], [1, 1]]
    """
    guess, right = np.asarray(predicted), np.asarray(truth)
    if guess.shape != right.shape:
        raise GradSplitError(
            f"Expected label maps of one shape, got {guess.shape} and {right.shape}."
        )
    if ignore is not None:
        counted = right != ignore
        guess, right = guess[counted], right[counted]
    if not right.size:
        return np.zeros((classes, classes), np.int64)
    lowest, highest = min(guess.min(), right.min()), max(guess.max(), right.max())
    if lowest < 0 or highest >= classes:
        raise GradSplitError(
            f"Expected labels in 0..{classes - 1}, got labels from {lowest} to {highest}."
        )
    pairs = right.ravel().astype(np.int64) * classes + guess.ravel()
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def iou_by_class(counts: ArrayLike) -> NDArray[np.float64]:
    """Intersection over union of each class.

    Args:
        counts: [classes, classes] of `label_counts`.

    Returns:
        [classes] in 0..1; NaN for a class that is in neither truth nor predictions. Their mean
        without NaN is mIoU.

    Raises:
        GradSplitError: Nothing was counted.

    Example:
        >>> iou_by_class([[1, 0, 0], [1, 1, 0], [0, 0, 0]])
        array([0.5, 0.5, nan])
    """
    table = np.asarray(counts)
    both = np.diag(table)
    either = table.sum(axis=0) + table.sum(axis=1) - both
    if not either.any():
        raise GradSplitError("Expected label maps with pixels that count, got none.")
    return np.where(either > 0, both / np.maximum(either, 1), np.nan)


def pixel_accuracy(counts: ArrayLike) -> float:
    """The share of pixels that have the right label.

    Args:
        counts: [classes, classes] of `label_counts`, of one pixel at least.

    Returns:
        In 0..1.

    Example:
        >>> pixel_accuracy([[2, 1], [0, 1]])
        0.75
    """
    table = np.asarray(counts)
    return float(np.diag(table).sum() / table.sum())


def mean_class_accuracy(counts: ArrayLike) -> float:
    """The mean over classes of the share of a class's pixels that have the right label.

    Args:
        counts: [classes, classes] of `label_counts`, of one pixel at least; a class without pixels
            in the truth is left out.

    Returns:
        In 0..1.

    Source: Long et al., "Fully Convolutional Networks for Semantic Segmentation", sec. 5.

    Example:
        >>> mean_class_accuracy([[3, 1, 0], [0, 2, 2], [0, 0, 0]])
        0.625
    """
    table = np.asarray(counts)
    truth = table.sum(axis=1)
    there = truth > 0
    return float((np.diag(table)[there] / truth[there]).mean())
