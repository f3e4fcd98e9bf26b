"""Loss weights relative to each other: their common scale is fixed, and moves are factors."""

import math
from collections.abc import Mapping

Weights = Mapping[str, float]
"""Task -> loss weight. Of all tasks, or none: then all are 1."""


def normalised(weights: Weights) -> dict[str, float]:
    """The same weights with a sum of the number of tasks, to three digits; none if all are 1.

    Adam's steps do not depend on the scale of a gradient, so weights with a factor in common are
    the same training, and must be the same weights here. With SGD such a factor is one on the
    learning rate; with this sum it is that of multi-head training, the mean loss weight of 1.
    Three digits, so that what is printed is what was trained.

    Example:
        >>> normalised({"pose": 0.3, "reid": 0.1}), normalised({"pose": 30, "reid": 10})
        ({'pose': 1.5, 'reid': 0.5}, {'pose': 1.5, 'reid': 0.5})
    """
    scale = len(weights) / sum(weights.values())
    rounded = {task: float(f"{weight * scale:.3g}") for task, weight in weights.items()}
    return {} if all(weight == 1 for weight in rounded.values()) else rounded


def loudness_undone(loudness: Weights) -> dict[str, float] | None:
    """The weights with which every task is equally loud; None if one of them is not heard at all.

    Example:
        >>> loudness_undone({"pose": 0.2, "reid": 0.6})
        {'pose': 1.5, 'reid': 0.5}
    """
    if not all(0 < value < math.inf for value in loudness.values()):
        return None
    return normalised({task: 1 / value for task, value in loudness.items()})


def turned_up(weights: Weights, task: str, factor: float) -> dict[str, float]:
    """One task's weight times a factor, relative to all others.

    Example:
        >>> turned_up({"pose": 1.0, "reid": 1.0}, "pose", 3.0)
        {'pose': 1.5, 'reid': 0.5}
    """
    return normalised({**weights, task: weights[task] * factor})


def uphill(weights: Weights, gains: Weights, factor: float) -> dict[str, float]:
    """All weights moved at once, each by as much as turning it up was better than the average.

    Args:
        weights: From where.
        gains: What each task turned up alone gained; minus infinity where that diverged.
        factor: On the weight that moves most.

    Example:
        >>> uphill({"loud": 1.0, "pose": 1.0, "reid": 1.0},
        ...        {"loud": -0.5, "pose": 0.1, "reid": 0.1}, 4.0)
        {'loud': 0.176, 'pose': 1.41, 'reid': 1.41}
    """
    worst = min(gain for gain in gains.values() if gain > -math.inf)
    finite = {task: max(gain, worst) for task, gain in gains.items()}
    mean = sum(finite.values()) / len(finite)
    most = max(abs(gain - mean) for gain in finite.values())
    if most == 0:
        return normalised(weights)
    return normalised(
        {task: weights[task] * factor ** ((finite[task] - mean) / most) for task in weights}
    )
