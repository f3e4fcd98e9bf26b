"""How people stand: articulated poses in space, and where they lie in the picture.

Space: x to the person's left, y up, z the way the person faces; origin at the pelvis; unit: the
height of an average person. Joints are the sixteen of MPII, in its order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.people import People

Floats = NDArray[np.floating]

JOINTS = (
    "right ankle",
    "right knee",
    "right hip",
    "left hip",
    "left knee",
    "left ankle",
    "pelvis",
    "thorax",
    "neck",
    "head top",
    "right wrist",
    "right elbow",
    "right shoulder",
    "left shoulder",
    "left elbow",
    "left wrist",
)
"""Names of the joints, in the order of every array of joints."""

BONES = tuple(
    (JOINTS.index(one), JOINTS.index(other))
    for one, other in (
        ("head top", "neck"),
        ("neck", "thorax"),
        ("thorax", "pelvis"),
        *(
            (f"{side} {one}", f"{side} {other}")
            for side in ("right", "left")
            for one, other in (
                ("shoulder", "elbow"),
                ("elbow", "wrist"),
                ("hip", "knee"),
                ("knee", "ankle"),
            )
        ),
        *(("thorax", f"{side} shoulder") for side in ("right", "left")),
        *(("pelvis", f"{side} hip") for side in ("right", "left")),
    )
)
"""Pairs of places in `JOINTS` that a line joins in a picture of the joints."""

# Helpers beyond the joints, which the painting needs.
POINTS = (*JOINTS, "right hand", "left hand", "right toe", "left toe", "head middle")
PLACE = {name: number for number, name in enumerate(POINTS)}

# Lengths in heights; a little larger heads, hands and feet than life, to be seen at 64x32.
SIZES = {
    "thigh": 0.245,
    "shin": 0.245,
    "foot": 0.085,
    "torso": 0.285,
    "neck": 0.045,
    "head": 0.15,
    "upper arm": 0.165,
    "forearm": 0.145,
    "hand": 0.05,
    "shoulders": 0.105,
    "hips": 0.055,
}


@dataclass(frozen=True)
class Poses:
    """Angles in radians, [N] or [N, 2] with the right side first.

    Attributes:
        yaw: Where the person faces: 0 to the camera, pi/2 to the right of the picture.
        lean: Sideways lean of the whole person, in the picture.
        stoop: Forward lean of the torso.
        thigh: Forward swing of the thighs.
        knee: Bend of the knees, at least 0.
        spread: Sideways spread of the legs.
        arm: Forward swing of the upper arms.
        lift: Sideways lift of the upper arms.
        elbow: Bend of the elbows, at least 0.
        nod: Forward lean of the head against the torso.
    """

    yaw: Floats
    lean: Floats
    stoop: Floats
    thigh: Floats
    knee: Floats
    spread: Floats
    arm: Floats
    lift: Floats
    elbow: Floats
    nod: Floats


def draw_poses(count: int, rng: np.random.Generator) -> Poses:
    """Draw poses: people who stand or walk, some with an arm raised.

    Args:
        count: Number of poses.
        rng: Where the randomness comes from.
    """
    stride = rng.uniform(-0.55, 0.55, count)
    swing = np.stack([stride, -stride], axis=1) + rng.normal(0, 0.08, (count, 2))
    # The leg that is behind bends its knee more, as in walking.
    knee = np.abs(rng.normal(0.08, 0.12, (count, 2))) + np.maximum(-swing, 0) * rng.uniform(
        0.2, 1.4, (count, 2)
    )
    arm = -0.9 * swing + rng.normal(0, 0.25, (count, 2))
    lift = np.abs(rng.normal(0.12, 0.12, (count, 2)))
    raised = rng.random((count, 2)) < 0.15
    arm = np.where(raised, rng.uniform(0.6, 2.9, (count, 2)), arm)
    aside = rng.random((count, 2)) < 0.08
    lift = np.where(aside, rng.uniform(0.5, 1.6, (count, 2)), lift)
    return Poses(
        yaw=_float(rng.uniform(-np.pi, np.pi, count)),
        lean=_float(rng.normal(0, 0.05, count)),
        stoop=_float(np.abs(rng.normal(0, 0.09, count))),
        thigh=_float(swing),
        knee=_float(knee),
        spread=_float(np.abs(rng.normal(0.05, 0.05, (count, 2)))),
        arm=_float(arm),
        lift=_float(lift),
        elbow=_float(np.abs(rng.normal(0.35, 0.4, (count, 2)))),
        nod=_float(rng.normal(0.05, 0.12, count)),
    )


def place_points(people: People, poses: Poses) -> Floats:
    """Where the joints and the painting's helpers are, seen from the camera.

    Args:
        people: N identities, one for each pose.
        poses: N poses.

    Returns:
        [N, len(POINTS), 3]: x to the right of the picture, y down, depth towards the camera, in
        heights; the pelvis at 0.
    """
    points = np.zeros((len(people), len(POINTS), 3), np.float32)
    for side, name in enumerate(("right", "left")):
        sign = 2 * side - 1
        _leg(points, people, poses, side, sign, name)
    up = _tilted(poses.stoop)
    _set(points, "thorax", SIZES["torso"] * up)
    _set(points, "neck", (SIZES["torso"] + SIZES["neck"]) * up)
    nodded = _tilted(poses.stoop + poses.nod)
    head = (SIZES["head"] * people.head)[:, None] * nodded
    neck = points[:, PLACE["neck"]]
    _set(points, "head top", neck + head)
    _set(points, "head middle", neck + head / 2)
    for side, name in enumerate(("right", "left")):
        _arm(points, people, poses, side, 2 * side - 1, name)
    points *= people.height[:, None, None]
    return _seen(points, poses)


def _leg(points: Floats, people: People, poses: Poses, side: int, sign: int, name: str) -> None:
    hip = np.zeros((len(people), 3), np.float32)
    hip[:, 0] = sign * SIZES["hips"] * people.build
    thigh = _limb(poses.thigh[:, side], sign * poses.spread[:, side])
    shin_angle = poses.thigh[:, side] - poses.knee[:, side]
    shin = _limb(shin_angle, sign * poses.spread[:, side] * 0.5)
    knee = hip + (SIZES["thigh"] * people.legs)[:, None] * thigh
    ankle = knee + (SIZES["shin"] * people.legs)[:, None] * shin
    toe = ankle + SIZES["foot"] * _limb(shin_angle + 1.35, np.full_like(shin_angle, 0.25 * sign))
    for point, where in (("hip", hip), ("knee", knee), ("ankle", ankle), ("toe", toe)):
        _set(points, f"{name} {point}", where)


def _arm(points: Floats, people: People, poses: Poses, side: int, sign: int, name: str) -> None:
    shoulder = points[:, PLACE["thorax"]].copy()
    shoulder[:, 0] += sign * SIZES["shoulders"] * people.shoulders * people.build
    swing = poses.arm[:, side] - poses.stoop
    elbow = shoulder + SIZES["upper arm"] * _limb(swing, sign * poses.lift[:, side])
    lower = _limb(swing + poses.elbow[:, side], sign * poses.lift[:, side] * 0.4)
    wrist = elbow + SIZES["forearm"] * lower
    hand = wrist + SIZES["hand"] * lower
    for point, where in (
        ("shoulder", shoulder),
        ("elbow", elbow),
        ("wrist", wrist),
        ("hand", hand),
    ):
        _set(points, f"{name} {point}", where)


def _limb(forward: Floats, aside: Floats) -> Floats:
    """Unit vector of a limb that hangs down and is swung forward, then lifted aside; [N, 3]."""
    return np.stack(
        [np.sin(aside), -np.cos(aside) * np.cos(forward), np.cos(aside) * np.sin(forward)], axis=1
    )


def _tilted(angle: Floats) -> Floats:
    """Unit vector that points up and is leaned forward; [N, 3]."""
    return np.stack([np.zeros_like(angle), np.cos(angle), np.sin(angle)], axis=1)


def _seen(points: Floats, poses: Poses) -> Floats:
    """From the person's axes to the camera's."""
    cosine, sine = np.cos(poses.yaw)[:, None], np.sin(poses.yaw)[:, None]
    x = points[..., 0] * cosine + points[..., 2] * sine
    depth = points[..., 2] * cosine - points[..., 0] * sine
    tilt_c, tilt_s = np.cos(poses.lean)[:, None], np.sin(poses.lean)[:, None]
    y = -points[..., 1]
    return np.stack([x * tilt_c - y * tilt_s, x * tilt_s + y * tilt_c, depth], axis=-1)


def _set(points: Floats, name: str, where: Floats) -> None:
    points[:, PLACE[name]] = where


def _float(values: NDArray) -> Floats:
    return values.astype(np.float32)
