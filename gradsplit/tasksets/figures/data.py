"""The data of the figures task set: for each task its own people, cameras and pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradsplit.tasksets.figures.drawing import (
    JOINTS,
    PARTS,
    Conditions,
    Photographs,
    draw_cameras,
    draw_people,
    in_light,
    photograph,
)
from gradsplit.tasksets.figures.light import Light
from gradsplit.training.batches import endless_batches
from gradsplit.training.seeding import generator

POSED = tuple(name for name in JOINTS if name not in ("pelvis", "thorax"))
"""The joints of the pose task: those that PCKh counts."""

# Parts of a few pixels are joined: at 64x32 a bare arm is two pixels wide.
_CLASSES = {
    "background": ("background",),
    "head": ("hat", "hair", "face"),
    "upper body": ("upper clothes", "bag", "right arm", "left arm"),
    "lower clothes": ("lower clothes", "skirt"),
    "legs": ("right leg", "left leg", "right shoe", "left shoe"),
}
PARSED = tuple(_CLASSES)
"""The classes of the parsing task."""

_TO_CLASS = np.array(
    [next(i for i, parts in enumerate(_CLASSES.values()) if part in parts) for part in PARTS],
    dtype=np.uint8,
)
_POSED_PLACES = np.array([JOINTS.index(name) for name in POSED])
# Pictures of one identity in a batch of reid.
_TOGETHER = 4
_QUERIES_EACH = 6
_MEASURED_AT_ONCE = 100


@dataclass(frozen=True)
class Album:
    """Pictures, who is in them, and which camera took them.

    Attributes:
        photographs: N pictures with joints and parts.
        attributes: [N, attributes] of the person in each picture.
        identities: [N] number of the person within the album, ascending.
        cameras: [N] number of the camera.
    """

    photographs: Photographs
    attributes: NDArray[np.bool_]
    identities: NDArray[np.intp]
    cameras: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.identities)

    @cached_property
    def rarity(self) -> NDArray[np.float32]:
        """[attributes] pictures without over pictures with each attribute, within 1/20..20."""
        share = self.attributes.mean(axis=0)
        return np.clip((1 - share) / np.maximum(share, 1e-6), 0.05, 20).astype(np.float32)

    @property
    def joints(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Places [N, 14, 2] in pixels and visibility [N, 14] of the joints `POSED`."""
        taken = self.photographs
        return taken.joints[:, _POSED_PLACES], taken.visible[:, _POSED_PLACES]

    @cached_property
    def classes(self) -> NDArray[np.uint8]:
        """[N, H, W] labels of `PARSED`, bytes."""
        return _TO_CLASS[self.photographs.parts]

    @cached_property
    def _levels(self) -> tuple[Tensor, Tensor]:
        """Deviation and mean [N, 3, 1, 1] of the channels: dearer than all else of `pixels`."""
        parts = [levels(_channels(part)) for part in self._images.split(_MEASURED_AT_ONCE)]
        deviations, means = zip(*parts, strict=True)
        return torch.cat(deviations), torch.cat(means)

    @property
    def _images(self) -> Tensor:
        return torch.from_numpy(self.photographs.images)

    def pixels(self, rows: Tensor) -> Tensor:
        """The pictures `rows` as the network takes them, [len(rows), 3, H, W].

        Every channel of a picture has mean 0 and deviation 1: most of a camera's cast is gone.
        """
        deviation, mean = self._levels
        return standardised(_channels(self._images[rows]), deviation[rows], mean[rows])

    @property
    def queries(self) -> NDArray[np.bool_]:
        """[N] whether a picture is a query of reid: the first six of each identity."""
        first = np.searchsorted(self.identities, self.identities)
        return np.arange(len(self)) - first < _QUERIES_EACH


class Sizes(NamedTuple):
    """How much is drawn; the options of the task set of the same names."""

    height: int
    width: int
    pictures: int
    identities: int
    hardness: float
    light: Light = "day"


@dataclass(frozen=True)
class Studio:
    """What an album is drawn from; equal studios draw equal albums.

    Attributes:
        people: Number of identities.
        each: Pictures an identity, spread evenly over the cameras.
        cameras: Number of cameras.
        height: Of the pictures, in pixels.
        width: Of the pictures, in pixels.
        hardness: Factor on all conditions.
        seed: Of the people and pictures.
        camera_seed: Of the cameras.
        light: When the pictures are taken.
    """

    people: int
    each: int
    cameras: int
    height: int
    width: int
    hardness: float
    seed: int
    camera_seed: int
    light: Light = "day"


def studios(task: str, sizes: Sizes, data_seed: int) -> dict[str, Studio]:
    """The studios of a task's training and test albums: other people before the same cameras.

    Identities have many pictures in reid and two (or one) in the other tasks.
    """
    number = ("attribute", "reid", "pose", "parsing").index(task)
    cameras = (24, 6, 60, 60)[number]
    each = max(4, sizes.pictures // sizes.identities) if task == "reid" else 2
    train = (sizes.pictures // each, each)
    test = ((400, 2), (50, 12), (400, 1), (300, 1))[number]
    # Two streams a task, and no stream in common between neighbouring data seeds.
    seed = 100 * data_seed + 10 * number
    size = (sizes.height, sizes.width, sizes.hardness)
    return {
        "train": Studio(*train, cameras, *size, seed, camera_seed=seed, light=sizes.light),
        "test": Studio(*test, cameras, *size, seed + 1, camera_seed=seed, light=sizes.light),
    }


@lru_cache(maxsize=16)
def album(studio: Studio) -> Album:
    """Draw an album; kept, so that the runs of a process draw it once.

    Cost: about 0.3 ms a picture of 64x32; the 16 albums used last are kept in memory, about 9 kB a
    picture of 64x32.
    """
    looks = draw_people(studio.people, studio.seed)
    identities = np.repeat(np.arange(studio.people), studio.each)
    # A person's first picture is from another camera than the next person's.
    cameras = (np.tile(np.arange(studio.each), studio.people) + identities) % studio.cameras
    size = {"height": studio.height, "width": studio.width}
    conditions = Conditions().harder(studio.hardness)
    by_day = draw_cameras(studio.cameras, studio.camera_seed, conditions=conditions, **size)
    taken_by = in_light(by_day, studio.light)
    people = looks[identities]
    photographs = photograph(people, taken_by, cameras, seed=studio.seed, **size)
    return Album(photographs, people.attributes(), identities, cameras)


def _channels(images: Tensor) -> Tensor:
    """Bytes [N, H, W, 3] -> numbers [N, 3, H, W]."""
    return images.permute(0, 3, 1, 2).float()


def levels(values: Tensor) -> tuple[Tensor, Tensor]:
    """Deviation and mean [N, 3, 1, 1] of the channels of pictures [N, 3, H, W]."""
    return torch.std_mean(values, dim=(2, 3), keepdim=True)


def standardised(values: Tensor, deviation: Tensor, mean: Tensor) -> Tensor:
    """Pictures [N, 3, H, W] with mean 0 and deviation 1 in each channel, in place."""
    # Never divide by nothing: a black picture stays black.
    return values.sub_(mean).div_(deviation.clamp(min=1.0))


def training_batches(
    pictures: Album, task: str, batch_size: int, seed: int
) -> Iterator[tuple[Tensor, Any]]:
    """Endless batches of pictures and a task's labels, as `Figures.batches` says."""
    if task == "reid":
        yield from _identity_batches(pictures, batch_size, seed)
    every = torch.arange(len(pictures))
    for rows, target in endless_batches(every, _target(pictures, task), batch_size, seed, task):
        # Labels are kept as bytes: whole numbers of eight bytes would be 49 MB a run.
        yield pictures.pixels(rows), target.long() if task == "parsing" else target


def _target(pictures: Album, task: str) -> Tensor | tuple[Tensor, Tensor]:
    if task == "attribute":
        return torch.from_numpy(pictures.attributes).float()
    if task == "parsing":
        return torch.from_numpy(pictures.classes)
    places, seen = pictures.joints
    return torch.from_numpy(places), torch.from_numpy(seen).float()


def _identity_batches(
    pictures: Album, batch_size: int, seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Some identities, four pictures of each."""
    stream = generator(seed, "data", "reid")
    people = int(pictures.identities[-1]) + 1
    each = len(pictures) // people
    wanted = -(-batch_size // _TOGETHER)
    while True:
        chosen = torch.randperm(people, generator=stream)[:wanted].repeat_interleave(_TOGETHER)
        shots = torch.rand(wanted, each, generator=stream).argsort(dim=1)[:, :_TOGETHER]
        picked = (chosen * each + shots.flatten())[:batch_size]
        yield pictures.pixels(picked), chosen[:batch_size]
