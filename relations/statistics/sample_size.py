"""How many seeds an edge of a given size needs, at the noise that was seen."""

from collections.abc import Sequence

import numpy as np

from relations.errors import RelationsError
from relations.seeds import DEFAULT_HARM_THRESHOLD
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.corrections import check_levels
from relations.statistics.intervals import Matrix

MOST_SEEDS = 200
SIZES = (-0.05, -0.03, -0.02, -0.015, -0.005, 0.0, 0.01)


def seeds_needed(
    change: float,
    noise: float,
    *,
    threshold: float = DEFAULT_HARM_THRESHOLD,
    edges: int = 1,
    level: float = 0.95,
    power: float = 0.8,
) -> int | None:
    """Seeds after which an edge is decided with a given probability.

    By the power of the two-sided t test of one edge at the level that Holm's correction begins
    with, alpha / edges.

    Args:
        change: True change of the edge, a fraction.
        noise: Standard deviation of the change of one seed, a fraction.
        threshold: The harm threshold, in (-1, 0].
        edges: Edges that are judged at once, T(T-1).
        level: Confidence level.
        power: Probability to decide the edge, in (0, 1).

    Returns:
        The number of seeds, at least 2; None when 200 are not enough.

    Raises:
        RelationsError: A number is out of range.

    Example:
        >>> seeds_needed(-0.05, 0.01), seeds_needed(-0.05, 0.01, edges=12)
        (3, 5)
    """
    check_levels(threshold, level, "none")
    if not 0 < power < 1 or noise < 0 or edges < 1:
        raise RelationsError(
            "`power` must be in (0, 1), `noise` not negative, `edges` at least 1, got "
            f"{power}, {noise}, {edges}."
        )
    gap = abs(float(np.log1p(change) - np.log1p(threshold)))
    return seeds_for_gap(gap, noise, (1 - level) / edges, power=power)


def seeds_for_gap(gap: float, noise: float, alpha: float, *, power: float = 0.8) -> int | None:
    """Seeds after which a two-sided t test tells a mean from a bound with a given probability.

    Args:
        gap: Distance of the true mean from the bound.
        noise: Standard deviation of one seed, in the same unit, not negative.
        alpha: Level of the test, in (0, 1).
        power: Probability to decide, in (0, 1).

    Returns:
        The number of seeds, at least 2; None when 200 are not enough.

    Example:
        >>> seeds_for_gap(1.0, 1.0, 0.05), seeds_for_gap(0.01, 1.0, 0.05)
        (10, None)
    """
    from scipy.special import nctdtr, stdtrit

    if gap == 0:
        return None
    if noise == 0:
        return 2
    seeds = np.arange(2, MOST_SEEDS + 1)
    reach = stdtrit(seeds - 1, 1 - alpha / 2)
    reached = 1 - nctdtr(seeds - 1, gap / noise * np.sqrt(seeds), reach)
    # Far in the tails nctdtr gives NaN where the power is 1.
    enough = np.flatnonzero(np.where(np.isnan(reached), 1.0, reached) >= power)
    return int(seeds[enough[0]]) if enough.size else None


def noise_seen(changes: ChangeMatrix, threshold: float = DEFAULT_HARM_THRESHOLD) -> Matrix:
    """Standard deviations of one seed's change, one for each edge with two seeds or more.

    Where changes are of several units, in sizes of each target's threshold, which have none.
    """
    noise = changes.scaled_means.noise
    if not changes.relative.all():
        noise = noise / sizes_on_scale(changes, threshold)
    return noise[np.isfinite(noise)]


def sizes_on_scale(changes: ChangeMatrix, threshold: float) -> Matrix:
    """[T] the size of each target's threshold on the scale of `ChangeMatrix.scaled_means`."""
    sizes = np.array([kind.at(threshold).size for kind in changes.kinds])
    return np.abs(changes.on_scale(-sizes))


def sample_size_table(
    changes: ChangeMatrix,
    *,
    threshold: float = DEFAULT_HARM_THRESHOLD,
    level: float = 0.95,
    sizes: Sequence[float] = SIZES,
) -> str:
    """A table for the terminal: seeds needed by an edge's true change, for quiet and noisy edges.

    Args:
        changes: A probe so far, with two seeds or more.
        threshold: The harm threshold of relative changes.
        level: Confidence level, with Holm's correction over all edges.
        sizes: True changes, one a line; where some are not relative, the lines are the same
            multiples of each task's own threshold.

    Raises:
        RelationsError: No edge has two seeds yet, so the noise is unknown.
    """
    noises = noise_seen(changes, threshold)
    if not noises.size:
        raise RelationsError(
            "The noise is unknown until an edge has two seeds. Probe with 2 or more."
        )
    edges = len(changes.tasks) * (len(changes.tasks) - 1)
    quartiles = np.quantile(noises, [0.25, 0.5, 0.75])
    relative = bool(changes.relative.all())
    where = f"threshold {threshold:.1%}" if relative else "in sizes of each task's own threshold"
    unit = ".2%" if relative else ".2f"
    lines = [
        f"seeds that decide an edge with probability 80 % ({where}, "
        f"{level:.0%}, Holm over {edges} edges), by its true change, where one seed "
        "varies by",
        f"{'change':>8}  " + "  ".join(f"{noise:>7{unit}}" for noise in quartiles),
    ]
    for size in sizes:
        multiple = -size / DEFAULT_HARM_THRESHOLD
        cells = [
            seeds_needed(size, float(noise), threshold=threshold, edges=edges, level=level)
            if relative
            else seeds_for_gap(abs(multiple + 1), float(noise), (1 - level) / edges)
            for noise in quartiles
        ]
        texts = [f"> {MOST_SEEDS}" if cell is None else str(cell) for cell in cells]
        change = f"{size:>+8.1%}" if relative else f"{multiple:>+8.1f}"
        lines.append(f"{change}  " + "  ".join(f"{text:>7}" for text in texts))
    return "\n".join(lines)
