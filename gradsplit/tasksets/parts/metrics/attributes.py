"""Mean accuracy of attributes, and of each."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradsplit.errors import GradSplitError


def mean_accuracy(predicted: ArrayLike, truth: ArrayLike) -> float:
    """mA: the mean over attributes of the mean of true positive and true negative rate.

    Args:
        predicted: [N, attributes] booleans.
        truth: [N, attributes] booleans. An attribute that all or none of the samples have has only
            one of the two rates and is left out.

    Returns:
        A number in 0..1; 0.5 is chance whatever the attributes' frequencies.

    Raises:
        GradSplitError: The shapes differ, or no attribute varies.

    Source: Li et al., "A Richly Annotated Dataset for Pedestrian Attribute Recognition", sec. 4.1.

    Example:
        >>> mean_accuracy([[True], [True], [False]], [[True], [False], [False]])
        0.75
    """
    of_each = accuracy_by_attribute(predicted, truth)
    varied = ~np.isnan(of_each)
    if not varied.any():
        raise GradSplitError("Expected an attribute that some samples have and some have not.")
    return float(of_each[varied].mean())


def accuracy_by_attribute(predicted: ArrayLike, truth: ArrayLike) -> NDArray[np.float64]:
    """The mean of true positive and true negative rate of each attribute; their mean is mA.

    Args:
        predicted: [N, attributes] booleans.
        truth: [N, attributes] booleans.

    Returns:
        [attributes] in 0..1; NaN for an attribute that all or none of the samples have.

    Raises:
        GradSplitError: The shapes differ.

    Example:
        >>> accuracy_by_attribute([[True, True], [True, False]], [[True, True], [False, True]])
        array([0.5, nan])
    """
    guess, right = np.asarray(predicted, bool), np.asarray(truth, bool)
    if guess.shape != right.shape or guess.ndim != 2:
        raise GradSplitError(
            f"Expected predictions and truth of one shape [N, attributes], got {guess.shape} and "
            f"{right.shape}."
        )
    positives, negatives = right.sum(axis=0), (~right).sum(axis=0)
    varied = (positives > 0) & (negatives > 0)
    of_each = np.full(right.shape[1], np.nan)
    hits = (guess & right).sum(axis=0)[varied] / positives[varied]
    rejections = (~guess & ~right).sum(axis=0)[varied] / negatives[varied]
    of_each[varied] = (hits + rejections) / 2
    return of_each
