"""What is wrong with single pictures and labels of people, found by decoding them whole."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from gradsplit.errors import TaskSetError, first_names
from gradsplit.tasksets.human.crops import SIXTEEN_BITS, colours, opened
from gradsplit.tasksets.human.records import IGNORED, ParsingRecords, Parts, PoseRecords, Records
from gradsplit.training.data_check import Finding

# Modes that are decoded rightly, as far as anyone can say, and are seldom meant.
_ODD = {
    "CMYK": "has the colours of print (CMYK), which are turned into those of a screen by rule",
    "YCbCr": "has the colours of video (YCbCr)",
    "LAB": "has the colours of a scanner (LAB)",
    **dict.fromkeys(SIXTEEN_BITS, "is grey of 16 bits, read as 8 bits by its full range"),
}


_TURNED = "says that it is to be turned (EXIF), which is not done: it is taken as its pixels lie"


@dataclass(frozen=True)
class Looked:
    """One picture, with all that is labelled on it.

    Attributes:
        task: Of its data set.
        part: "train", "test" or "query".
        image: The picture.
        label: Its map of classes; None of tasks without.
        classes: Number of classes.
        joints: [K, 2] (x, y) of all labelled joints on it.
        scales: [P] of the people on it.
    """

    task: str
    part: str
    image: Path
    label: Path | None = None
    classes: int = 0
    joints: NDArray[np.float32] | None = None
    scales: NDArray[np.float32] | None = None


def pictures_of(parts: Parts, task: str) -> list[Looked]:
    """Every picture of a data set once, however many people are on it."""
    of_part = {"train": parts.train, "test": parts.test, "query": parts.query}
    return [
        looked
        for part, records in of_part.items()
        if records is not None
        for looked in _of_records(records, task, part)
    ]


def faults(looked: Looked) -> list[Finding]:
    """What is wrong with a picture and its labels; nothing where all is well.

    Cost: the picture and its label are decoded whole.
    """
    found: list[tuple[Path, str, bool]] = []
    size = _look_at_picture(looked.image, found)
    if size is not None and looked.label is not None:
        _look_at_label(looked.label, size, looked.classes, found)
    if size is not None and looked.joints is not None:
        found += [(looked.image, text, True) for text in _joint_faults(looked, size)]
    return [
        Finding(looked.task, looked.part, str(path), text, usable) for path, text, usable in found
    ]


def label_fault(labels: Image.Image, size: tuple[int, int], classes: int) -> str:
    """What is wrong with a map of classes, or nothing.

    Args:
        labels: The map.
        size: Width and height of its picture.
        classes: Number of classes.
    """
    if labels.size != size:
        (w, h), (wide, tall) = labels.size, size
        return f"is {w} x {h} pixels, its picture {wide} x {tall}"
    if labels.mode not in ("L", "P", "1"):
        return f"must have one channel, a class number a pixel, got mode {labels.mode}"
    there = np.unique(np.asarray(labels))
    wrong = [str(one) for one in there if one >= classes and one != IGNORED]
    if wrong:
        return f"must have classes 0 to {classes - 1} (or {IGNORED}), got {first_names(wrong)}"
    return ""


def _look_at_picture(path: Path, found: list[tuple[Path, str, bool]]) -> tuple[int, int] | None:
    """The size of a picture that can be decoded; what is wrong is added to what was found."""
    try:
        with opened(path) as picture:
            mode = picture.mode
            colours(picture)
            size, turned = picture.size, _says_turned(picture)
    except TaskSetError as wrong:
        found.append((path, f"cannot be decoded ({wrong.__cause__ or wrong})", False))
        return None
    if mode in _ODD:
        found.append((path, _ODD[mode], True))
    if turned:
        found.append((path, _TURNED, True))
    return size


def _says_turned(picture: Image.Image) -> bool:
    """Whether a decoded picture says that it is to be shown turned or mirrored."""
    with suppress(Exception):  # what stands beside a picture may be damaged; the picture is not
        return picture.getexif().get(ExifTags.Base.Orientation) in range(2, 9)
    return False


def _look_at_label(
    path: Path, size: tuple[int, int], classes: int, found: list[tuple[Path, str, bool]]
) -> None:
    try:
        with opened(path) as labels:
            fault = label_fault(labels, size, classes)
    except TaskSetError as wrong:
        fault = f"cannot be decoded ({wrong.__cause__ or wrong})"
    if fault:
        found.append((path, fault, False))


def _joint_faults(looked: Looked, size: tuple[int, int]) -> list[str]:
    assert looked.joints is not None and looked.scales is not None
    found = []
    lost = int(np.isnan(looked.joints).any(axis=1).sum())
    if lost:
        found.append(f"has {lost} labelled joints without a place")
    # Pixel centres count from 0, so the picture ends half a pixel before and after.
    beyond = (looked.joints < -0.5) | (looked.joints > np.array(size) - 0.5)
    outside = int(beyond.any(axis=1).sum())
    if outside:
        found.append(f"has {outside} labelled joints outside of its {size[0]} x {size[1]} pixels")
    flat = int((~(looked.scales > 0)).sum())
    if flat:
        found.append(f"has {flat} people without a size")
    return found


def _of_records(records: Records, task: str, part: str) -> Sequence[Looked]:
    if isinstance(records, PoseRecords):
        return _of_people(records, task, part)
    if isinstance(records, ParsingRecords):
        classes = len(records.names)
        return [
            Looked(task, part, image, label, classes)
            for image, label in zip(records.images, records.labels, strict=True)
        ]
    return [Looked(task, part, image) for image in dict.fromkeys(records.images)]


def _of_people(records: PoseRecords, task: str, part: str) -> list[Looked]:
    """People who share a picture are looked at together."""
    people: dict[Path, list[int]] = {}
    for one, image in enumerate(records.images):
        people.setdefault(image, []).append(one)
    return [
        Looked(
            task,
            part,
            image,
            joints=records.joints[ones][records.labelled[ones]],
            scales=records.scales[ones],
        )
        for image, ones in people.items()
    ]
