"""Arrays by seed, source and target, checked."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relations.errors import RelationsError
from relations.statistics.intervals import Matrix


def samples(by_seed: ArrayLike, size: int) -> Matrix:
    """Changes by seed as a read-only [S, T, T] array with an empty diagonal.

    Raises:
        RelationsError: The shape is another, or a ratio of scores has no log.
    """
    array = np.array(by_seed, dtype=np.float64)
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or array.shape[1:] != (size, size):
        raise RelationsError(
            f"`by_seed` must have the shape [seeds, {size}, {size}] or [{size}, {size}] for "
            f"{size} tasks, got {list(np.shape(by_seed))}."
        )
    array[:, np.arange(size), np.arange(size)] = np.nan
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
