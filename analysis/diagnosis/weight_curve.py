"""What a target loses beside a source, by the weight of the source's loss."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relations.change_kinds import RELATIVE, ChangeKind
from relations.statistics.corrections import corrected_interval
from relations.statistics.intervals import means_over_seeds
from relations.statistics.scales import to_changes, to_scale
from relations.tables.json_text import json_value

WEAK, STRONG, OPEN = "weak", "strong", "undecided"
"""Kinds of negative transfer. Source of the words: "ForkMerge: Mitigating Negative Transfer in
Auxiliary-Task Learning", NeurIPS 2023."""

_SAID = {
    WEAK: "weak negative transfer (harmless or helpful at some weight)",
    STRONG: "strong negative transfer (harmful at every weight tried)",
    OPEN: "weak or strong negative transfer is undecided",
}


@dataclass(frozen=True)
class WeightCurve:
    """Changes of a target's score against alone, one a weight of the source's loss.

    Attributes:
        weights: Factors of the source's loss, ascending; 1 is the pair as it was.
        changes: Mean change at each, a fraction or in the unit of its kind.
        lower: Lower ends of their intervals, NaN where seeds show no spread.
        upper: Upper ends.
        transfer: `WEAK`, `STRONG` or `OPEN`, read from these intervals and the threshold.
        kind: How changes are measured.
    """

    weights: tuple[float, ...]
    changes: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    transfer: str
    kind: ChangeKind

    def __str__(self) -> str:
        points = zip(self.weights, self.changes, self.lower, self.upper, strict=True)
        text = "; ".join(
            f"{weight:g}: {self._number(change)} ({self._number(low)} to {self._number(high)})"
            for weight, change, low, high in points
        )
        return f"by weight of the source's loss [{self.kind.short}]: {text}: {_SAID[self.transfer]}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; what is not known is None."""
        ends = {
            name: [json_value(value) for value in getattr(self, name)]
            for name in ("changes", "lower", "upper")
        }
        return {"weights": list(self.weights), **ends, "transfer": self.transfer}

    def _number(self, change: float) -> str:
        return "-" if change != change else self.kind.number(change, 1)


def weight_curve(
    weights: Sequence[float],
    changes: Sequence[NDArray[np.float64]],
    kind: ChangeKind,
    *,
    turned: bool = False,
    level: float = 0.95,
) -> WeightCurve:
    """The curve from changes of every seed.

    Weak is where at some weight the whole interval lies above the threshold, strong where at every
    weight it lies below; the intervals are t intervals over seeds, corrected by Holm for the number
    of weights.

    Args:
        weights: Of the source's loss.
        changes: [S] at each weight: log ratios where the kind is relative, else differences.
        kind: How changes are measured, with its threshold.
        turned: Whether a better target has a smaller score, so that its change is 1 - ratio.
        level: Confidence level of all weights together.

    Example:
        >>> at_weights = [np.array([0.01, 0.012, 0.011]), np.array([-0.2, -0.22, -0.21])]
        >>> weight_curve((0.1, 1.0), at_weights, ChangeKind(threshold=-0.01)).transfer
        'weak'
    """
    relative = kind.name == RELATIVE
    bound = float(to_scale(kind.threshold or 0.0, np.array(turned), relative))
    means = means_over_seeds(np.stack(changes, axis=1)[:, :, None])
    low, high, _ = corrected_interval(means, bound, 1 - level, "holm")
    transfer = OPEN
    if (low > bound).any():
        transfer = WEAK
    elif (high < bound).all():
        transfer = STRONG
    mean, lower, upper = (
        tuple(to_changes(ends[:, 0], np.array(turned), relative).tolist())
        for ends in (means.mean, low, high)
    )
    return WeightCurve(tuple(weights), mean, lower, upper, transfer, kind)
