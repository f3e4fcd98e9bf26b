"""People of MPII, gathered one by one, whatever file they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.poses import JOINTS
from gradsplit.tasksets.human.formats.folders import PICTURES, absent, names_in
from gradsplit.tasksets.human.formats.skeleton import MIRRORED
from gradsplit.tasksets.human.records import Parts, PoseRecords

HEAD_SHARE = 0.6
"""The unit of PCKh as a share of the diagonal of the head's box, from MPII's own evaluation."""


@dataclass(frozen=True)
class Person:
    """One labelled person, in the file's own coordinates, which count from 1.

    Attributes:
        image: Name of the picture.
        center: (x, y).
        scale: Height in units of 200 pixels.
        joints: [16, 2]; nan where not labelled.
        head: The unit of PCKh in pixels; nan where not known.
    """

    image: str
    center: tuple[float, float]
    scale: float
    joints: NDArray[np.float64]
    head: float = float("nan")


def records(people: Sequence[Person], images: Path) -> PoseRecords:
    """The people as records; coordinates count from 0."""
    joints = np.stack([person.joints for person in people]) - 1
    labelled = np.asarray(np.isfinite(joints).all(axis=2))
    return PoseRecords(
        images=tuple(images / person.image for person in people),
        centers=np.array([person.center for person in people], np.float32) - 1,
        scales=np.array([person.scale for person in people], np.float32),
        joints=np.where(labelled[..., None], joints, 0).astype(np.float32),
        labelled=labelled,
        heads=np.array([person.head for person in people], np.float32),
        names=JOINTS,
        mirrored=MIRRORED,
    )


def missing_pictures(parts: Parts, images: Path) -> list[str]:
    """A sentence about labelled pictures that are not there, or nothing."""
    names = [image.name for part in (parts.train, parts.test) for image in part.images]
    return absent(names, images, names_in(images, PICTURES))
