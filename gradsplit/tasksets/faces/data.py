"""The photographs of the faces task set: reading their file and saying what is wrong with it."""

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradsplit.errors import TaskSetError, all_problems, argument

SOURCE = (
    "The photographs are CMU Face Images (Tom Mitchell, 1999; UCI Machine Learning Repository, "
    "https://doi.org/10.24432/C5JC79, CC BY 4.0), stacked into one npz file; "
    "docs/faces.md says how."
)
LABELS = ("identity", "pose", "expression", "eyes")


@dataclass(frozen=True, eq=False)
class Photographs:
    """Grey photographs with four labels each.

    Attributes:
        image: uint8 [N, height, width].
        labels: int64 [N] for each of `LABELS`: the index into `classes`.
        classes: The sorted class names of each of `LABELS`.
        digest: Names the content of the file, wherever it lies and however it is packed.
    """

    image: np.ndarray
    labels: Mapping[str, np.ndarray]
    classes: Mapping[str, tuple[str, ...]]
    digest: str


@functools.lru_cache(maxsize=4)
def read_photographs(path: Path) -> Photographs:
    """Read the npz file of the photographs; once a process for each path.

    Args:
        path: An npz file with `image` uint8 [N, height, width] and the string arrays `identity`,
            `pose`, `expression`, `eyes` [N].

    Raises:
        TaskSetError: The file is missing, is no npz file, or its arrays are not as described; all
            problems at once, with where the photographs come from.
    """
    if not path.is_file():
        raise TaskSetError(
            f"There is no file `{path}`. {SOURCE} Give its path as {argument('data')}."
        )
    arrays = _arrays(path)
    problems = _problems(arrays)
    if problems:
        problems.append(SOURCE)
        raise TaskSetError(all_problems(f"`{path}` is not a file of face photographs", problems))
    labels, classes = {}, {}
    for name in LABELS:
        found, index = np.unique(arrays[name], return_inverse=True)
        classes[name] = tuple(map(str, found))
        labels[name] = index.astype(np.int64)
    return Photographs(arrays["image"], labels, classes, _digest(arrays))


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    """A name of the content, however it was packed."""
    digest = hashlib.sha256()
    for name in ("image", *LABELS):
        array = arrays[name]
        digest.update(f"{name} {array.shape} ".encode())
        digest.update(array.tobytes() if name == "image" else _bytes(array))
    return digest.hexdigest()[:16]


def _bytes(texts: np.ndarray) -> bytes:
    """Texts as bytes; numpy's may hold halves of characters."""
    return "\n".join(texts).encode("utf-8", "surrogatepass")


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an npz file, without unpickling anything."""
    try:
        # Opened here: numpy leaves the file open when it is no sound archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    # An npy file is an array, no archive of them; a broken file fails in numpy, zipfile or zlib, in
    # one of many ways, and one that says that it is large may need more memory than there is.
    except Exception as error:
        raise TaskSetError(
            f"`{path}` cannot be read as an npz file without pickles ({error}). {SOURCE}"
        ) from error


def _problems(arrays: Mapping[str, np.ndarray]) -> list[str]:
    """What keeps these arrays from being the photographs, one sentence each."""
    missing = [name for name in ("image", *LABELS) if name not in arrays]
    if missing:
        return [
            f"expected the arrays image, {', '.join(LABELS)}; "
            f"missing {', '.join(missing)}, found {', '.join(sorted(arrays)) or 'none'}."
        ]
    image = arrays["image"]
    problems = []
    if image.dtype != np.uint8 or image.ndim != 3 or 0 in image.shape:
        problems.append(
            f"`image` must be uint8 [N, height, width] and not empty, "
            f"got {image.dtype} {list(image.shape)}."
        )
    for name in LABELS:
        problems += _label_problems(name, arrays[name], len(image) if image.ndim else 0)
    return problems


def _label_problems(name: str, label: np.ndarray, photographs: int) -> list[str]:
    """What is wrong with one label array."""
    if label.dtype.kind != "U" or label.ndim != 1:
        return [f"`{name}` must be strings [N], got {label.dtype} {list(label.shape)}."]
    problems = []
    if len(label) != photographs:
        problems.append(
            f"`{name}` must have one entry a photograph, got {len(label)} for {photographs}."
        )
    classes = sorted(set(label.tolist()))
    if len(classes) < 2:
        problems.append(f"`{name}` must have at least two classes, got {classes}.")
    return problems
