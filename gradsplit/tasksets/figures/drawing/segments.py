"""What each pixel of a drawn person is, and the label maps and visibilities that follow from it."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.poses import JOINTS

Bytes = NDArray[np.uint8]


class Segment(IntEnum):
    """The finest division of a picture; sided segments count the right side first."""

    BACKGROUND = 0
    HAT = 1
    HAIR = 2
    FACE = 3
    NECK = 4
    TORSO = 5
    HIPS = 6
    SKIRT = 7
    STRAP = 8
    BACKPACK = 9
    BAG = 10
    OCCLUDER = 11
    RIGHT_SLEEVE = 12
    LEFT_SLEEVE = 13
    RIGHT_UPPER_ARM = 14
    LEFT_UPPER_ARM = 15
    RIGHT_LOWER_SLEEVE = 16
    LEFT_LOWER_SLEEVE = 17
    RIGHT_FOREARM = 18
    LEFT_FOREARM = 19
    RIGHT_THIGH_CLOTH = 20
    LEFT_THIGH_CLOTH = 21
    RIGHT_THIGH = 22
    LEFT_THIGH = 23
    RIGHT_SHIN_CLOTH = 24
    LEFT_SHIN_CLOTH = 25
    RIGHT_SHIN = 26
    LEFT_SHIN = 27
    RIGHT_SHOE = 28
    LEFT_SHOE = 29


PARTS = (
    "background",
    "hat",
    "hair",
    "face",
    "upper clothes",
    "lower clothes",
    "skirt",
    "bag",
    "right arm",
    "left arm",
    "right leg",
    "left leg",
    "right shoe",
    "left shoe",
)
"""Names of the labels of `part_labels`."""


def _part(segment: Segment) -> str:
    """The part a segment belongs to; sleeves are upper clothes, bare limbs are limbs."""
    name = segment.name.lower().replace("_", " ")
    side = name.split()[0]
    if "sleeve" in name or name == "torso":
        return "upper clothes"
    if "cloth" in name or name == "hips":
        return "lower clothes"
    if "shoe" in name:
        return name
    if "arm" in name:
        return f"{side} arm"
    if "thigh" in name or "shin" in name:
        return f"{side} leg"
    others = {"neck": "face", "strap": "bag", "backpack": "bag", "occluder": "background"}
    return others.get(name, name)


_PART_OF: Bytes = np.array([PARTS.index(_part(segment)) for segment in Segment], np.uint8)

# Where a joint is seen: the segments that may lie on it.
_AROUND = {
    "ankle": ("SHIN_CLOTH", "SHIN", "SHOE"),
    "knee": ("THIGH_CLOTH", "THIGH", "SHIN_CLOTH", "SHIN"),
    "hip": ("THIGH_CLOTH", "THIGH"),
    "wrist": ("LOWER_SLEEVE", "FOREARM"),
    "elbow": ("SLEEVE", "UPPER_ARM", "LOWER_SLEEVE", "FOREARM"),
    "shoulder": ("SLEEVE", "UPPER_ARM"),
}
_ON_BODY = {
    "knee": ("SKIRT",),
    "hip": ("HIPS", "TORSO", "SKIRT", "STRAP"),
    "shoulder": ("TORSO", "STRAP", "HAIR"),
    "pelvis": ("HIPS", "TORSO", "SKIRT", "STRAP"),
    "thorax": ("TORSO", "NECK", "FACE", "HAIR", "STRAP"),
    "neck": ("NECK", "FACE", "HAIR", "TORSO"),
    "head top": ("HAT", "HAIR", "FACE"),
}


def _seen_through() -> NDArray[np.bool_]:
    """[joints, segments] whether a joint counts as seen where that segment is on top."""
    table = np.zeros((len(JOINTS), len(Segment)), bool)
    for row, joint in enumerate(JOINTS):
        side, _, kind = joint.partition(" ")
        sided = side in ("right", "left")
        names = [*_ON_BODY.get(kind if sided else joint, ())]
        if sided:
            names += [f"{side.upper()}_{name}" for name in _AROUND[kind]]
        table[row, [Segment[name] for name in names]] = True
    return table


_SEEN_THROUGH = _seen_through()


def part_labels(segments: Bytes) -> Bytes:
    """Segments -> labels of `PARTS`, of the same shape."""
    return _PART_OF[segments]


def visible_joints(segments: Bytes, joints: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which joints are seen: inside the picture and not behind another part or thing.

    Args:
        segments: [N, H, W] topmost segments.
        joints: [N, len(JOINTS), 2] in pixels, x and y.

    Returns:
        [N, len(JOINTS)].
    """
    height, width = segments.shape[1:]
    pixel = np.floor(joints).astype(np.intp)
    inside = ((pixel >= 0) & (pixel < (width, height))).all(axis=-1)
    x = np.clip(pixel[..., 0], 0, width - 1)
    y = np.clip(pixel[..., 1], 0, height - 1)
    on_top = segments[np.arange(len(segments))[:, None], y, x]
    return inside & _SEEN_THROUGH[np.arange(len(JOINTS)), on_top]
