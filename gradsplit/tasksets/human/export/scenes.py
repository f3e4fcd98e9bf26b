"""Larger pictures with one or two drawn people somewhere in them, as MPII has them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing import Conditions, draw_cameras, in_light
from gradsplit.tasksets.figures.light import Light
from gradsplit.tasksets.human.export.drawn import Drawn, shoot

# Height and width of a scene, and heights of the pictures that people are cut out of, in heights of
# the middle one.
_SCENE = (2.0, 3.0)
_TALL = (0.75, 1.0, 1.4)
_BACKGROUNDS = 24
_PLAIN = Conditions(occluders=0)


@dataclass(frozen=True)
class Placed:
    """A person in a scene; pixels, the corner of the picture at (0, 0).

    Attributes:
        joints: [16, 2].
        labelled: [16] whether a joint is in the picture.
        visible: [16] whether it is seen.
        left: Where the person's own picture begins.
        right: Where it ends.
    """

    joints: NDArray[np.float64]
    labelled: NDArray[np.bool_]
    visible: NDArray[np.bool_]
    left: float
    right: float


@dataclass(frozen=True)
class Scene:
    """A picture [H, W, 3] and its people; the later ones stand before the earlier ones."""

    pixels: NDArray[np.uint8]
    people: tuple[Placed, ...]

    def alone(self) -> list[int]:
        """The places of people whom nobody else comes near."""
        return [
            place
            for place, one in enumerate(self.people)
            if all(
                other is one or one.right <= other.left or other.right <= one.left
                for other in self.people
            )
        ]


def scenes(
    count: int, *, people: int, height: int, seed: int, light: Light = "day"
) -> Iterator[Scene]:
    """Draw scenes.

    Args:
        count: How many.
        people: How many different ones there are in each of the three sizes.
        height: Of the middle people's own pictures; a scene is twice as high, three times as wide.
        seed: Of everything.
        light: When the pictures are taken.
    """
    rng = np.random.default_rng((seed, 4))
    # A camera's own scene is 1.6 times as large as what it is asked for.
    tall, wide = (round(share * height / 1.6) for share in _SCENE)
    cameras = draw_cameras(min(count, _BACKGROUNDS), seed, height=tall, width=wide)
    views = in_light(cameras, light).scenes
    in_all = 2 * count
    stock = [
        _stock(in_all, people, round(tall * height), 3 * seed + i, light)
        for i, tall in enumerate(_TALL)
    ]
    for number in range(count):
        view = views[number % len(views)]
        pixels = (255 * view.transpose(1, 2, 0)).astype(np.uint8)
        placed: list[Placed] = []
        for which in range(1 + rng.integers(2)):
            drawn = stock[rng.integers(len(stock))]
            placed = [*placed, _paste(pixels, drawn, 2 * number + which, rng)]
        yield Scene(pixels, tuple(placed))


def _stock(count: int, people: int, height: int, seed: int, light: Light) -> Drawn:
    """Pictures of people of one size to cut from."""
    numbers = np.arange(count)
    return shoot(
        numbers % people,
        numbers % _BACKGROUNDS,
        height=height,
        seed=seed,
        camera_seed=seed,
        conditions=_PLAIN,
        light=light,
    )


def _paste(
    pixels: NDArray[np.uint8], drawn: Drawn, number: int, rng: np.random.Generator
) -> Placed:
    """Cut a person out and put it somewhere into the scene, now and then partly outside."""
    taken = drawn.photographs
    image, body = taken.images[number], taken.parts[number] > 0
    own, whole = np.array(body.shape), np.array(pixels.shape[:2])
    corner = rng.integers(-own // 5, whole - own + own // 5 + 1)
    # The part of the person's own picture that lies in the scene.
    low, high = np.maximum(0, -corner), np.minimum(own, whole - corner)
    cut = tuple(slice(*ends) for ends in zip(low, high, strict=True))
    there = tuple(slice(*ends) for ends in zip(low + corner, high + corner, strict=True))
    window = pixels[there]
    window[body[cut]] = image[cut][body[cut]]
    joints = taken.joints[number].astype(float)
    labelled = ((joints >= low[::-1]) & (joints < high[::-1])).all(axis=1)
    return Placed(
        joints=joints + corner[::-1],
        labelled=labelled,
        visible=taken.visible[number] & labelled,
        left=float(corner[1]),
        right=float(corner[1] + own[1]),
    )
