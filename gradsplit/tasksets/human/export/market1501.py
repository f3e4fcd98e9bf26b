"""Drawn people as Market-1501 with its attributes; see `formats.market1501` for the form.

Six cameras; half as many test people as training people, each before every camera; one picture of
each test person and camera is a query. Junk and distractors are corners of pictures of others. What
drawn people do not have is 1 (no, male) for all; age follows the drawn height.
"""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.figures.drawing.people import BAGS, LOWER_COLOURS, UPPER_COLOURS, People
from gradsplit.tasksets.figures.light import Light
from gradsplit.tasksets.human.export.drawn import Drawn, save_picture, shoot
from gradsplit.tasksets.human.export.mat import cells, save, struct
from gradsplit.tasksets.human.formats.market1501 import GALLERY, QUERY, TRAIN
from gradsplit.tasksets.human.formats.market1501_attributes import FIELDS

_CAMERAS = 6
_EACH = 2 * _CAMERAS
# Junk and distractors in the gallery, each as a share of the test pictures.
_CLUTTER = 0.1


def write(
    folder: Path, *, pictures: int, people: int, height: int, seed: int, light: Light = "day"
) -> None:
    """Write the data set.

    Args:
        folder: Where to; must exist.
        pictures: Of the training people.
        people: To train with.
        height: Of the pictures in pixels; they are half as wide.
        seed: Of everything.
        light: When the pictures are taken.
    """
    for name in (TRAIN, GALLERY, QUERY):
        (folder / name).mkdir()
    shoot_all = partial(shoot, height=height, camera_seed=3 * seed, light=light)
    train = shoot_all(*_rota(people, max(2, pictures // people)), seed=3 * seed)
    test = shoot_all(*_rota(max(2, people // 2), _EACH), seed=3 * seed + 1)
    for number, path in enumerate(_paths(train, folder / TRAIN, first=2)):
        save_picture(train.photographs.images[number], path)
    # The first round of the cameras asks, the others are there to be found.
    asked = np.arange(len(test)) % _EACH < _CAMERAS
    places = zip(
        _paths(test, folder / QUERY, first=1), _paths(test, folder / GALLERY, first=1), strict=True
    )
    for number, (query, gallery) in enumerate(places):
        save_picture(test.photographs.images[number], query if asked[number] else gallery)
    numbers = np.arange(2 * max(2, round(_CLUTTER * len(test))))
    others = shoot_all(numbers, numbers % _CAMERAS, seed=3 * seed + 2)
    _clutter(folder / GALLERY, others.photographs.images)
    parts = {"test": _part(test, 1, [*FIELDS]), "train": _part(train, 2, sorted(FIELDS))}
    save(folder / "market_attribute.mat", {"market_attribute": struct(parts)})


def labels(people: People) -> dict[str, NDArray[np.uint8]]:
    """[N] the value 1 or 2 (age: 1 to 4) of each field of the file, for people's looks."""
    heights = np.digitize(people.height, (0.93, 0.99, 1.05))
    truths = {
        "gender": np.zeros(len(people), bool),
        "hair": people.long_hair,
        "up": ~people.long_sleeves,
        "down": ~people.long_trousers | people.has_skirt,
        "clothes": ~people.has_skirt,
        "hat": people.has_hat,
        **{name: people.bag_kind == BAGS.index(bag) for name, bag in _BAGS.items()},
        **_colours("up", people.upper_name, [*UPPER_COLOURS]),
        **_colours("down", people.lower_name, [*LOWER_COLOURS]),
    }
    values = {name: 1 + truth.astype(np.uint8) for name, truth in truths.items()}
    values["age"] = (1 + heights).astype(np.uint8)
    return {name: values.get(name, np.ones(len(people), np.uint8)) for name in FIELDS}


_BAGS = {"backpack": "backpack", "bag": "shoulder bag", "handbag": "handbag"}


def _colours(where: str, which: NDArray[np.intp], names: list[str]) -> dict[str, NDArray[np.bool_]]:
    """Whether each colour is the one of the clothes; the file writes grey as gray."""
    return {f"{where}{name.replace('grey', 'gray')}": which == i for i, name in enumerate(names)}


def _rota(people: int, each: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Identities and cameras of the pictures: everybody before one camera after the other."""
    identities = np.repeat(np.arange(people), each)
    return identities, (np.tile(np.arange(each), people) + identities) % _CAMERAS


def _paths(drawn: Drawn, folder: Path, *, first: int) -> list[Path]:
    """Names of the pictures; identities are every second number from `first`."""
    return [
        folder / f"{first + 2 * identity:04d}_c{camera + 1}s1_{number:06d}_00.jpg"
        for number, (identity, camera) in enumerate(
            zip(drawn.identities, drawn.cameras, strict=True), start=1
        )
    ]


def _part(drawn: Drawn, first: int, order: list[str]) -> NDArray:
    """One part of the attribute file, its fields in an order of its own as in the real one."""
    people, at = np.unique(drawn.identities, return_index=True)
    values = labels(drawn.people[at])
    fields: dict[str, object] = {name: values[name].reshape(1, -1) for name in order}
    fields["image_index"] = cells([f"{first + 2 * one:04d}" for one in people])
    return struct(fields)


def _clutter(folder: Path, images: NDArray[np.uint8]) -> None:
    """Junk and distractors in turn: enlarged corners of pictures of other people."""
    height, width = (size // 2 for size in images.shape[1:3])
    for number, image in enumerate(images):
        identity = "-1" if number % 2 else "0000"
        corner = image[:height, :width] if number % 4 < 2 else image[height:, width:]
        name = f"{identity}_c{number % _CAMERAS + 1}s1_{number:06d}_01.jpg"
        save_picture(corner.repeat(2, axis=0).repeat(2, axis=1), folder / name)
