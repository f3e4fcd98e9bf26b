"""What a reader of an on-disk format gives: pictures by their paths, and the labels of one task.

Everything but the pixels is in memory; pictures and label maps are opened when a batch needs them.
Coordinates are pixels of the picture as it lies on disk, the centre of the first pixel at (0, 0).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

IGNORED = 255
"""Label of pixels that count for nothing."""


@dataclass(frozen=True)
class AttributeRecords:
    """People with attributes.

    Attributes:
        images: N pictures, one person each.
        attributes: [N, attributes], true where the person has it.
        names: Of the attributes.
    """

    images: tuple[Path, ...]
    attributes: NDArray[np.bool_]
    names: tuple[str, ...]


@dataclass(frozen=True)
class ReidRecords:
    """People before cameras.

    Attributes:
        images: N pictures, one person each.
        identities: [N] the format's own numbers; negative = junk: neither right nor wrong when
            found; 0 = a distractor: wrong when found.
        cameras: [N] the format's own numbers.
    """

    images: tuple[Path, ...]
    identities: NDArray[np.intp]
    cameras: NDArray[np.intp]


@dataclass(frozen=True)
class PoseRecords:
    """People with joints; several records may share a picture.

    Attributes:
        images: N pictures, perhaps of several people.
        centers: [N, 2] (x, y) of the person.
        scales: [N] the person's height in units of 200 pixels, as MPII gives it.
        joints: [N, joints, 2] (x, y); arbitrary where not labelled.
        labelled: [N, joints] whether a joint is labelled (seen or not).
        heads: [N] size of the head in pixels, the unit of PCKh; nan where not known.
        names: Of the joints.
        mirrored: [joints] the joint that each becomes when the picture is mirrored.
    """

    images: tuple[Path, ...]
    centers: NDArray[np.float32]
    scales: NDArray[np.float32]
    joints: NDArray[np.float32]
    labelled: NDArray[np.bool_]
    heads: NDArray[np.float32]
    names: tuple[str, ...]
    mirrored: NDArray[np.intp]


@dataclass(frozen=True)
class ParsingRecords:
    """People with a part label a pixel.

    Attributes:
        images: N pictures, one person each.
        labels: N pictures of one channel, a class number a pixel; 255 = ignored.
        names: Of the classes, background first.
        mirrored: [classes] the class that each becomes when the picture is mirrored.
    """

    images: tuple[Path, ...]
    labels: tuple[Path, ...]
    names: tuple[str, ...]
    mirrored: NDArray[np.intp]


Records = AttributeRecords | ReidRecords | PoseRecords | ParsingRecords


@dataclass(frozen=True)
class Parts:
    """The parts of a data set that are used: training, and what scores are taken on.

    Attributes:
        train: To learn from.
        test: To be judged on; for re-identification the gallery.
        query: For re-identification, the queries; None otherwise.
    """

    train: Records
    test: Records
    query: ReidRecords | None = None
