"""Reading MATLAB files: structs, cells and texts as scipy gives them.

scipy gives a struct as an array [1, 1] with named fields, a cell as an array of objects, a text as
an array of one string and a number as an array [1, 1]; an empty thing has no elements at all.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import TaskSetError


def load_mat(path: Path, wanted: Sequence[str]) -> dict[str, NDArray]:
    """Read variables of a MATLAB file.

    Args:
        path: A file of version 4 to 7.2, as all the data sets here come in.
        wanted: Names of variables that must be there.

    Raises:
        TaskSetError: The file is missing, damaged, of version 7.3, or lacks a variable.
    """
    # Half a second, and only needed when such a file is read.
    from scipy.io import loadmat

    if not path.is_file():
        raise TaskSetError(f"There is no file `{path}`.")
    try:
        with path.open("rb") as file:
            found = loadmat(file)
    except NotImplementedError as error:
        raise TaskSetError(
            f"`{path}` is a MATLAB file of version 7.3, which the data set's own is not; "
            "save it again in MATLAB with `save -v7`."
        ) from error
    # A damaged file fails in a dozen ways inside scipy: zlib, struct, index and type errors.
    except Exception as error:
        raise TaskSetError(
            f"`{path}` cannot be read as a MATLAB file ({type(error).__name__}: {error}). "
            "It may be damaged or half downloaded; get it again."
        ) from error
    missing = [name for name in wanted if name not in found]
    if missing:
        there = ", ".join(name for name in found if not name.startswith("__"))
        raise TaskSetError(
            f"`{path}` has no variable {', '.join(missing)}; it has {there or 'none'}."
        )
    return {name: found[name] for name in wanted}


def record(value: object) -> np.void | None:
    """The one record of a struct [1, 1], out of any cells around it; None when it is empty."""
    while isinstance(value, np.ndarray) and value.size:
        value = value.reshape(-1)[0]
    return value if isinstance(value, np.void) and value.dtype.names else None


def member(struct: np.void, name: str) -> NDArray | None:
    """A field of a record; None when the record has no such field or it is empty."""
    if name not in (struct.dtype.names or ()):
        return None
    value = np.asarray(struct[name])
    return value if value.size else None


def number(value: object) -> float | None:
    """A number out of the arrays and cells around it; digits in a text are one too.

    Example:
        >>> number(np.array([[7]])), number(np.array(["1"])), number(np.zeros((0, 0)))
        (7.0, 1.0, None)
    """
    while isinstance(value, np.ndarray) and value.size:
        value = value.reshape(-1)[0]
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def numbers(cells: NDArray) -> list[float]:
    """`number` of each cell of an array, row after row; nan where there is none."""
    found = []
    for cell in cells.reshape(-1):
        # The usual case, an array of one number, five times as fast as looking into all others.
        plain = isinstance(cell, np.ndarray) and cell.size == 1 and cell.dtype.kind in "uif"
        value = cell.item() if plain else number(cell)
        found.append(float("nan") if value is None else float(value))
    return found


def text(value: object) -> str:
    """A text out of the arrays and cells around it; empty when there is none.

    Example:
        >>> text(np.array([np.array(["0002"])], dtype=object))
        '0002'
    """
    while isinstance(value, np.ndarray) and value.size:
        value = value.reshape(-1)[0]
    return value if isinstance(value, str) else ""


def texts(cells: NDArray) -> tuple[str, ...]:
    """The texts of a cell array, row after row."""
    return tuple(text(cell) for cell in cells.reshape(-1))
