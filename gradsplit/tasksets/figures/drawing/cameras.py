"""Cameras: the scene behind the people, the occluders before them, colour cast and noise."""

from dataclasses import asdict, dataclass
from typing import Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.raster import Bar, Canvas
from gradsplit.tasksets.figures.drawing.segments import Segment

Floats = NDArray[np.floating]

# A scene is larger than a picture, so that people stand at different places in it.
_SCENE = 1.6
_CLUTTER = 9


@dataclass(frozen=True)
class Conditions:
    """How hard a set of cameras makes it; the ranges their settings are drawn from.

    Attributes:
        cast: Largest deviation of a colour channel's gain from 1.
        gamma: Largest deviation of the gamma curve's bend from a straight line.
        light: Largest deviation of a picture's brightness from 1.
        noise: Largest standard deviation of the pixel noise, in 0..1.
        clutter: Strength of the things in the background, 0 for a bare wall, 1 for full colours.
        occluders: Probability that something stands before the person.
        scale: Largest deviation of the person's size from the middle.
        shift: Largest shift of the person, as a fraction of the picture.
    """

    cast: float = 0.06
    gamma: float = 0.15
    light: float = 0.12
    noise: float = 0.02
    clutter: float = 0.4
    occluders: float = 0.1
    scale: float = 0.08
    shift: float = 0.04

    def harder(self, factor: float) -> Self:
        """All of them times a factor."""
        return type(self)(**{name: factor * value for name, value in asdict(self).items()})


@dataclass(frozen=True)
class Cameras:
    """A number of cameras, each with its scene and settings.

    Attributes:
        scenes: [cameras, 3, H', W'] in 0..1, larger than a picture.
        gain: [cameras, 3] colour cast.
        bend: [cameras] bend of the gamma curve.
        noise: [cameras] standard deviation of the noise.
        conditions: What they were drawn from.
        distance: From the people; 1 is the usual, 2 halves them.
    """

    scenes: Floats
    gain: Floats
    bend: Floats
    noise: Floats
    conditions: Conditions
    distance: float = 1.0

    def __len__(self) -> int:
        return len(self.scenes)


def draw_cameras(
    count: int, seed: int, *, height: int, width: int, conditions: Conditions | None = None
) -> Cameras:
    """Draw cameras for pictures of one size.

    Args:
        count: How many.
        seed: The same seed gives the same cameras.
        height: Of the pictures, in pixels.
        width: Of the pictures, in pixels.
        conditions: How much they differ; the default is moderate.
    """
    conditions = conditions or Conditions()
    rng = np.random.default_rng((seed, 2))

    def around(middle: float, deviation: float, shape: tuple[int, ...]) -> Floats:
        return rng.uniform(middle - deviation, middle + deviation, shape).astype(np.float32)

    return Cameras(
        scenes=_scenes(count, rng, height, width, conditions.clutter),
        gain=around(1, conditions.cast, (count, 3)),
        bend=around(0, conditions.gamma, (count,)),
        noise=rng.uniform(conditions.noise / 3, conditions.noise, count).astype(np.float32),
        conditions=conditions,
    )


def _scenes(
    count: int, rng: np.random.Generator, height: int, width: int, clutter: float
) -> Floats:
    """Ground, wall and things, [count, 3, H', W']."""
    tall, wide = int(height * _SCENE), int(width * _SCENE)
    grey = rng.uniform(0.3, 0.75, (count, 1))
    wall = grey + clutter * rng.uniform(-0.2, 0.2, (count, 3))
    ground = grey * rng.uniform(0.6, 1.1, (count, 1)) + clutter * rng.uniform(
        -0.12, 0.12, (count, 3)
    )
    horizon = rng.uniform(0.35, 0.75, count) * tall
    rows = np.arange(tall) + 0.5
    below = np.clip(rows - horizon[:, None] + 0.5, 0, 1)[:, None, :, None]
    light = (1 + rng.uniform(-0.25, 0.25, (count, 1)) * (rows / tall - 0.5))[:, None, :, None]
    pictures = wall[:, :, None, None] + (ground - wall)[:, :, None, None] * below
    canvas = Canvas(
        np.ascontiguousarray(np.broadcast_to(pictures * light, (count, 3, tall, wide)), np.float32)
    )
    for _ in range(_CLUTTER):
        canvas.paint(_thing(count, rng, tall, wide, wall, clutter))
    return np.clip(canvas.pictures, 0, 1)


def _thing(
    count: int, rng: np.random.Generator, tall: int, wide: int, wall: NDArray, clutter: float
) -> Bar:
    """One thing a scene: a window, a post, a box, a shrub; upright or lying."""
    middle = rng.uniform((0, 0), (wide, tall), (count, 2))
    length = rng.uniform(0.02, 0.3, count) * tall
    upright = rng.random(count) < 0.7
    axis = np.where(upright[:, None], (0.0, 1.0), (1.0, 0.0)) * length[:, None]
    half = rng.uniform(0.02, 0.14, (count, 1)) * wide
    colour = wall + clutter * (rng.uniform(0, 1, (count, 3)) - wall)
    return Bar(
        start=(middle - axis).astype(np.float32),
        end=(middle + axis).astype(np.float32),
        width=np.broadcast_to(half, (count, 2)).astype(np.float32),
        reach=half[:, 0].astype(np.float32),
        corner=(half[:, 0] * rng.choice((0.15, 1.0), count)).astype(np.float32),
        colour=colour.astype(np.float32),
        segment=np.zeros(count, np.uint8),
    )


def backgrounds(
    cameras: Cameras, which: NDArray[np.intp], rng: np.random.Generator, height: int, width: int
) -> Floats:
    """A part of each camera's scene, [N, 3, height, width]; a fresh array."""
    room = np.array(cameras.scenes.shape[2:]) - (height, width) + 1
    top, left = (rng.integers(0, most, len(which)) for most in room)
    windows = sliding_window_view(cameras.scenes, (height, width), axis=(2, 3))
    return windows[which, :, top, left]


def occluder(
    cameras: Cameras, count: int, rng: np.random.Generator, height: int, width: int
) -> Bar:
    """Something before the person: a post, a low wall, a box; in some pictures only."""
    kind = rng.integers(0, 2, count)
    post_x = rng.uniform(0.1, 0.9, count) * width
    low_y = rng.uniform(0.72, 0.95, count) * height
    half = np.where(kind == 0, rng.uniform(0.05, 0.1, count) * width, 0.3 * height)
    start = np.stack([np.where(kind == 0, post_x, 0), np.where(kind == 0, 0, low_y + half)], axis=1)
    end = np.stack(
        [np.where(kind == 0, post_x, width), np.where(kind == 0, height, low_y + half)], axis=1
    )
    grey = rng.uniform(0.2, 0.75, (count, 1))
    colour = grey + cameras.conditions.clutter * rng.uniform(-0.25, 0.25, (count, 3))
    return Bar(
        start=start.astype(np.float32),
        end=end.astype(np.float32),
        width=np.stack([half, half], axis=1).astype(np.float32),
        reach=half.astype(np.float32),
        corner=(half * 0.1).astype(np.float32),
        colour=np.clip(colour, 0, 1).astype(np.float32),
        segment=np.full(count, Segment.OCCLUDER, np.uint8),
        shown=rng.random(count) < cameras.conditions.occluders,
    )


def expose(
    pictures: Floats, cameras: Cameras, which: NDArray[np.intp], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Brightness, colour cast, gamma curve and noise of each picture's camera, in place.

    Args:
        pictures: [N, 3, H, W] in 0..1; used up.
        cameras: The cameras.
        which: [N] the camera of each picture.
        rng: Brightness and noise are drawn from it.

    Returns:
        [N, H, W, 3] bytes.
    """
    light = cameras.conditions.light
    bright = rng.uniform(1 - light, 1 + light, (len(which), 1)).astype(np.float32)
    pictures *= (cameras.gain[which] * bright)[:, :, None, None]
    # x + b x (1 - x) bends like a gamma curve and costs two multiplications instead of a power.
    bent = 1 - pictures
    bent *= pictures
    bent *= cameras.bend[which][:, None, None, None]
    pictures += bent
    # Uniform noise of the wanted deviation: a quarter of the time that a bell curve takes.
    noise = rng.random(pictures.shape, np.float32)
    noise -= 0.5
    noise *= (np.sqrt(12) * cameras.noise[which]).astype(np.float32)[:, None, None, None]
    pictures += noise
    pictures *= 255
    np.clip(pictures, 0, 255, out=pictures)
    return np.ascontiguousarray(pictures.astype(np.uint8).transpose(0, 2, 3, 1))
