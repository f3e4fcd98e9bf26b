"""Does a change still move between two ways of training, such as two step counts?

Training that stops too early makes changes that more seeds only make more certain: it is a bias,
not noise. What still moves when the number of steps is doubled was read too early.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relations.change_kinds import ChangeKind
from relations.errors import RelationsError
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.corrections import Correction, check_levels, corrected_interval
from relations.statistics.intervals import Matrix, means_over_seeds
from relations.statistics.resolution import smallest_steps
from relations.tasks import positions


@dataclass(frozen=True)
class Movement:
    """How the changes differ between two probes of the same tasks and seeds; arrays [T, T].

    Attributes:
        tasks: Names of the tasks.
        first: Mean changes of the first probe, fractions.
        second: Mean changes of the second probe, fractions.
        mean: By which factor minus 1 the ratio of scores has moved, a fraction, positive = better;
            of absolute and standardised changes by how much they have moved, in their unit.
        lower: Lower ends of its intervals, corrected for the number of edges.
        upper: Upper ends.
        n: Seeds that both have.
        kinds: How each target's change is measured.
    """

    tasks: tuple[str, ...]
    first: Matrix
    second: Matrix
    mean: Matrix
    lower: Matrix
    upper: Matrix
    n: NDArray[np.int64]
    kinds: tuple[ChangeKind, ...]

    def moved(self) -> list[tuple[str, str]]:
        """Edges (source, target) whose whole interval is on one side of no movement."""
        beyond = (self.lower > 0) | (self.upper < 0)
        return [(self.tasks[row], self.tasks[column]) for row, column in np.argwhere(beyond)]

    def __str__(self) -> str:
        moved = self.moved()
        if not moved:
            known = int((self.n > 1).sum())
            return (
                f"No change has decidedly moved between the two ({known} edges could be compared)."
            )
        lines = [f"{len(moved)} changes still move between the two; train longer before use:"]
        position = positions(self.tasks)
        for source, target in moved:
            edge = position[source], position[target]
            text = self.kinds[edge[1]].text
            lines.append(
                f"{source} -> {target}: {text(self.first[edge])} to {text(self.second[edge])}, a "
                f"movement of {text(self.mean[edge])} [{text(self.lower[edge])}, "
                f"{text(self.upper[edge])}]"
            )
        return "\n".join(lines)


def movement(
    first: ChangeMatrix,
    second: ChangeMatrix,
    *,
    level: float = 0.95,
    correction: Correction = "holm",
) -> Movement:
    """Compare two probes of the same tasks, paired by seed.

    Args:
        first: Changes at the smaller number of steps.
        second: Changes at the larger one.
        level: Confidence level of the intervals, in (0, 1).
        correction: How the number of edges is accounted for.

    Raises:
        RelationsError: The tasks differ or are measured in other ways, or no seed is in both.
    """
    check_levels(0.0, level, correction)
    if first.tasks != second.tasks:
        raise RelationsError(
            f"Both probes must have the same tasks, got {', '.join(first.tasks)} and "
            f"{', '.join(second.tasks)}."
        )
    if any(kind.name != later.name for kind, later in zip(first.kinds, second.kinds, strict=True)):
        raise RelationsError(
            "Both probes must measure their changes in the same way; give both the same kinds "
            "(relative, absolute, standardised)."
        )
    common = [seed for seed in first.seeds if seed in second.seeds]
    if not common:
        raise RelationsError(
            f"The probes have no seed in common ({list(first.seeds)} and {list(second.seeds)}), so "
            "they cannot be paired. Train both with the same seeds."
        )
    # Of standardised changes both in the spread of the second probe, which is one unit.
    before = _of(first, common) * _spread_ratios(first, second)
    moved = second.on_scale(_of(second, common)) - first.on_scale(before)
    means = means_over_seeds(moved, resolution=smallest_steps(np.concatenate(moved)))
    lower, upper, _ = corrected_interval(means, 0.0, 1 - level, correction)

    def back(moved: Matrix) -> Matrix:
        return np.where(second.relative, np.expm1(moved), moved)

    return Movement(
        first.tasks,
        first.mean * _spread_ratios(first, second),
        second.mean,
        back(means.mean),
        back(lower),
        back(upper),
        means.n,
        second.kinds,
    )


def _spread_ratios(first: ChangeMatrix, second: ChangeMatrix) -> Matrix:
    """[T] what turns changes of the first probe into units of the second one."""
    return np.array(
        [
            (kind.spread or 1.0) / (later.spread or 1.0)
            for kind, later in zip(first.kinds, second.kinds, strict=True)
        ]
    )


def _of(changes: ChangeMatrix, seeds: list[int]) -> Matrix:
    """[S, T, T] changes of some seeds; NaN of edges that lost others, which may be the worst."""
    own = changes.by_seed[[changes.seeds.index(seed) for seed in seeds]]
    return np.where(changes.known, own, np.nan)
