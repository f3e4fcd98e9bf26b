"""Percentage of correct key points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradsplit.errors import GradSplitError


@dataclass(frozen=True)
class KeyPoints:
    """How many key points were found.

    Attributes:
        found: [joints] key points of each joint that are right.
        counts: [joints] key points of each joint that count.
    """

    found: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def by_joint(self) -> NDArray[np.float64]:
        """[joints] share found, in 0..1; NaN for a joint that counts in no image."""
        return np.where(self.counts > 0, self.found / np.maximum(self.counts, 1), np.nan)

    @property
    def mean(self) -> float:
        """Share over all key points that count, in 0..1."""
        return self.mean_over(np.ones(len(self.counts), bool))

    def mean_over(self, joints: ArrayLike) -> float:
        """The share over the key points of some joints.

        Args:
            joints: [joints] booleans: which.

        Returns:
            In 0..1; NaN where no key point of these counts.

        Example:
            >>> found = pck([[[0, 0], [9, 0]]], [[[3, 4], [0, 0]]], [[True, True]], [10.0])
            >>> found.mean, found.mean_over([True, False])
            (0.5, 1.0)
        """
        chosen = np.asarray(joints, bool)
        number = self.counts[chosen].sum()
        return float(self.found[chosen].sum() / number) if number else float("nan")


def pck(
    predicted: ArrayLike,
    truth: ArrayLike,
    labelled: ArrayLike,
    size: ArrayLike,
    *,
    threshold: float = 0.5,
) -> KeyPoints:
    """A key point is right when it is at most `threshold` times the body's size away.

    Args:
        predicted: [N, joints, 2].
        truth: [N, joints, 2], in the same unit.
        labelled: [N, joints] which key points count.
        size: [N] the size of the head (PCKh, threshold 0.5) or of the torso (PCK, 0.2); nan where
            it is not known, and then no key point of the image counts.
        threshold: In sizes.

    Raises:
        GradSplitError: Shapes do not fit, a size is not above 0, or no key point counts.

    Source: Andriluka et al., "2D Human Pose Estimation: New Benchmark and State of the Art
    Analysis", sec. 3; the mean is over key points, as in its evaluation.

    Example:
        >>> pck([[[0, 0], [9, 0]]], [[[3, 4], [0, 0]]], [[True, True]], [10.0]).mean
        0.5
    """
    guess, right = np.asarray(predicted, float), np.asarray(truth, float)
    counts, sizes = np.asarray(labelled, bool), np.asarray(size, float)
    if (
        guess.shape != right.shape
        or guess.shape[2:] != (2,)
        or counts.shape != guess.shape[:2]
        or sizes.shape != guess.shape[:1]
    ):
        raise GradSplitError(
            f"Expected key points [N, joints, 2], labels [N, joints] and sizes [N], got "
            f"{guess.shape}, {right.shape}, {counts.shape} and {sizes.shape}."
        )
    known = ~np.isnan(sizes)
    counts = counts & known[:, None]
    if not (sizes[known] > 0).all() or not counts.any():
        raise GradSplitError(
            "Expected sizes above 0 and at least one labelled key point in an image of known size."
        )
    near = np.linalg.norm(guess - right, axis=-1) <= threshold * sizes[:, None]
    return KeyPoints((near & counts).sum(axis=0), counts.sum(axis=0))
