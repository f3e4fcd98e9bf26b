"""PETA: 19,000 pedestrians with 35 judged attributes (`PETA.mat`).

A struct `peta` of four fields, taken by place as public loaders do, since their names are not
documented: the labels [19000, 109] (four columns about the picture, then 105 attributes of 0 and
1), the attributes' names [105, 1] cells, the judged ones, and five divisions [5, 1] cells of
structs: rows of training, validation and test, from 1. The first 35 attributes are the judged ones.
Pictures are `images/00001.png` to `19000.png`, in the order of the rows. Training and validation
are trained with, as usual.

Source: Deng et al., "Pedestrian Attribute Recognition At Far Distance", ACM MM 2014, for the data;
the file was made for "Multi-attribute Learning for Pedestrian Attribute Recognition in Surveillance
Scenarios", ACPR 2015, and is known from public loaders only.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.formats.divided import (
    chosen,
    divisions,
    parts_of,
    table_problems,
)
from gradsplit.tasksets.human.formats.folders import PICTURES, Layout, names_in
from gradsplit.tasksets.human.formats.mat import load_mat, record, texts
from gradsplit.tasksets.human.records import Parts

LAYOUT = Layout(
    name="PETA",
    tree="""\
  PETA/
    PETA.mat
    images/   00001.png ... 19000.png
""",
    source=(
        "PETA comes from http://mmlab.ie.cuhk.edu.hk/projects/PETA.html, in this form with "
        "https://github.com/dangweili/pedestrian-attribute-recognition-pytorch; get it there "
        "yourself and keep to its terms."
    ),
)
_JUDGED = 35
# Columns about the picture, before the attributes.
_BEFORE = 4
_FIELDS = 4


def read(folder: str | Path, *, division: int = 0) -> Parts:
    """Read PETA.

    Args:
        folder: With `PETA.mat` and `images/`.
        division: Which of the five random divisions.

    Raises:
        TaskSetError: Something is missing, sizes or labels are not as they should be, or labelled
            pictures are absent; all at once.

    Cost: a listing and a file of some MB; about a second for the real size.
    """
    base = LAYOUT.opened(folder)
    path, place = base / "PETA.mat", base / "images"
    problems = []
    if not path.is_file():
        problems.append("there is no file PETA.mat.")
    if not names_in(place, PICTURES):
        problems.append("there is no folder images/ with pictures.")
    LAYOUT.refuse(base, problems)
    try:
        names, labels, cells = _table(path)
    except TaskSetError as error:
        raise LAYOUT.error(base, [str(error)]) from error
    images = tuple(f"{row + 1:05d}.png" for row in range(len(labels)))
    problems += table_problems(labels, len(images), len(names), (0, 1))
    found = divisions(cells)
    problems += chosen(found, division, len(images))
    LAYOUT.refuse(base, problems)
    parts, problems = parts_of(place, images, labels == 1, names, found[division])
    LAYOUT.refuse(base, problems)
    return parts


def _table(path: Path) -> tuple[tuple[str, ...], NDArray, NDArray]:
    """Names of the judged attributes, their labels, and the divisions.

    Raises:
        TaskSetError: The struct is not of the form.
    """
    struct = record(load_mat(path, ["peta"])["peta"])
    fields = [] if struct is None else [np.asarray(value) for value in struct]
    if len(fields) < _FIELDS or fields[0].ndim != 2 or fields[1].dtype != object:
        raise TaskSetError(
            f"`peta` of {path.name} must have {_FIELDS} fields: labels, names, judged attributes, "
            f"divisions; got {len(fields)} fields."
        )
    labels, names, _, cells = fields[:_FIELDS]
    columns = slice(_BEFORE, _BEFORE + _JUDGED)
    return texts(names)[:_JUDGED], labels[:, columns], cells
