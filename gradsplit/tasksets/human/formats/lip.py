"""LIP, Look into Person: part labels of single people; their joints are read by `lip_pose`.

`train_id.txt` and `val_id.txt` name the pictures without ending; picture `ID.jpg`, labels
`ID.png` of one channel and the picture's size, a class number 0 to 19 a pixel (255 is ignored).
Left and right are the person's own; a mirrored picture swaps the six classes that have a side.

Source: Liang et al., "Look into Person: Joint Body Parsing & Pose Estimation Network and a New
Benchmark", TPAMI 2018; folder and label order as public loaders have them.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.human.faults import label_fault
from gradsplit.tasksets.human.formats.folders import (
    PICTURES,
    Layout,
    absent,
    first,
    names_in,
    text_of,
)
from gradsplit.tasksets.human.records import ParsingRecords, Parts

CLASSES = (
    "background",
    "hat",
    "hair",
    "glove",
    "sunglasses",
    "upper clothes",
    "dress",
    "coat",
    "socks",
    "pants",
    "jumpsuits",
    "scarf",
    "skirt",
    "face",
    "left arm",
    "right arm",
    "left leg",
    "right leg",
    "left shoe",
    "right shoe",
)
"""Names of the 20 classes, by their numbers in the files."""

_SIDED = (("left arm", "right arm"), ("left leg", "right leg"), ("left shoe", "right shoe"))


def _mirrored() -> NDArray[np.intp]:
    """[20] the class that each becomes in the mirror: left and right swap."""
    swapped = {one: other for pair in _SIDED for one, other in (pair, pair[::-1])}
    return np.array([CLASSES.index(swapped.get(name, name)) for name in CLASSES], np.intp)


LAYOUT = Layout(
    name="LIP",
    tree="""\
  LIP/
    train_images/         77_471474.jpg ...     (30,462 pictures; or in TrainVal_images/)
    val_images/           36_453991.jpg ...     (10,000 pictures)
    train_id.txt          77_471474 ...
    val_id.txt
    train_segmentations/  77_471474.png ...     (or in TrainVal_parsing_annotations/)
    val_segmentations/
    lip_train_set.csv     only for the pose     (or in TrainVal_pose_annotations/)
    lip_val_set.csv
""",
    source=(
        "LIP comes from http://sysu-hcp.net/lip/ (single person); get it there yourself and keep "
        "to its terms. Drawn pictures in the same form: gradsplit figures --export DIR --as lip"
    ),
)
# The archives unpack into folders of their own names, some of them twice.
_BELOW = (
    "",
    "TrainVal_images/",
    "TrainVal_images/TrainVal_images/",
    "TrainVal_parsing_annotations/",
    "TrainVal_parsing_annotations/TrainVal_parsing_annotations/",
    "TrainVal_pose_annotations/",
    "pose_annotations/",
)
# So many pairs of picture and labels of each part are opened to see whether they fit.
_OPENED = 8


def read(folder: str | Path, *, look: bool = True) -> Parts:
    """Read the part labels of LIP: `train` and `val`, which the scores are taken on.

    Args:
        folder: Flat, as most loaders want it, or as the archives unpack.
        look: Open some pictures and labels to see whether they fit; for those who look into all
            of them themselves.

    Raises:
        TaskSetError: Something is missing, listed pictures or labels are absent, or labels that
            were looked into do not fit; all at once.

    Cost: four listings, and 8 pictures of each part are opened; about 10 microseconds a picture.
    """
    base = LAYOUT.opened(folder)
    problems: list[str] = []
    train, test = (_part(base, part, problems) for part in ("train", "val"))
    LAYOUT.refuse(base, problems)
    for records in (train, test) if look else ():
        problems += label_problems(records)
    if problems:
        problems.append("only some were opened; `gradsplit check` with skip_bad=true opens all.")
    LAYOUT.refuse(base, problems)
    return Parts(train=train, test=test)


def label_problems(records: ParsingRecords, opened: int = _OPENED) -> list[str]:
    """Open some pairs of picture and labels, evenly spread, and say what does not fit.

    Args:
        records: Of any format; the labels are pictures of one channel.
        opened: How many pairs.
    """
    from PIL.Image import open as open_image

    step = max(1, len(records.images) // opened)
    problems = []
    for image, label in list(zip(records.images, records.labels, strict=True))[::step][:opened]:
        try:
            with open_image(image) as picture, open_image(label) as classes:
                found = label_fault(classes, picture.size, len(records.names))
        except OSError as error:
            found = f"cannot be opened ({error})"
        if found:
            problems.append(f"{label.name} {found}.")
    return problems


def _part(base: Path, part: str, problems: list[str]) -> ParsingRecords:
    """The listed pictures of one part and their labels; nothing of them is opened."""
    listed = ids(base, part, problems)
    images = folder_of(base, f"{part}_images", problems)
    labels = folder_of(base, f"{part}_segmentations", problems)
    for place, ending in ((images, ".jpg"), (labels, ".png")):
        if place is not None:
            problems += absent(
                [f"{one}{ending}" for one in listed], place, names_in(place, PICTURES)
            )
    return ParsingRecords(
        images=tuple((images or base) / f"{one}.jpg" for one in listed),
        labels=tuple((labels or base) / f"{one}.png" for one in listed),
        names=CLASSES,
        mirrored=_mirrored(),
    )


def ids(base: Path, part: str, problems: list[str]) -> tuple[str, ...]:
    """The names of a part's pictures, without ending, in the order of its list."""
    path = file_of(base, f"{part}_id.txt")
    if path is None:
        problems.append(f"there is no file {part}_id.txt.")
        return ()
    # Lists made on Windows begin with a mark; some name the pictures with their ending.
    before = len(problems)
    lines = text_of(path, problems).split()
    listed = tuple(line.removesuffix(".jpg") for line in lines)
    if not listed and len(problems) == before:
        problems.append(f"{path.name} is empty.")
    doubled = len(listed) - len(set(listed))
    if doubled:
        problems.append(f"{path.name} lists {doubled} pictures more than once.")
    return listed


def folder_of(base: Path, name: str, problems: list[str]) -> Path | None:
    """A folder of pictures, in one of the places where the archives put it."""
    places = [base / f"{below}{name}" for below in _BELOW]
    found = next((place for place in places if names_in(place, PICTURES)), None)
    if found is None:
        empty = any(place.is_dir() for place in places)
        problems.append(f"{name}/ has no pictures." if empty else f"there is no folder {name}/.")
    return found


def file_of(base: Path, name: str) -> Path | None:
    """A file, in one of the places where the archives put it."""
    return first(base, *(f"{below}{name}" for below in _BELOW))
