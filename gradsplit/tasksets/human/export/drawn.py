"""Drawn people with everything that any of the formats labels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing import (
    Conditions,
    People,
    Photographs,
    draw_cameras,
    draw_people,
    in_light,
    photograph,
)
from gradsplit.tasksets.figures.drawing.poses import JOINTS
from gradsplit.tasksets.figures.light import Light

# Between these, the middle third of drawn heights, people count as grown up.
_HEIGHTS = (0.96, 1.02)
# Width of the shoulders in lengths of the torso below which a person is seen from the side.
_SIDEWAYS = 0.3


@dataclass(frozen=True)
class Drawn:
    """Pictures and who is in them.

    Attributes:
        people: [N] looks, one a picture.
        photographs: N pictures of one size.
        identities: [N] number of the person.
        cameras: [N] number of the camera.
    """

    people: People
    photographs: Photographs
    identities: NDArray[np.intp]
    cameras: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.identities)

    @property
    def ages(self) -> NDArray[np.intp]:
        """[N] 0, 1 or 2: short, middling and tall people stand in for the ages."""
        return np.digitize(self.people.height, _HEIGHTS).astype(np.intp)

    @property
    def facing(self) -> NDArray[np.intp]:
        """[N] 0 front, 1 side, 2 back, by where the shoulders are in the picture."""
        where = {name: self.photographs.joints[:, JOINTS.index(name)] for name in JOINTS}
        torso = np.linalg.norm(where["thorax"] - where["pelvis"], axis=1)
        across = (where["left shoulder"] - where["right shoulder"])[:, 0] / np.maximum(torso, 1)
        return np.select([across > _SIDEWAYS, across < -_SIDEWAYS], [0, 2], 1).astype(np.intp)


def shoot(
    identities: NDArray[np.intp],
    cameras: NDArray[np.intp],
    *,
    height: int,
    seed: int,
    camera_seed: int,
    conditions: Conditions | None = None,
    light: Light = "day",
) -> Drawn:
    """Draw a picture of each given person before the given camera.

    Args:
        identities: [N] numbers of people.
        cameras: [N] numbers of cameras.
        height: Of the pictures in pixels; they are half as wide.
        seed: Of people and pictures.
        camera_seed: Of the cameras.
        conditions: How hard it is; the default is that of the figures task set.
        light: When the pictures are taken.
    """
    size = {"height": height, "width": height // 2}
    people = draw_people(int(identities.max()) + 1, seed)[identities]
    by_day = draw_cameras(int(cameras.max()) + 1, camera_seed, conditions=conditions, **size)
    taken_by = in_light(by_day, light)
    return Drawn(
        people, photograph(people, taken_by, cameras, seed=seed, **size), identities, cameras
    )


def crowd(
    pictures: int, people: int, *, height: int, seed: int, light: Light = "day"
) -> tuple[Drawn, ...]:
    """Pictures of two sizes, half of them each, every picture before its own kind of place.

    Args:
        pictures: How many in all.
        people: How many different ones.
        height: Of the larger pictures; the others are three quarters as high.
        seed: Of everything.
        light: When the pictures are taken.
    """
    numbers = np.arange(pictures)
    halves = (numbers[::2], numbers[1::2])
    return tuple(
        shoot(
            half % people,
            half % 60,
            height=tall,
            seed=2 * seed + place,
            camera_seed=2 * seed + place,
            light=light,
        )
        for place, (half, tall) in enumerate(zip(halves, (height, height * 3 // 4), strict=True))
        if len(half)
    )


def save_picture(pixels: NDArray[np.uint8], path: Path) -> None:
    """Write a picture, [H, W, 3] or [H, W]; JPEG of high quality, or PNG, by the name."""
    from PIL.Image import fromarray

    if path.suffix == ".jpg":
        fromarray(pixels).save(path, quality=95, subsampling=0)
    else:
        fromarray(pixels).save(path)
