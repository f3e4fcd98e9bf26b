"""A person as a list of bars, from the farthest to the nearest."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.bags import backpack, side_bag, strap
from gradsplit.tasksets.figures.drawing.figure import Figure, capsule, farther, slab, torso_width
from gradsplit.tasksets.figures.drawing.head import falling_hair, head
from gradsplit.tasksets.figures.drawing.poses import SIZES
from gradsplit.tasksets.figures.drawing.raster import Bar
from gradsplit.tasksets.figures.drawing.segments import Segment

Floats = NDArray[np.floating]

# Half widths in heights of an average build.
_THIN = {
    "upper arm": (0.036, 0.030),
    "forearm": (0.029, 0.022),
    "thigh": (0.052, 0.040),
    "shin": (0.039, 0.027),
}


def bars(figure: Figure) -> Iterator[Bar]:
    """The bars of every figure in the order in which they are to be painted.

    The arm and leg nearer to the camera are painted after the other ones; a backpack before or
    after the torso, by where the person faces.
    """
    facing = np.cos(figure.poses.yaw) > 0
    far_arm = farther(figure, "hand")
    far_leg = farther(figure, "knee")
    left_is_far = farther(figure, "hip") == 1
    yield backpack(figure, facing)
    yield side_bag(figure, left_is_far)
    yield falling_hair(figure, facing)
    yield from _arm(figure, far_arm)
    yield from _leg(figure, far_leg)
    yield from _leg(figure, 1 - far_leg)
    yield _hips(figure)
    yield _skirt(figure)
    yield _neck(figure)
    yield _torso(figure)
    yield strap(figure)
    yield from head(figure)
    yield falling_hair(figure, ~facing)
    yield backpack(figure, ~facing)
    yield side_bag(figure, ~left_is_far)
    yield from _arm(figure, 1 - far_arm)


def _sided(figure: Figure, side: NDArray[np.intp], point: str) -> Floats:
    both = np.stack([figure.at(f"right {point}"), figure.at(f"left {point}")])
    return both[side, np.arange(len(side))]


def _with_second(bar: Bar, second: Floats, segment: NDArray, cut: Floats) -> Bar:
    bar.second, bar.second_segment, bar.cut = second, segment.astype(np.uint8), cut
    return bar


def _arm(figure: Figure, side: NDArray[np.intp]) -> Iterator[Bar]:
    people = figure.people
    shoulder, elbow, hand = (_sided(figure, side, point) for point in ("shoulder", "elbow", "hand"))
    never = np.float32(2)
    lower = capsule(
        figure, elbow, hand, _THIN["forearm"], people.upper, Segment.RIGHT_LOWER_SLEEVE + side
    )
    # The hand is the last quarter of the bar from elbow to fingers.
    at_wrist = np.float32(SIZES["forearm"] / (SIZES["forearm"] + SIZES["hand"]))
    cut = np.where(people.long_sleeves, at_wrist, np.float32(-1))
    yield _with_second(lower, people.skin, Segment.RIGHT_FOREARM + side, cut)
    upper = capsule(
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
    yield capsule(figure, ankle, toe, (0.026, 0.024), people.shoes, Segment.RIGHT_SHOE + side)
    shin = capsule(
        figure, knee, ankle, _THIN["shin"], people.lower, Segment.RIGHT_SHIN_CLOTH + side
    )
    cut = np.where(covered, never, at_once)
    yield _with_second(shin, people.skin, Segment.RIGHT_SHIN + side, cut)
    thigh = capsule(
        figure, hip, knee, _THIN["thigh"], people.lower, Segment.RIGHT_THIGH_CLOTH + side
    )
    cut = np.where(covered, never, np.where(people.has_skirt, at_once, people.hem))
    yield _with_second(thigh, people.skin, Segment.RIGHT_THIGH + side, cut)


def _torso(figure: Figure) -> Bar:
    people = figure.people
    chest = torso_width(figure, 0.105, 0.068) * people.shoulders
    waist = torso_width(figure, 0.082, 0.062)
    bar = slab(
        figure,
        figure.at("thorax"),
        figure.at("pelvis"),
        (chest, waist),
        0.03,
        people.upper,
        segment=Segment.TORSO,
    )
    bar.second = people.second
    bar.pattern = (people.pattern * figure.scale).astype(np.float32)
    return bar


def _hips(figure: Figure) -> Bar:
    start, end = figure.at("pelvis"), (figure.at("right hip") + figure.at("left hip")) / 2
    width = torso_width(figure, 0.088, 0.066)
    end = end + (figure.at("pelvis") - figure.at("thorax")) * np.float32(0.12)
    return slab(
        figure, start, end, (width, width), 0.035, figure.people.lower, segment=Segment.HIPS
    )


def _skirt(figure: Figure) -> Bar:
    waist = torso_width(figure, 0.08, 0.066)
    knees = (figure.at("right knee") + figure.at("left knee")) / 2
    apart = np.abs(figure.at("right knee") - figure.at("left knee"))[:, 0] / 2
    hem = np.maximum(torso_width(figure, 0.115, 0.1), apart / figure.length(1.0) + 0.03)
    end = figure.at("pelvis") * np.float32(0.15) + knees * np.float32(0.85)
    bar = slab(
        figure,
        figure.at("pelvis"),
        end,
        (waist, hem),
        0.02,
        figure.people.lower,
        segment=Segment.SKIRT,
    )
    bar.shown = figure.people.has_skirt
    return bar


def _neck(figure: Figure) -> Bar:
    return capsule(
        figure,
        figure.at("thorax"),
        figure.at("neck"),
        (0.034, 0.03),
        figure.people.skin,
        Segment.NECK,
    )
