"""The joints of LIP's people (`lip_train_set.csv`, `lip_val_set.csv`).

Rows without a header: `ID.jpg`, then x, y, v of sixteen joints, in pixels (column, row), in the
order of MPII (LIP's "spine" is called thorax here); `nan` where a joint is not labelled. Whether
the first pixel is 0 or 1 is not said; it is taken as 0. Public loaders disagree whether v = 1 means
seen or hidden; it is not used, since every labelled joint counts.

The file knows no place, size or head of a person. The box around the labelled joints gives the
place and, 1.25 times its longer side, the size: our choice. The head is as long as the way from the
neck to its top, as public evaluations have it.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import first_names
from gradsplit.tasksets.figures.drawing.poses import JOINTS
from gradsplit.tasksets.human.formats.folders import PICTURES, absent, names_in, text_of
from gradsplit.tasksets.human.formats.lip import LAYOUT, file_of, folder_of
from gradsplit.tasksets.human.formats.skeleton import MIRRORED
from gradsplit.tasksets.human.records import Parts, PoseRecords

_LARGER = 1.25
_NECK, _TOP = JOINTS.index("neck"), JOINTS.index("head top")
_COLUMNS = 1 + 3 * len(JOINTS)


def read(folder: str | Path) -> Parts:
    """Read the joints of LIP: `train` and `val`, which the scores are taken on.

    People with fewer than two labelled joints are left out, and from `val` those without a labelled
    neck and top of the head: there is no unit to score them in.

    Args:
        folder: With the pictures and the two files; flat or as the archives unpack.

    Raises:
        TaskSetError: Something is missing, a row is not of the form, or its picture is absent; all
            at once.

    Cost: two listings and two files; about 30 microseconds a person.
    """
    base = LAYOUT.opened(folder)
    problems: list[str] = []
    train = _part(base, "train", problems)
    test = _part(base, "val", problems)
    if train is None or test is None or problems:
        raise LAYOUT.error(base, problems)
    return Parts(train=train, test=_chosen(test, np.isfinite(test.heads)))


def _part(base: Path, part: str, problems: list[str]) -> PoseRecords | None:
    images = folder_of(base, f"{part}_images", problems)
    path = file_of(base, f"lip_{part}_set.csv")
    if path is None:
        problems.append(f"there is no file lip_{part}_set.csv.")
    if path is None or images is None:
        return None
    names, values = _rows(path, problems)
    problems += absent(names, images, names_in(images, PICTURES))
    points = values.reshape(-1, len(JOINTS), 3)[:, :, :2]
    labelled = np.asarray(np.isfinite(points).all(axis=2))
    enough = np.flatnonzero(labelled.sum(axis=1) >= 2)
    if not len(enough):
        problems.append(f"{path.name} has nobody with two labelled joints.")
        return None
    points = np.where(labelled[..., None], points, np.nan)[enough]
    low, high = np.nanmin(points, axis=1), np.nanmax(points, axis=1)
    heads = np.linalg.norm(points[:, _TOP] - points[:, _NECK], axis=1)
    return PoseRecords(
        images=tuple(images / names[one] for one in enough),
        centers=((low + high) / 2).astype(np.float32),
        scales=(_LARGER * (high - low).max(axis=1) / 200).astype(np.float32),
        joints=np.nan_to_num(points).astype(np.float32),
        labelled=labelled[enough],
        heads=np.where(heads > 0, heads, np.nan).astype(np.float32),
        names=JOINTS,
        mirrored=MIRRORED,
    )


def _rows(path: Path, problems: list[str]) -> tuple[list[str], NDArray[np.float64]]:
    """Names of pictures and their 48 numbers; rows that are not of the form are reported."""
    names, values, wrong = [], [], []
    lines = text_of(path, problems).splitlines()
    for line, row in enumerate(csv.reader(lines), start=1):
        numbers = _numbers(row[1:])
        if len(row) == _COLUMNS and numbers is not None:
            names.append(row[0])
            values.append(numbers)
        elif row:
            wrong.append(f"line {line}")
    if wrong:
        problems.append(
            f"{len(wrong)} rows of {path.name} are not a name and {_COLUMNS - 1} numbers (or nan), "
            f"e.g. {first_names(wrong)}."
        )
    return names, np.array(values, float).reshape(len(values), _COLUMNS - 1)


def _numbers(words: list[str]) -> list[float] | None:
    """The numbers of a row; an empty word is nan. None when one is no number."""
    try:
        return [float(word or "nan") for word in words]
    except ValueError:
        return None


def _chosen(people: PoseRecords, rows: NDArray[np.bool_]) -> PoseRecords:
    """Some of the people."""
    return PoseRecords(
        images=tuple(image for image, keep in zip(people.images, rows, strict=True) if keep),
        centers=people.centers[rows],
        scales=people.scales[rows],
        joints=people.joints[rows],
        labelled=people.labelled[rows],
        heads=people.heads[rows],
        names=people.names,
        mirrored=people.mirrored,
    )
