"""A person as a list of bars, from the farthest to the nearest."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.drawing.people import BAGS, People
from gradsplit.tasksets.drawing.poses import PLACE, SIZES, Poses
from gradsplit.tasksets.drawing.raster import Bar
from gradsplit.tasksets.drawing.segments import Segment

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

# Half widths in heights of an average build.
_THIN = {
    "upper arm": (0.036, 0.030),
    "forearm": (0.029, 0.022),
    "thigh": (0.052, 0.040),
    "shin": (0.039, 0.027),
}


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


def bars(figure: Figure) -> Iterator[Bar]:
    """The bars of every figure in the order in which they are to be painted.

    The arm and leg nearer to the camera are painted after the other ones; a backpack before or
    after the torso, by where the person faces.
    """
    facing = np.cos(figure.poses.yaw) > 0
    far_arm = _farther(figure, "hand")
    far_leg = _farther(figure, "knee")
    left_is_far = _farther(figure, "hip") == 1
    yield _backpack(figure, facing)
    yield _side_bag(figure, left_is_far)
    yield _falling_hair(figure, facing)
    yield from _arm(figure, far_arm)
    yield from _leg(figure, far_leg)
    yield from _leg(figure, 1 - far_leg)
    yield _hips(figure)
    yield _skirt(figure)
    yield _neck(figure)
    yield _torso(figure)
    yield _strap(figure)
    yield from _head(figure)
    yield _falling_hair(figure, ~facing)
    yield _backpack(figure, ~facing)
    yield _side_bag(figure, ~left_is_far)
    yield from _arm(figure, 1 - far_arm)


def _farther(figure: Figure, point: str) -> NDArray[np.intp]:
    """[N] the side whose point is farther from the camera: 0 right, 1 left."""
    depth = figure.points[..., 2]
    return (depth[:, PLACE[f"left {point}"]] < depth[:, PLACE[f"right {point}"]]).astype(np.intp)


def _sided(figure: Figure, side: NDArray[np.intp], point: str) -> Floats:
    both = np.stack([figure.at(f"right {point}"), figure.at(f"left {point}")])
    return both[side, np.arange(len(side))]


def _capsule(
    figure: Figure,
    start: Floats,
    end: Floats,
    thickness: tuple[float, float],
    colour: Floats,
    segment: NDArray | int,
) -> Bar:
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


def _with_second(bar: Bar, second: Floats, segment: NDArray, cut: Floats) -> Bar:
    bar.second, bar.second_segment, bar.cut = second, segment.astype(np.uint8), cut
    return bar


def _arm(figure: Figure, side: NDArray[np.intp]) -> Iterator[Bar]:
    people = figure.people
    shoulder, elbow, wrist, hand = (
        _sided(figure, side, point) for point in ("shoulder", "elbow", "wrist", "hand")
    )
    never = np.float32(2)
    lower = _capsule(
        figure, elbow, hand, _THIN["forearm"], people.upper, Segment.RIGHT_LOWER_SLEEVE + side
    )
    # The hand is the last quarter of the bar from elbow to fingers.
    at_wrist = np.float32(SIZES["forearm"] / (SIZES["forearm"] + SIZES["hand"]))
    cut = np.where(people.long_sleeves, at_wrist, np.float32(-1))
    yield _with_second(lower, people.skin, Segment.RIGHT_FOREARM + side, cut)
    upper = _capsule(
        figure, shoulder, elbow, _THIN["upper arm"], people.upper, Segment.RIGHT_SLEEVE + side
    )
    cut = np.where(people.long_sleeves, never, people.sleeve)
    yield _with_second(upper, people.skin, Segment.RIGHT_UPPER_ARM + side, cut)


def _leg(figure: Figure, side: NDArray[np.intp]) -> Iterator[Bar]:
    people = figure.people
    hip, knee, ankle, toe = (
        _sided(figure, side, point) for point in ("hip", "knee", "ankle", "toe")
    )
    covered = people.long_trousers & ~people.has_skirt
    never, at_once = np.float32(2), np.float32(-1)
    yield _capsule(figure, ankle, toe, (0.026, 0.024), people.shoes, Segment.RIGHT_SHOE + side)
    shin = _capsule(
        figure, knee, ankle, _THIN["shin"], people.lower, Segment.RIGHT_SHIN_CLOTH + side
    )
    cut = np.where(covered, never, at_once)
    yield _with_second(shin, people.skin, Segment.RIGHT_SHIN + side, cut)
    thigh = _capsule(
        figure, hip, knee, _THIN["thigh"], people.lower, Segment.RIGHT_THIGH_CLOTH + side
    )
    cut = np.where(covered, never, np.where(people.has_skirt, at_once, people.hem))
    yield _with_second(thigh, people.skin, Segment.RIGHT_THIGH + side, cut)


def _width_of_torso(figure: Figure, front: float, profile: float) -> Floats:
    """[N] half width in heights, between that seen from the front and that seen from the side."""
    cosine, sine = np.cos(figure.poses.yaw), np.sin(figure.poses.yaw)
    return np.sqrt((front * cosine) ** 2 + (profile * sine) ** 2) * figure.people.build


def _slab(
    figure: Figure,
    start: Floats,
    end: Floats,
    widths: tuple[Floats, Floats],
    reach: float,
    colour: Floats,
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


def _torso(figure: Figure) -> Bar:
    people = figure.people
    chest = _width_of_torso(figure, 0.105, 0.068) * people.shoulders
    waist = _width_of_torso(figure, 0.082, 0.062)
    bar = _slab(
        figure,
        figure.at("thorax"),
        figure.at("pelvis"),
        (chest, waist),
        0.03,
        people.upper,
        Segment.TORSO,
    )
    bar.second = people.second
    bar.pattern = (people.pattern * figure.scale).astype(np.float32)
    return bar


def _hips(figure: Figure) -> Bar:
    start, end = figure.at("pelvis"), (figure.at("right hip") + figure.at("left hip")) / 2
    width = _width_of_torso(figure, 0.088, 0.066)
    end = end + (figure.at("pelvis") - figure.at("thorax")) * np.float32(0.12)
    return _slab(figure, start, end, (width, width), 0.035, figure.people.lower, Segment.HIPS)


def _skirt(figure: Figure) -> Bar:
    waist = _width_of_torso(figure, 0.08, 0.066)
    knees = (figure.at("right knee") + figure.at("left knee")) / 2
    apart = np.abs(figure.at("right knee") - figure.at("left knee"))[:, 0] / 2
    hem = np.maximum(_width_of_torso(figure, 0.115, 0.1), apart / figure.length(1.0) + 0.03)
    end = figure.at("pelvis") * np.float32(0.15) + knees * np.float32(0.85)
    bar = _slab(
        figure, figure.at("pelvis"), end, (waist, hem), 0.02, figure.people.lower, Segment.SKIRT
    )
    bar.shown = figure.people.has_skirt
    return bar


def _neck(figure: Figure) -> Bar:
    return _capsule(
        figure,
        figure.at("thorax"),
        figure.at("neck"),
        (0.034, 0.03),
        figure.people.skin,
        Segment.NECK,
    )


def _head(figure: Figure) -> Iterator[Bar]:
    """Face, hair and hat; the hair moves to the back of the head with the view."""
    people, poses = figure.people, figure.poses
    middle, top, neck = figure.at("head middle"), figure.at("head top"), figure.at("neck")
    up = top - neck
    side = np.stack([np.sin(poses.yaw), np.zeros_like(poses.yaw)], axis=1).astype(np.float32)
    radius = figure.length(0.062 * people.head)
    ahead = side * radius[:, None]
    face = _slab(
        figure,
        neck + up * np.float32(0.32),
        neck + up * np.float32(0.68),
        (0.052 * people.head, 0.06 * people.head),
        0.045,
        people.skin,
        Segment.FACE,
    )
    face.corner = face.width.min(axis=1)
    yield face
    # How much of the head the hair covers: a cap from the front, all of it from behind.
    behind = ((1 - np.cos(poses.yaw)) / 2).astype(np.float32)[:, None]
    low = middle - ahead * np.float32(0.55) + up * (np.float32(0.3) - np.float32(0.38) * behind)
    high = top - ahead * np.float32(0.2) - up * np.float32(0.14)
    hair = _slab(
        figure,
        low,
        high,
        (0.056 * people.head, 0.06 * people.head),
        0.03,
        people.hair,
        Segment.HAIR,
    )
    hair.corner = hair.width.min(axis=1)
    yield hair
    yield from _hat(figure, top, up, ahead)


def _hat(figure: Figure, top: Floats, up: Floats, ahead: Floats) -> Iterator[Bar]:
    people = figure.people
    low = top - up * np.float32(0.22)
    crown = _slab(
        figure,
        low,
        top + up * np.float32(0.02),
        (0.068 * people.head, 0.054 * people.head),
        0.025,
        people.hat,
        Segment.HAT,
    )
    brim = _slab(
        figure,
        low - ahead * np.float32(0.6),
        low + ahead * np.float32(1.7),
        (0.014 * people.head, 0.014 * people.head),
        0.05,
        people.hat * np.float32(0.8),
        Segment.HAT,
    )
    # Seen from the front the brim has no direction of its own: it lies across the face.
    flat = np.abs(ahead[:, 0]) < 0.3 * figure.length(0.062)
    brim.start = np.where(flat[:, None], low - (0.3, 0), brim.start).astype(np.float32)
    brim.end = np.where(flat[:, None], low + (0.3, 0), brim.end).astype(np.float32)
    crown.shown = brim.shown = people.has_hat
    yield crown
    yield brim


def _falling_hair(figure: Figure, shown: Bools) -> Bar:
    people = figure.people
    back = np.stack([np.sin(figure.poses.yaw), np.zeros_like(figure.poses.yaw)], axis=1)
    behind = (figure.at("head middle") - back * figure.length(0.035)[:, None]).astype(np.float32)
    down = (figure.at("thorax") - figure.at("head middle")) * (
        people.hair_length / 0.12 + np.float32(0.35)
    )[:, None]
    bar = _slab(
        figure,
        behind,
        behind + down,
        (0.066 * people.head, 0.06 * people.head),
        0.03,
        people.hair,
        Segment.HAIR,
    )
    bar.shown = people.long_hair & shown
    return bar


def _backpack(figure: Figure, shown: Bools) -> Bar:
    people = figure.people
    back = np.stack([np.sin(figure.poses.yaw), np.zeros_like(figure.poses.yaw)], axis=1)
    away = (back * figure.length(0.1)[:, None]).astype(np.float32)
    thorax, pelvis = figure.at("thorax"), figure.at("pelvis")
    width = _width_of_torso(figure, 0.095, 0.055)
    bar = _slab(
        figure,
        thorax * np.float32(1.0) - away,
        thorax * np.float32(0.25) + pelvis * np.float32(0.75) - away,
        (width * 0.85, width),
        0.02,
        people.bag,
        Segment.BACKPACK,
    )
    bar.shown = (people.bag_kind == BAGS.index("backpack")) & shown
    return bar


def _strap(figure: Figure) -> Bar:
    """The strap of a shoulder bag, from the right shoulder to the left hip."""
    bar = _capsule(
        figure,
        figure.at("right shoulder") * np.float32(0.7) + figure.at("thorax") * np.float32(0.3),
        figure.at("left hip"),
        (0.012, 0.012),
        figure.people.bag,
        Segment.STRAP,
    )
    bar.shown = figure.people.bag_kind == BAGS.index("shoulder bag")
    return bar


def _side_bag(figure: Figure, shown: Bools) -> Bar:
    """A shoulder bag at the left hip, or a handbag below the left hand."""
    people = figure.people
    in_hand = (people.bag_kind == BAGS.index("handbag"))[:, None]
    place = np.where(in_hand, figure.at("left hand"), figure.at("left hip"))
    size = figure.length(np.where(in_hand[:, 0], 0.05, 0.045))
    down = np.stack([np.zeros_like(size), size], axis=1)
    bar = Bar(
        start=(place + down * 0.3).astype(np.float32),
        end=(place + down * 2.0).astype(np.float32),
        width=np.stack([size * 1.0, size * 1.15], axis=1).astype(np.float32),
        reach=(size * 0.2).astype(np.float32),
        corner=(size * 0.35).astype(np.float32),
        colour=people.bag,
        segment=np.full(len(size), Segment.BAG, np.uint8),
    )
    bar.shown = (people.bag_kind >= BAGS.index("shoulder bag")) & shown
    return bar
