"""Loss curves of a run: how its training went, in few enough points to keep for every run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

POINTS = 200
"""Most points of a curve."""
_FIGURES = 5


@dataclass(frozen=True)
class LossCurve:
    """The training loss of one task, as means over stretches of steps.

    Attributes:
        steps: Steps that had a loss of the task.
        every: Steps in a stretch; the last one may be shorter.
        means: The mean loss of each stretch, five figures; at most 200.

    Example:
        >>> curve = LossCurve.of([4.0, 2.0, 1.0], points=2)
        >>> curve.means, curve.ends
        ((3.0, 1.0), (2, 3))
    """

    steps: int
    every: int
    means: tuple[float, ...]

    @classmethod
    def of(cls, losses: Sequence[float], points: int = POINTS) -> Self:
        """The curve of a task's losses.

        Args:
            losses: One for each step that had one, in their order.
            points: Most points.
        """
        every = max(1, math.ceil(len(losses) / points))
        stretches = [losses[first : first + every] for first in range(0, len(losses), every)]
        means = (math.fsum(some) / len(some) for some in stretches)
        return cls(len(losses), every, tuple(float(f"{mean:.{_FIGURES}g}") for mean in means))

    @property
    def ends(self) -> tuple[int, ...]:
        """The last step of each stretch, from 1: where its point belongs."""
        return tuple(min((place + 1) * self.every, self.steps) for place in range(len(self.means)))
