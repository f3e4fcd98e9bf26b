"""Writing MATLAB files whose structs and cells nest as MATLAB's own do."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NOTHING: NDArray = np.zeros((0, 0))
"""What MATLAB has where a field was never filled."""


def struct(*rows: Mapping[str, object]) -> NDArray:
    """A struct array [1, rows]; all rows have the same fields.

    Example:
        >>> struct({"x": 1, "y": 2}).dtype.names
        ('x', 'y')
    """
    array = np.empty((1, len(rows)), dtype=[(name, object) for name in rows[0]])
    for place, row in enumerate(rows):
        for name, value in row.items():
            array[0, place][name] = value
    return array


def cells(values: Sequence[object], *, column: bool = False) -> NDArray:
    """A cell array [1, N], or [N, 1] as a column."""
    array = np.empty(len(values), object)
    array[:] = [*values]
    return array.reshape((-1, 1) if column else (1, -1))


def save(path: Path, variables: Mapping[str, object]) -> None:
    """Write a MATLAB file of version 5, compressed as MATLAB does it."""
    from scipy.io import savemat

    savemat(path, dict(variables), do_compression=True, oned_as="row")
