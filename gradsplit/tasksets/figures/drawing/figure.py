"""A posed person in the picture, and the two shapes that a person is made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.people import People
from gradsplit.tasksets.figures.drawing.poses import PLACE, Poses
from gradsplit.tasksets.figures.drawing.raster import Bar
from gradsplit.tasksets.figures.drawing.segments import Segment

Floats = NDArray[np.floating]


@dataclass
class Figure:
    """N people in N pictures.

    Attributes:
        people: Their looks, one a picture.
        poses: Their poses, one a picture.
        points: [N, len(POINTS), 3] in pixels; the last number is the depth towards the camera.
        scale: [N] pixels a height.
    """

    people: People
    poses: Poses
    points: Floats
    scale: Floats

    def at(self, name: str) -> Floats:
        """[N, 2] where a point lies in the picture."""
        return self.points[:, PLACE[name], :2]

    def length(self, heights: float | Floats) -> Floats:
        """[N] pixels of a length that grows with the person's height."""
        return (self.scale * self.people.height * heights).astype(np.float32)


def farther(figure: Figure, point: str) -> NDArray[np.intp]:
    """[N] the side whose point is farther from the camera: 0 right, 1 left."""
    depth = figure.points[..., 2]
    return (depth[:, PLACE[f"left {point}"]] < depth[:, PLACE[f"right {point}"]]).astype(np.intp)


def capsule(
    figure: Figure,
    start: Floats,
    end: Floats,
    thickness: tuple[float, float],
    colour: Floats,
    segment: NDArray | int,
) -> Bar:
    """A round limb; `thickness` in heights of an average build, at least a pixel in the picture."""
    widths = np.stack([figure.length(thick * figure.people.build) for thick in thickness], axis=1)
    widths = np.maximum(widths, 0.55).astype(np.float32)
    return Bar(
        start=start,
        end=end,
        width=widths,
        reach=widths.min(axis=1),
        corner=widths.min(axis=1),
        colour=colour,
        segment=np.broadcast_to(np.asarray(segment, np.uint8), (len(start),)),
    )


def slab(
    figure: Figure,
    start: Floats,
    end: Floats,
    widths: tuple[Floats, Floats],
    reach: float,
    colour: Floats,
    *,
    segment: Segment,
) -> Bar:
    """A bar with the given half widths (in heights) at its ends and soft corners."""
    width = np.stack([figure.length(widths[0]), figure.length(widths[1])], axis=1)
    return Bar(
        start=start,
        end=end,
        width=width,
        reach=figure.length(reach),
        corner=np.minimum(width.min(axis=1), figure.length(0.045)),
        colour=colour,
        segment=np.full(len(start), segment, np.uint8),
    )


def torso_width(figure: Figure, front: float, profile: float) -> Floats:
    """[N] half width in heights, between that seen from the front and that seen from the side."""
    cosine, sine = np.cos(figure.poses.yaw), np.sin(figure.poses.yaw)
    return np.sqrt((front * cosine) ** 2 + (profile * sine) ** 2) * figure.people.build
