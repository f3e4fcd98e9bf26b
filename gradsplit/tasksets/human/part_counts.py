"""Part maps of an input judged at the pixels of the picture, as fast as pictures are loaded.

Two thirds of the time of a score were spent on waiting for memory: maps of twenty classes at every
pixel of a picture are seven megabytes. Here they are made and used a few rows at a time.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradsplit.errors import GradSplitError, TaskSetError
from gradsplit.tasksets.human import augment
from gradsplit.tasksets.human.crops import Place, Size, opened
from gradsplit.tasksets.human.records import IGNORED
from gradsplit.tasksets.parts.metrics import label_counts

# Rows at once: twenty classes of them stay in the cache of a core.
_ROWS = 16


def part_counts(
    maps: Tensor, labels: Path, size: Size, kept: NDArray[np.intp] | None = None
) -> NDArray[np.int64]:
    """How often each class was predicted for each, over the labelled pixels of a picture.

    Args:
        maps: [classes, h, w] of an input.
        labels: The picture of its classes.
        size: Height and width of the input.
        kept: Of each map the class in the picture, ascending; pixels of other classes do not count.
            All in order when None.

    Returns:
        [classes, classes] as `gradsplit.tasksets.parts.metrics.label_counts` has it.

    Raises:
        TaskSetError: The labels cannot be read, or are none of these classes; names the file.
    """
    with opened(labels) as file:
        truth = np.asarray(file)
    if kept is not None:
        number = np.full(256, IGNORED, np.uint8)
        number[kept] = np.arange(len(kept))
        truth = number[truth]
    picture = (truth.shape[0], truth.shape[1])
    place = augment.parsing(picture, size, None).place
    guess = classes_at_pixels(maps, place, size, picture)
    try:
        return label_counts(guess, truth, len(maps), ignore=IGNORED)
    except GradSplitError as wrong:
        raise TaskSetError(f"`{labels}` is no map of {len(maps)} classes. {wrong}") from wrong


def classes_at_pixels(maps: Tensor, place: Place, size: Size, picture: Size) -> NDArray[np.uint8]:
    """The class that is highest at each pixel of a picture, between cells bilinear.

    Args:
        maps: [classes, h, w] of an input, up to 255 classes.
        place: Where the input was cut out, not turned.
        size: Height and width of the input.
        picture: Height and width of the picture.

    Returns:
        [height, width]; of classes that are equally high, the first.
    """
    maps = maps.float()
    (top, down), (left, right) = (
        _cells(picture[axis], place[1 - axis], 1 - axis, size[axis], maps.shape[1 + axis])
        for axis in (0, 1)
    )
    across = torch.zeros(picture[1], maps.shape[2])
    columns = torch.arange(picture[1])
    across[columns, left] = 1 - right
    across[columns, (left + 1).clamp(max=maps.shape[2] - 1)] += right
    wide = maps @ across.T
    step = torch.zeros_like(wide)
    torch.sub(wide[:, 1:], wide[:, :-1], out=step[:, :-1])
    found = torch.empty(picture, dtype=torch.uint8)
    numbers = torch.arange(len(maps), dtype=torch.float32)[:, None, None]
    for first in range(0, picture[0], _ROWS):
        rows, share = top[first : first + _ROWS], down[first : first + _ROWS, None]
        some = step.index_select(1, rows).mul_(share).add_(wide.index_select(1, rows))
        # 0 where a class is highest, else -1. A search for the place of the maximum looks at one
        # value at a time; these passes look at eight.
        lower = some.sub_(some.amax(dim=0)).sign_()
        found[first : first + _ROWS] = lower.mul_(-len(maps)).add_(numbers).amin(dim=0)
    return found.numpy()


def _cells(
    count: int, place: NDArray[np.float64], axis: int, size: int, cells: int
) -> tuple[Tensor, Tensor]:
    """Of each pixel along an axis the cell at or before it, and the share of the next one."""
    centers = (torch.arange(count, dtype=torch.float64) + 0.5) * place[axis] + place[2]
    at = (centers * (cells / size) - 0.5).clamp(0, cells - 1)
    before = at.long()
    return before, (at - before).float()
