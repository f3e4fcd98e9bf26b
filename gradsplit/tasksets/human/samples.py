"""Batches of one task from its records: pictures are opened, cut out and changed here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human import augment
from gradsplit.tasksets.human.augment import View
from gradsplit.tasksets.human.crops import (
    Size,
    cut,
    cut_labels,
    joints_in,
    opened,
)
from gradsplit.tasksets.human.records import (
    IGNORED,
    AttributeRecords,
    ParsingRecords,
    PoseRecords,
    Records,
    ReidRecords,
)

AnyRecords = TypeVar("AnyRecords", bound=Records, covariant=True)

Batch = tuple[Tensor, Any]
"""Bytes [N, 3, height, width] and the target; both are what `Human.batches` says."""


@dataclass(frozen=True)
class Samples(Generic[AnyRecords]):
    """The samples of one task, opened when a batch asks for them. Can be pickled.

    Attributes:
        records: Of the task.
        size: Height and width of the inputs.
    """

    records: AnyRecords
    size: Size

    def __len__(self) -> int:
        return len(self.records.images)

    def batch(self, chosen: NDArray[np.intp], rng: np.random.Generator | None = None) -> Batch:
        """Some samples; with a generator changed at random, as training pictures are.

        Raises:
            TaskSetError: A picture cannot be read.
        """
        records = self.records
        if isinstance(records, AttributeRecords):
            pixels = self._people(records.images, chosen, rng)
            return pixels, torch.from_numpy(records.attributes[chosen].astype(np.float32))
        if isinstance(records, ReidRecords):
            pixels = self._people(records.images, chosen, rng, erase=True)
            return pixels, torch.from_numpy(records.identities[chosen].astype(np.int64))
        if isinstance(records, PoseRecords):
            return _together([_posed(records, one, self.size, rng) for one in chosen.tolist()])
        return _together([_parsed(records, one, self.size, rng) for one in chosen.tolist()])

    def _people(
        self,
        images: tuple[Path, ...],
        chosen: NDArray[np.intp],
        rng: np.random.Generator | None,
        *,
        erase: bool = False,
    ) -> Tensor:
        pictures = []
        for one in chosen.tolist():
            pixels, _ = _cut_out(images[one], self.size, lambda seen: _person(seen, self.size, rng))
            pictures.append(augment.erased(pixels, rng) if erase and rng is not None else pixels)
        return _tensor(pictures)


def _person(seen: Size, size: Size, rng: np.random.Generator | None) -> View:
    return augment.person(seen, size, rng)


def _posed(
    records: PoseRecords, one: int, size: Size, rng: np.random.Generator | None
) -> tuple[NDArray[np.uint8], tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Pixels, and joints [joints, 2] with weights [joints]: 1 where labelled."""
    view = augment.pose(records.centers[one], float(records.scales[one]), size, rng)
    pixels, _ = _cut_out(records.images[one], size, lambda _: view)
    order = records.mirrored if view.mirrored else slice(None)
    joints = joints_in(view.place, records.joints[one])[order]
    return pixels, (joints, records.labelled[one][order].astype(np.float32))


def _parsed(
    records: ParsingRecords, one: int, size: Size, rng: np.random.Generator | None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pixels, and classes [height, width]; 255 where there is none."""
    image, path = records.images[one], records.labels[one]
    with opened(image) as picture:
        wide, high = picture.size
        view = augment.parsing((high, wide), size, rng)
        pixels = cut(picture, view.place, size)
    with opened(path) as labels:
        if labels.size != (wide, high):  # of another size they would be cut elsewhere, unseen
            raise TaskSetError(
                f"`{path}` is {labels.size[0]} x {labels.size[1]} pixels, its picture {wide} x "
                f"{high}. `gradsplit check` finds all such files."
            )
        classes = cut_labels(labels, view.place, size)
    if ((classes >= len(records.names)) & (classes != IGNORED)).any():
        raise TaskSetError(
            f"`{path}` must have classes 0 to {len(records.names) - 1} (or {IGNORED}), got up to "
            f"{classes[classes != IGNORED].max()}. `gradsplit check` finds all such files."
        )
    if view.mirrored:
        swapped = np.arange(256, dtype=np.uint8)
        swapped[: len(records.mirrored)] = records.mirrored
        classes = swapped[classes]
    return pixels, classes


def _cut_out(
    path: Path, size: Size, look: Callable[[Size], View]
) -> tuple[NDArray[np.uint8], View]:
    """The input [height, width, 3], and the view that `look` chose for the picture's size."""
    with opened(path) as picture:
        view = look((picture.height, picture.width))
        return cut(picture, view.place, size), view


def _together(parts: list[tuple[NDArray[np.uint8], Any]]) -> Batch:
    """Samples as a batch; targets are arrays or tuples of arrays."""
    pixels, targets = zip(*parts, strict=True)
    if isinstance(targets[0], tuple):
        return _tensor(pixels), tuple(_stacked(part) for part in zip(*targets, strict=True))
    return _tensor(pixels), _stacked(targets)


def _stacked(arrays: Any) -> Tensor:
    return torch.from_numpy(np.stack(arrays))


def _tensor(pictures: Any) -> Tensor:
    """[N, H, W, 3] arrays as [N, 3, H, W] in channels-last order: not copied again."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
