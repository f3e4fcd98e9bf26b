"""The common JSON conversion of MPII, as Simple Baselines, HRNet and MMPose use it.

`train.json` and `valid.json` are lists of people: `image`, `center` [2], `scale`, `joints` [16, 2],
`joints_vis` [16]. A joint with `joints_vis` 0 is not labelled and has arbitrary coordinates. All
coordinates count from 1. Centre and scale are MPII's own; the shift by 15 scales down and the
factor of 1.25 that these projects apply belong to their cropping, not to the file.

The head's size is not in the JSON. That of the validation people comes with `gt_valid.mat`, whose
people are those of `valid.json`, in its order: `headboxes_src` [2, 2, N] (corner, x and y, person),
`pos_gt_src` [16, 2, N] and `jnt_missing` [16, N]. What is scored is what this file says, as in the
published numbers. A training person's head is told from the joints: MPII's neck and top of the head
lie on a line through the middle of the head's box, 0.8 of its diagonal apart. No document says so,
but the boxes and joints that public documents quote agree to all digits.
"""

import json
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import TaskSetError, first_names
from gradsplit.tasksets.figures.drawing.poses import JOINTS
from gradsplit.tasksets.human.formats.folders import first
from gradsplit.tasksets.human.formats.mat import load_mat
from gradsplit.tasksets.human.formats.mpii_people import HEAD_SHARE, Person, records
from gradsplit.tasksets.human.records import Parts

_KEYS = ("image", "center", "scale", "joints", "joints_vis")
_NECK, _TOP = JOINTS.index("neck"), JOINTS.index("head top")
# The way from neck to top as a share of the diagonal of the head's box.
_LINE = 0.8
# More joints than this share farther apart than this many pixels: the files are of other people.
_STRAY, _APART = 0.05, 2.0


class Files(NamedTuple):
    """The files of the conversion; `truth` holds the heads of `valid`."""

    train: Path
    valid: Path
    truth: Path


def files(base: Path) -> Files | None:
    """The conversion's files below a folder; None when there is none of the lists."""
    train = first(base, "annot/train.json", "annotations/mpii_train.json", "train.json")
    valid = first(base, "annot/valid.json", "annotations/mpii_val.json", "valid.json")
    if train is None and valid is None:
        return None
    folder = (train or valid or base).parent
    truth = first(folder, "gt_valid.mat", "mpii_gt_val.mat") or folder / "gt_valid.mat"
    return Files(train or folder / "train.json", valid or folder / "valid.json", truth)


def read(found: Files, images: Path, problems: list[str]) -> Parts | None:
    """Read the conversion; what is wrong with it is added to the problems.

    Args:
        found: Its files.
        images: The folder of the pictures.
        problems: Gathers one sentence each.
    """
    lost = [path for path in found if not path.is_file()]
    if lost:
        missing = ", ".join(f"{path.parent.name}/{path.name}" for path in lost)
        why = " (it holds the sizes of the heads)" if found.truth in lost else ""
        problems.append(f"there is no file {missing}{why}.")
        return None
    train, valid = _people(found.train, problems), _people(found.valid, problems)
    if problems:
        return None
    try:
        judged = _judged(valid, found.truth)
    except TaskSetError as error:
        problems.append(str(error))
        return None
    return Parts(train=records(train, images), test=records(judged, images))


def _people(path: Path, problems: list[str]) -> list[Person]:
    """The people of one list."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path.name} cannot be read as JSON ({error}).")
        return []
    if not isinstance(entries, list) or not entries:
        problems.append(f"{path.name} must be a list of people, got {type(entries).__name__}.")
        return []
    people = [_person(entry) for entry in entries]
    wrong = [f"number {place}" for place, person in enumerate(people) if person is None]
    if wrong:
        problems.append(
            f"{len(wrong)} entries of {path.name} have not {', '.join(_KEYS)} of {len(JOINTS)} "
            f"joints, e.g. {first_names(wrong)}."
        )
    return [person for person in people if person is not None]


def _person(entry: object) -> Person | None:
    """One person, or None when the entry is not of the form."""
    if not isinstance(entry, dict) or any(key not in entry for key in _KEYS):
        return None
    try:
        joints = np.array(entry["joints"], float)
        labelled = np.array(entry["joints_vis"], float)
        center = np.array(entry["center"], float)
        scale = float(entry["scale"])
    except (TypeError, ValueError):
        return None
    sizes = (joints.shape, labelled.shape, center.shape)
    if sizes != ((len(JOINTS), 2), (len(JOINTS),), (2,)) or not np.isfinite(scale) or scale <= 0:
        return None
    joints[labelled <= 0] = np.nan
    head = HEAD_SHARE / _LINE * float(np.linalg.norm(joints[_TOP] - joints[_NECK]))
    place = cast(tuple[float, float], tuple(center.tolist()))
    return Person(str(entry["image"]), place, scale, joints, head or float("nan"))


def _judged(people: list[Person], truth: Path) -> list[Person]:
    """The validation people with the joints and heads that scores are taken with.

    Raises:
        TaskSetError: The file of the heads is not of the form, or is of other people.
    """
    found = load_mat(truth, ["headboxes_src", "pos_gt_src", "jnt_missing"])
    boxes, joints, missing = found.values()
    count = len(people)
    sizes = ((2, 2, count), (len(JOINTS), 2, count), (len(JOINTS), count))
    if tuple(value.shape for value in found.values()) != sizes:
        got = ", ".join(f"{name} {list(value.shape)}" for name, value in found.items())
        raise TaskSetError(
            f"{truth.name} must be of the {count} people of the validation list, got {got}."
        )
    heads = HEAD_SHARE * np.linalg.norm(boxes[1].astype(float) - boxes[0], axis=0)
    placed = np.where(missing[:, None, :] > 0, np.nan, joints.astype(float)).transpose(2, 0, 1)
    _check_same(people, placed, truth)
    return [
        Person(person.image, person.center, person.scale, points, float(head) or float("nan"))
        for person, points, head in zip(people, placed, heads, strict=True)
    ]


def _check_same(people: list[Person], placed: NDArray[np.float64], truth: Path) -> None:
    """Refuse joints that are not those of the list: the two would be in different orders."""
    apart = np.linalg.norm(np.stack([person.joints for person in people]) - placed, axis=2)
    both = np.isfinite(apart)
    strayed = both & (np.nan_to_num(apart) > _APART)
    if strayed.sum() > _STRAY * both.sum():
        raise TaskSetError(
            f"{strayed.sum()} of {both.sum()} joints of {truth.name} are elsewhere than in the "
            "validation list; the two are of different people or in another order."
        )
