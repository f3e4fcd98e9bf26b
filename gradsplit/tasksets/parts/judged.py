"""What a metric of human image analysis found, as the judged score of a task with its side scores.

One rule for every task set that has the task, so that equal names mean equal numbers.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.metrics import (
    KeyPoints,
    Retrieval,
    accuracy_by_attribute,
    iou_by_class,
    mean_accuracy,
    mean_class_accuracy,
    pixel_accuracy,
)
from gradsplit.training.score_with_side import ScoreWithSide, by_name

RANKS = (1, 5, 10)
"""Of re-identification, as its papers have them."""
NOT_IN_MEAN = ("pelvis", "thorax")
"""Joints that the mean of PCKh leaves out: papers give none of the two. Source: the evaluation of
Sun et al., "Deep High-Resolution Representation Learning for Human Pose Estimation", on MPII, and
of those after it, which mask joints 6 and 7 of 16."""


def attributes_judged(
    predicted: ArrayLike, truth: ArrayLike, names: Sequence[str]
) -> ScoreWithSide:
    """MA, with the mean of true positive and true negative rate of each attribute.

    Args:
        predicted: [N, attributes] booleans.
        truth: [N, attributes] booleans.
        names: Of the attributes.

    Raises:
        GradSplitError: The shapes differ, or no attribute varies.

    Example:
        >>> attributes_judged([[True], [True], [False]], [[True], [False], [False]], ["hat"]).side
        {'hat': 0.75}
    """
    of_each = accuracy_by_attribute(predicted, truth)
    return ScoreWithSide(mean_accuracy(predicted, truth), by_name(names, of_each.tolist()))


def retrieval_judged(found: Retrieval) -> ScoreWithSide:
    """MAP, with Rank-1, Rank-5 and Rank-10."""
    ranks = {f"rank-{k}": found.rank(k) for k in RANKS}
    return ScoreWithSide(found.mean_average_precision, ranks)


def key_points_judged(found: KeyPoints, names: Sequence[str]) -> ScoreWithSide:
    """PCKh over all joints but pelvis and thorax, with that of each joint and both means by name.

    Args:
        found: Of joints.
        names: Of the joints. Where none of the two is among them, there is one mean and no name.

    Raises:
        GradSplitError: No key point of the other joints counts.

    Example:
        >>> found = KeyPoints(found=np.array([2, 1]), counts=np.array([2, 2]))
        >>> key_points_judged(found, ["pelvis", "neck"])
        0.5
    """
    counted = np.array([name not in NOT_IN_MEAN for name in names], bool)
    judged = found.mean_over(counted)
    if np.isnan(judged):
        raise GradSplitError(
            f"Expected a labelled key point besides {' and '.join(NOT_IN_MEAN)}, which the mean "
            "leaves out; got none."
        )
    side = by_name(names, found.by_joint.tolist())
    if not counted.all():
        left_out = " and ".join(NOT_IN_MEAN)
        side |= {f"mean without {left_out}": judged, f"mean with {left_out}": found.mean}
    return ScoreWithSide(judged, side)


def parts_judged(counts: NDArray[np.int64], names: Sequence[str]) -> ScoreWithSide:
    """MIoU, with the IoU of each class, the share of right pixels and its mean over classes.

    Args:
        counts: [classes, classes] of `label_counts`.
        names: Of the classes.

    Raises:
        GradSplitError: Nothing was counted.
    """
    by_class = iou_by_class(counts)
    side = by_name(names, by_class.tolist())
    side |= {"pixel accuracy": pixel_accuracy(counts)}
    side |= {"mean class accuracy": mean_class_accuracy(counts)}
    return ScoreWithSide(float(np.nanmean(by_class)), side)
