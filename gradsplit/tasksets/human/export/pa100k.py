"""Drawn people as PA-100K; see `formats.pa100k` for the form.

Where a person faces is read off the shoulders; the ages follow the drawn height; stripes across and
along stand for `UpperStride` and `UpperSplice`. What drawn people do not have is 0 for all.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.people import BAGS
from gradsplit.tasksets.figures.light import Light
from gradsplit.tasksets.human.export.drawn import Drawn, crowd, save_picture
from gradsplit.tasksets.human.export.mat import cells, save

ATTRIBUTES = (
    "Female",
    "AgeOver60",
    "Age18-60",
    "AgeLess18",
    "Front",
    "Side",
    "Back",
    "Hat",
    "Glasses",
    "HandBag",
    "ShoulderBag",
    "Backpack",
    "HoldObjectsInFront",
    "ShortSleeve",
    "LongSleeve",
    "UpperStride",
    "UpperLogo",
    "UpperPlaid",
    "UpperSplice",
    "LowerStripe",
    "LowerPattern",
    "LongCoat",
    "Trousers",
    "Shorts",
    "Skirt&Dress",
    "boots",
)
"""The 26 attributes, in the file's order and spelling."""


def write(
    folder: Path, *, pictures: int, people: int, height: int, seed: int, light: Light = "day"
) -> None:
    """Write the data set.

    Args:
        folder: Where to; must exist.
        pictures: To train with; an eighth as many for validation, a quarter for the test.
        people: To train with.
        height: Of the larger pictures in pixels.
        seed: Of everything.
        light: When the pictures are taken.
    """
    (folder / "release_data").mkdir()
    variables: dict[str, object] = {"attributes": cells(ATTRIBUTES, column=True)}
    number = 0
    for place, (part, share) in enumerate((("train", 1), ("val", 8), ("test", 4))):
        count = max(4, pictures // share)
        names, rows = [], []
        several = max(2, people // share)
        for drawn in crowd(count, several, height=height, seed=3 * seed + place, light=light):
            rows.append(labels(drawn))
            for image in drawn.photographs.images:
                number += 1
                names.append(f"{number:06d}.jpg")
                save_picture(image, folder / "release_data" / names[-1])
        variables[f"{part}_images_name"] = cells(names, column=True)
        variables[f"{part}_label"] = np.concatenate(rows)
    save(folder / "annotation.mat", variables)


def labels(drawn: Drawn) -> NDArray[np.uint8]:
    """[N, 26] of 0 and 1."""
    people = drawn.people
    truths = {
        "AgeLess18": drawn.ages == 0,
        "Age18-60": drawn.ages == 1,
        "AgeOver60": drawn.ages == 2,
        **{name: drawn.facing == i for i, name in enumerate(("Front", "Side", "Back"))},
        "Hat": people.has_hat,
        "HandBag": people.bag_kind == BAGS.index("handbag"),
        "ShoulderBag": people.bag_kind == BAGS.index("shoulder bag"),
        "Backpack": people.bag_kind == BAGS.index("backpack"),
        "ShortSleeve": ~people.long_sleeves,
        "LongSleeve": people.long_sleeves,
        "UpperStride": people.pattern > 0,
        "UpperSplice": people.pattern < 0,
        "Trousers": people.long_trousers & ~people.has_skirt,
        "Shorts": ~people.long_trousers & ~people.has_skirt,
        "Skirt&Dress": people.has_skirt,
    }
    nobody = np.zeros(len(drawn), bool)
    return np.stack([truths.get(name, nobody) for name in ATTRIBUTES], axis=1).astype(np.uint8)
