"""Small data of the four tasks on disk, drawn once a test session."""

from pathlib import Path

import numpy as np
from PIL import Image

from gradsplit.tasksets.figures.drawing import JOINTS, PARTS, draw_cameras, draw_people, photograph
from gradsplit.tasksets.human.formats.skeleton import MIRRORED
from gradsplit.tasksets.human.records import (
    AttributeRecords,
    ParsingRecords,
    PoseRecords,
    ReidRecords,
)

# Parts of the drawn people that have a side.
PART_SWAP = np.array(
    [
        PARTS.index({"right": "left", "left": "right"}[name.split()[0]] + name[name.index(" ") :])
        if name.split()[0] in ("right", "left")
        else at
        for at, name in enumerate(PARTS)
    ]
)


def records_of(folder: Path, count: int = 12, size: tuple[int, int] = (48, 32)):
    """Records of the four tasks over the same `count` pictures of three people, PNG."""
    identities = np.repeat(np.arange(3), -(-count // 3))[:count]
    cameras = np.arange(count) % 2
    people = draw_people(3, seed=0)[identities]
    shape = {"height": size[0], "width": size[1]}
    taken_by = draw_cameras(2, seed=0, **shape)
    taken = photograph(people, taken_by, cameras, seed=0, **shape)
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = [], []
    for one in range(count):
        images.append(folder / f"{one:04}.png")
        labels.append(folder / f"{one:04}_parts.png")
        Image.fromarray(taken.images[one]).save(images[-1])
        Image.fromarray(taken.parts[one]).save(labels[-1])
    pictures = tuple(images)
    # The drawing's first pixel has its middle at (0.5, 0.5), records have it at (0, 0).
    joints = taken.joints - 0.5
    return {
        "attribute": AttributeRecords(pictures, people.attributes(), ("a",) * 22),
        "reid": ReidRecords(pictures, identities + 5, cameras + 1),
        "pose": PoseRecords(
            pictures,
            centers=np.tile(np.float32([size[1] / 2, size[0] / 2]) - 0.5, (count, 1)),
            scales=np.full(count, 0.8 * size[0] / 200, np.float32),
            joints=joints.astype(np.float32),
            labelled=taken.visible,
            heads=taken.head,
            names=JOINTS,
            mirrored=MIRRORED,
        ),
        "parsing": ParsingRecords(pictures, tuple(labels), PARTS, PART_SWAP),
    }
