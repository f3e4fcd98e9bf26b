"""Arrays by seed, source and target, checked."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relations.errors import RelationsError
from relations.statistics.intervals import Matrix


def samples(by_seed: ArrayLike, size: int) -> Matrix:
    """Changes by seed as a read-only [S, T, T] array with an empty diagonal.

    Raises:
        RelationsError: The shape is another, or it holds what is no number or infinite.
    """
    try:
        array = np.array(by_seed, dtype=np.float64)
    except (TypeError, ValueError):
        raise RelationsError("`by_seed` must hold numbers, NaN where nothing is known.") from None
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or array.shape[1:] != (size, size):
        raise RelationsError(
            f"`by_seed` must have the shape [seeds, {size}, {size}] or [{size}, {size}] for "
            f"{size} tasks, got {list(np.shape(by_seed))}."
        )
    array[:, np.arange(size), np.arange(size)] = np.nan
    if np.isinf(array).any():
        raise RelationsError("`by_seed` must be finite: write NaN for a change that is not known.")
    array.setflags(write=False)
    return array


def shaped(
    name: str, values: ArrayLike | None, shape: tuple[int, ...], default: float
) -> NDArray[np.float64]:
    """An array of a shape, filled with the default when not given.

    Raises:
        RelationsError: The shape is another.
    """
    if values is None:
        return np.full(shape, default, dtype=np.float64)
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise RelationsError(
            f"`{name}` must have the shape {list(shape)}, got {list(array.shape)}."
        )
    return array


def scores_alone(scores: ArrayLike | None, size: int) -> Matrix:
    """Single-task scores as a [S, T] array; one line of NaN when not given.

    Raises:
        RelationsError: The shape is neither [T] nor [S, T].
    """
    if scores is None:
        return np.full((1, size), np.nan)
    array = np.array(scores, dtype=np.float64)
    if array.ndim not in (1, 2) or array.shape[-1] != size:
        raise RelationsError(
            f"`baseline` must have the shape [{size}] or [seeds, {size}], got {list(array.shape)}."
        )
    return np.atleast_2d(array) if array.size else np.full((1, size), np.nan)


def check_ratios(by_seed: Matrix, turned: NDArray[np.bool_], tasks: Sequence[str]) -> None:
    """Refuse changes of several seeds that have no log of a ratio, which they are averaged as.

    Args:
        by_seed: [S, T, T] changes, fractions.
        turned: [T] whether change = 1 - ratio of scores.
        tasks: T names.

    Raises:
        RelationsError: A ratio is zero or negative.
    """
    if len(by_seed) < 2:
        return
    with np.errstate(invalid="ignore"):
        impossible = np.where(turned, by_seed >= 1, by_seed <= -1)
    if impossible.any():
        row, source, target = np.argwhere(impossible)[0]
        raise RelationsError(
            f"A change must be above -100 % (below 100 % where `turned`) to be averaged with those "
            f"of other seeds, got {by_seed[row, source, target]:+.0%} for {tasks[source]} -> "
            f"{tasks[target]}. A collapsed run gives no ratio: write NaN, and count it in `failed`."
        )
