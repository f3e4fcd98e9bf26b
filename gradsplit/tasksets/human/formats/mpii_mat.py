"""MPII's own file, `mpii_human_pose_v1_u12_1.mat`, a struct `RELEASE`.

`annolist` [1, pictures]: `image.name`, `annorect` [1, people], `vididx`. A person of `annorect` has
`x1, y1, x2, y2` (the head's box), `scale`, `objpos.x, .y` and `annopoints.point` [1, joints] with
`x`, `y`, `id` (0 to 15) and `is_visible`. `img_train` [1, pictures] is 1 for training; the labels
of the others were never published. `single_person` [pictures, 1] are cells of the numbers, from 1,
of the people who stand apart from others; only these are judged.

Not every field is there everywhere: `annorect` may be empty or lack `annopoints`, `annopoints` may
be empty, points may lack `is_visible` (a number, a digit as text, or empty; not used, since every
labelled joint counts). People without joints, place or scale are left out.

MPII itself names no validation part. Our choice: every tenth video (`vididx` divisible by 10), so
that no video is both trained with and judged on; pictures without a video count as one each. The
division that papers report on comes with the JSON conversion.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import TaskSetError, first_names
from gradsplit.tasksets.figures.drawing.poses import JOINTS
from gradsplit.tasksets.human.formats.mat import load_mat, member, number, numbers, record, text
from gradsplit.tasksets.human.formats.mpii_people import HEAD_SHARE, Person, records
from gradsplit.tasksets.human.records import Parts

_FIELDS = ("annolist", "img_train", "single_person")
_EVERY = 10
_POINT = ("id", "x", "y")
_JOINTS = frozenset(range(len(JOINTS)))


def read(path: Path, images: Path, problems: list[str]) -> Parts | None:
    """Read MPII's own file; what is wrong with it is added to the problems.

    Args:
        path: The file.
        images: The folder of the pictures.
        problems: Gathers one sentence each.
    """
    try:
        release = record(load_mat(path, ["RELEASE"])["RELEASE"])
    except TaskSetError as error:
        problems.append(str(error))
        return None
    fields = {name: None if release is None else member(release, name) for name in _FIELDS}
    lost = [name for name, value in fields.items() if value is None]
    if lost:
        problems.append(f"RELEASE of {path.name} lacks {', '.join(lost)}.")
        return None
    pictures, in_training, alone = (np.asarray(value).reshape(-1) for value in fields.values())
    if not len(pictures) == len(in_training) == len(alone):
        problems.append(
            f"RELEASE of {path.name} must have one entry a picture, got {len(pictures)} of "
            f"annolist, {len(in_training)} of img_train, {len(alone)} of single_person."
        )
        return None
    train, test, strange = _divided(pictures, in_training, alone)
    if strange:
        problems.append(f"joints must be numbered 0 to 15, got {first_names(sorted(strange))}.")
    problems += [
        f"{path.name} has nobody with joints, place and scale {where}."
        for people, where in (
            (train, "to train with"),
            (test, f"to be judged on (every {_EVERY}th video)"),
        )
        if not people
    ]
    if problems:
        return None
    return Parts(train=records(train, images), test=records(test, images))


def _divided(
    pictures: NDArray, in_training: NDArray, alone: NDArray
) -> tuple[list[Person], list[Person], set[str]]:
    """People to train with and to be judged on, and numbers of joints that do not exist."""
    train: list[Person] = []
    test: list[Person] = []
    strange: set[str] = set()
    for place in np.flatnonzero(in_training):
        picture = pictures[place]
        people = _people(picture, strange)
        video = number(member(picture, "vididx"))
        if (int(video) if video is not None else int(place)) % _EVERY:
            train += people.values()
            continue
        apart = {int(one) for one in np.asarray(alone[place]).reshape(-1)}
        judged = [person for one, person in people.items() if one in apart]
        test += [person for person in judged if np.isfinite(person.head)]
    return train, test, strange


def _people(picture: np.void, strange: set[str]) -> dict[int, Person]:
    """The labelled people of a picture, by their number from 1."""
    rects = member(picture, "annorect")
    image = record(member(picture, "image"))
    name = "" if image is None else text(member(image, "name"))
    if rects is None or not name or rects.dtype.names is None:
        return {}
    people = {}
    for place, rect in enumerate(rects.reshape(-1), start=1):
        person = _person(rect, name, strange)
        if person is not None:
            people[place] = person
    return people


def _person(rect: np.void, image: str, strange: set[str]) -> Person | None:
    """One person, or None when joints, place or scale are not given."""
    points = record(member(rect, "annopoints"))
    position = record(member(rect, "objpos"))
    scale = number(member(rect, "scale"))
    if points is None or position is None or not scale:
        return None
    x, y = (number(member(position, axis)) for axis in ("x", "y"))
    listed = member(points, "point")
    if x is None or y is None or listed is None:
        return None
    if not set(_POINT) <= set(listed.dtype.names or ()):
        return None
    joints = np.full((len(JOINTS), 2), np.nan)
    for joint, *place in zip(*(numbers(listed[name]) for name in _POINT), strict=True):
        if joint in _JOINTS:
            joints[int(joint)] = place
        else:
            strange.add(f"{joint:g}")
    if not np.isfinite(joints).all(axis=1).any():
        return None
    return Person(image, (x, y), scale, joints, _head(rect))


def _head(rect: np.void) -> float:
    """The unit of PCKh from the head's box; nan when there is none."""
    box = [number(member(rect, name)) for name in ("x1", "y1", "x2", "y2")]
    left, top, right, bottom = (float("nan") if one is None else one for one in box)
    size = HEAD_SHARE * float(np.hypot(right - left, bottom - top))
    return size if size > 0 else float("nan")
