"""PA-100K: 100,000 pedestrians with 26 attributes (`annotation.mat`).

The file's variables: `attributes` [26, 1], cells of a text each; for each of `train`, `val` and
`test` `*_images_name` [N, 1], cells of a text each, and `*_label` [N, 26] of 0 and 1, N being
80,000, 10,000 and 10,000. The pictures are `000001.jpg` to `100000.jpg`, in `release_data/` of the
archive; public loaders also know them in `data/` and in nested folders of either name, and all of
these are tried. Source: Liu et al., "HydraPlus-Net: Attentive Deep Features for Pedestrian
Analysis", ICCV 2017, and its repository.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import TaskSetError, first_names
from gradsplit.tasksets.human.formats.folders import (
    PICTURES,
    Layout,
    absent,
    first,
    names_in,
)
from gradsplit.tasksets.human.formats.mat import load_mat, texts
from gradsplit.tasksets.human.records import AttributeRecords, Parts

LAYOUT = Layout(
    name="PA-100K",
    tree="""\
  PA-100K/
    annotation.mat        (or annotation/annotation.mat)
    release_data/         000001.jpg ... 100000.jpg
                          (or data/, release_data/release_data/, data/release_data/...)
""",
    source=(
        "PA-100K comes from https://github.com/xh-liu/HydraPlus-Net; get it there yourself and "
        "keep to its terms. Drawn pictures in the same form: "
        "gradsplit figures --export DIR --as pa100k"
    ),
)
_PARTS = ("train", "val", "test")
_PLACES = (
    "release_data/release_data",
    "release_data",
    "data/release_data/release_data",
    "data/release_data",
    "data",
    "images",
)


def read(folder: str | Path) -> Parts:
    """Read PA-100K; the validation pictures are trained with, as usual for reported results.

    Args:
        folder: With `annotation.mat` and the pictures.

    Raises:
        TaskSetError: Something is missing, sizes do not fit, a label is neither 0 nor 1, or
            labelled pictures are absent; all at once.

    Cost: a listing and a file of some MB; seconds for the real size.
    """
    base = LAYOUT.opened(folder)
    problems: list[str] = []
    path = first(base, "annotation.mat", "annotation/annotation.mat")
    place = next((base / one for one in _PLACES if names_in(base / one, PICTURES)), None)
    if path is None:
        problems.append("there is no file annotation.mat.")
    if place is None:
        problems.append("there is no folder release_data/ with pictures.")
    if path is None or place is None:
        raise LAYOUT.error(base, problems)
    try:
        names, parts = _annotation(path, problems)
    except TaskSetError as error:
        raise LAYOUT.error(base, [str(error)]) from error
    named = [image for images, _ in parts.values() for image in images]
    problems += absent(named, place, names_in(place, PICTURES))
    LAYOUT.refuse(base, problems)
    return Parts(
        train=_records(place, names, [parts["train"], parts["val"]]),
        test=_records(place, names, [parts["test"]]),
    )


_Part = tuple[tuple[str, ...], NDArray[np.bool_]]


def _annotation(path: Path, problems: list[str]) -> tuple[tuple[str, ...], dict[str, _Part]]:
    """Names of the attributes, and names of pictures and labels of each part of the file."""
    wanted = [f"{part}_{what}" for part in _PARTS for what in ("images_name", "label")]
    found = load_mat(path, ["attributes", *wanted])
    names = texts(found["attributes"])
    parts: dict[str, _Part] = {}
    for part in _PARTS:
        images, labels = texts(found[f"{part}_images_name"]), found[f"{part}_label"]
        if labels.shape != (len(images), len(names)):
            problems.append(
                f"`{part}_label` must be {len(images)} pictures x {len(names)} attributes, got "
                f"{' x '.join(map(str, labels.shape))}."
            )
        elif not np.isin(labels, (0, 1)).all():
            wrong = np.unique(labels[~np.isin(labels, (0, 1))])
            problems.append(
                f"`{part}_label` must be 0 and 1, got {first_names([str(w) for w in wrong])}."
            )
        parts[part] = (images, labels == 1)
    return names, parts


def _records(place: Path, names: tuple[str, ...], parts: list[_Part]) -> AttributeRecords:
    return AttributeRecords(
        images=tuple(place / image for images, _ in parts for image in images),
        attributes=np.concatenate([labels for _, labels in parts]),
        names=names,
    )
