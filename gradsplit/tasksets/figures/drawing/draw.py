"""Photographs of people: pictures, joints, parts, all at once."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.body import Figure, bars
from gradsplit.tasksets.figures.drawing.cameras import Cameras, backgrounds, expose, occluder
from gradsplit.tasksets.figures.drawing.people import People
from gradsplit.tasksets.figures.drawing.poses import JOINTS, SIZES, draw_poses, place_points
from gradsplit.tasksets.figures.drawing.raster import Canvas
from gradsplit.tasksets.figures.drawing.segments import part_labels, visible_joints

# Pixels painted at once: few enough that the windows of one bar stay in the processor's cache.
_PIXELS = 256 * 64 * 32
# Share of the picture's height that an average person takes, and where the pelvis is.
_PERSON = 0.80
_PELVIS = 0.53


@dataclass(frozen=True)
class Photographs:
    """N pictures of people and everything that is known about them.

    Attributes:
        images: [N, H, W, 3] bytes, RGB.
        parts: [N, H, W] bytes, labels of `segments.PARTS`.
        joints: [N, 16, 2] pixels, x and y, in the order of `poses.JOINTS`; the middle of the pixel
            in column 0 and row 0 is (0.5, 0.5). May lie outside the picture.
        visible: [N, 16] whether a joint is inside the picture and not hidden.
        head: [N] pixels from the neck to the top of the head, foreshortening left out.
    """

    images: NDArray[np.uint8]
    parts: NDArray[np.uint8]
    joints: NDArray[np.float32]
    visible: NDArray[np.bool_]
    head: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: NDArray[np.intp] | slice) -> Self:
        """Some of the pictures."""
        return type(self)(**{item.name: getattr(self, item.name)[rows] for item in fields(self)})


def photograph(
    people: People,
    cameras: Cameras,
    which: NDArray[np.intp],
    *,
    seed: int,
    height: int = 64,
    width: int = 32,
) -> Photographs:
    """Draw one picture of each of N people, in a fresh pose before the given camera.

    Args:
        people: N looks; repeat an identity to draw it several times (`people[identities]`).
        cameras: Drawn for this height and width.
        which: [N] the camera that takes each picture.
        seed: Of poses, places, occluders and noise. The same arguments give the same pictures.
        height: Of the pictures, in pixels.
        width: Of the pictures, in pixels.

    Cost:
        About 0.3 ms a picture of 64x32 on one core (`benchmarks/figures/figures.py`).

    Example:
        >>> from gradsplit.tasksets.figures.drawing import draw_cameras, draw_people
        >>> cameras = draw_cameras(2, seed=0, height=64, width=32)
        >>> photographs = photograph(draw_people(4, seed=0), cameras, np.arange(4) % 2, seed=0)
        >>> photographs.images.shape, photographs.joints.shape
        ((4, 64, 32, 3), (4, 16, 2))
    """
    chunk = max(1, _PIXELS // (height * width))
    pieces = [
        _chunk(
            people[begin : begin + chunk],
            cameras,
            which[begin : begin + chunk],
            np.random.default_rng((seed, 3, begin)),
            (height, width),
        )
        for begin in range(0, len(people), chunk)
    ]
    names = [item.name for item in fields(Photographs)]
    return Photographs(
        **{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in names}
    )


def _chunk(
    people: People,
    cameras: Cameras,
    which: NDArray[np.intp],
    rng: np.random.Generator,
    size: tuple[int, int],
) -> Photographs:
    figure = _stand(people, cameras, rng, size)
    canvas = Canvas(backgrounds(cameras, which, rng, *size))
    for bar in bars(figure):
        canvas.paint(bar)
    canvas.paint(occluder(cameras, len(people), rng, *size))
    joints = figure.points[:, : len(JOINTS), :2]
    return Photographs(
        images=expose(canvas.pictures, cameras, which, rng),
        parts=part_labels(canvas.segments),
        joints=np.ascontiguousarray(joints),
        visible=visible_joints(canvas.segments, joints),
        head=figure.length(np.float32(SIZES["head"]) * people.head),
    )


def _stand(
    people: People, cameras: Cameras, rng: np.random.Generator, size: tuple[int, int]
) -> Figure:
    """Pose the people and put them into the picture."""
    count = len(people)
    hard = cameras.conditions
    poses = draw_poses(count, rng)
    scale = size[0] * _PERSON * rng.uniform(1 - hard.scale, 1 + hard.scale, count)
    scale /= cameras.distance
    shift = rng.uniform(-hard.shift, hard.shift, (count, 2)) * (2 * size[1], size[0])
    origin = np.array((0.5 * size[1], _PELVIS * size[0])) + shift
    points = place_points(people, poses) * scale[:, None, None]
    points[..., :2] += origin[:, None]
    return Figure(people, poses, points.astype(np.float32), scale.astype(np.float32))
