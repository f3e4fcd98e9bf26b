"""Face, hair and hat."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.figure import Figure, slab
from gradsplit.tasksets.figures.drawing.raster import Bar
from gradsplit.tasksets.figures.drawing.segments import Segment

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]


def head(figure: Figure) -> Iterator[Bar]:
    """Face, hair and hat; the hair moves to the back of the head with the view."""
    people, poses = figure.people, figure.poses
    middle, top, neck = figure.at("head middle"), figure.at("head top"), figure.at("neck")
    up = top - neck
    side = np.stack([np.sin(poses.yaw), np.zeros_like(poses.yaw)], axis=1).astype(np.float32)
    radius = figure.length(0.062 * people.head)
    ahead = side * radius[:, None]
    face = slab(
        figure,
        neck + up * np.float32(0.32),
        neck + up * np.float32(0.68),
        (0.052 * people.head, 0.06 * people.head),
        0.045,
        people.skin,
        segment=Segment.FACE,
    )
    face.corner = face.width.min(axis=1)
    yield face
    # How much of the head the hair covers: a cap from the front, all of it from behind.
    behind = ((1 - np.cos(poses.yaw)) / 2).astype(np.float32)[:, None]
    low = middle - ahead * np.float32(0.55) + up * (np.float32(0.3) - np.float32(0.38) * behind)
    high = top - ahead * np.float32(0.2) - up * np.float32(0.14)
    hair = slab(
        figure,
        low,
        high,
        (0.056 * people.head, 0.06 * people.head),
        0.03,
        people.hair,
        segment=Segment.HAIR,
    )
    hair.corner = hair.width.min(axis=1)
    yield hair
    yield from _hat(figure, top, up, ahead)


def _hat(figure: Figure, top: Floats, up: Floats, ahead: Floats) -> Iterator[Bar]:
    people = figure.people
    low = top - up * np.float32(0.22)
    crown = slab(
        figure,
        low,
        top + up * np.float32(0.02),
        (0.068 * people.head, 0.054 * people.head),
        0.025,
        people.hat,
        segment=Segment.HAT,
    )
    brim = slab(
        figure,
        low - ahead * np.float32(0.6),
        low + ahead * np.float32(1.7),
        (0.014 * people.head, 0.014 * people.head),
        0.05,
        people.hat * np.float32(0.8),
        segment=Segment.HAT,
    )
    # Seen from the front the brim has no direction of its own: it lies across the face.
    apart = np.array((0.3, 0.0))
    flat = np.abs(ahead[:, 0]) < 0.3 * figure.length(0.062)
    brim.start = np.where(flat[:, None], low - apart, brim.start).astype(np.float32)
    brim.end = np.where(flat[:, None], low + apart, brim.end).astype(np.float32)
    crown.shown = brim.shown = people.has_hat
    yield crown
    yield brim


def falling_hair(figure: Figure, shown: Bools) -> Bar:
    """Long hair down the back, for those who have it and are `shown`, [N]."""
    people = figure.people
    back = np.stack([np.sin(figure.poses.yaw), np.zeros_like(figure.poses.yaw)], axis=1)
    behind = (figure.at("head middle") - back * figure.length(0.035)[:, None]).astype(np.float32)
    down = (figure.at("thorax") - figure.at("head middle")) * (
        people.hair_length / 0.12 + np.float32(0.35)
    )[:, None]
    bar = slab(
        figure,
        behind,
        behind + down,
        (0.066 * people.head, 0.06 * people.head),
        0.03,
        people.hair,
        segment=Segment.HAIR,
    )
    bar.shown = people.long_hair & shown
    return bar
