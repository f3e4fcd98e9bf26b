"""Drawn people as LIP: pictures, part labels and joints; see `formats.lip` for the form.

Folders lie as the archives unpack them. Bags are background, as LIP has no class for them.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing import PARTS
from gradsplit.tasksets.figures.light import Light
from gradsplit.tasksets.human.export.drawn import Drawn, crowd, save_picture
from gradsplit.tasksets.human.formats.lip import CLASSES

_TO_CLASS = {"lower clothes": "pants", "bag": "background"}
_CLASS_OF: NDArray[np.uint8] = np.array(
    [CLASSES.index(_TO_CLASS.get(part, part)) for part in PARTS], np.uint8
)


def write(
    folder: Path, *, pictures: int, people: int, height: int, seed: int, light: Light = "day"
) -> None:
    """Write the data set.

    Args:
        folder: Where to; must exist.
        pictures: To train with; a quarter as many for validation.
        people: To train with.
        height: Of the larger pictures in pixels.
        seed: Of everything.
        light: When the pictures are taken.
    """
    for place, (part, share) in enumerate((("train", 1), ("val", 4))):
        images = folder / "TrainVal_images" / f"{part}_images"
        maps = folder / "TrainVal_parsing_annotations" / f"{part}_segmentations"
        poses = folder / "TrainVal_pose_annotations"
        for one in (images, maps, poses):
            one.mkdir(parents=True, exist_ok=True)
        count, several = max(4, pictures // share), max(2, people // share)
        rows: list[list[str]] = []
        for drawn in crowd(count, several, height=height, seed=2 * seed + place, light=light):
            for number, joints in enumerate(_joints(drawn)):
                # Two people come from one photograph: the number before the underscore.
                name = f"{len(rows) // 2 + 1}_{len(rows) + 1001}"
                save_picture(drawn.photographs.images[number], images / f"{name}.jpg")
                save_picture(classes(drawn.photographs.parts[number]), maps / f"{name}.png")
                rows.append([f"{name}.jpg", *joints])
        names = "".join(f"{row[0].removesuffix('.jpg')}\n" for row in rows)
        (images.parent / f"{part}_id.txt").write_text(names, encoding="utf-8")
        with (poses / f"lip_{part}_set.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


def classes(parts: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Drawn parts as LIP's classes, of the same shape."""
    return _CLASS_OF[parts]


def _joints(drawn: Drawn) -> list[list[str]]:
    """x, y, v of each person's joints: whole pixels, nan where a joint is out of the picture."""
    taken = drawn.photographs
    pixels = np.floor(taken.joints).astype(int)
    height, width = taken.images.shape[1:3]
    inside = np.asarray(((pixels >= 0) & (pixels < (width, height))).all(axis=2))
    return [
        [
            word
            for (x, y), seen, there in zip(*person, strict=True)
            for word in ((str(x), str(y), str(int(seen))) if there else ("nan",) * 3)
        ]
        for person in zip(pixels, taken.visible, inside, strict=True)
    ]
