"""RAP, versions 1 and 2: pedestrians with 51 or 54 attributes (`RAP_annotation.mat`).

Version 1 (41,585 pictures), a struct `RAP_annotation` with `imagesname` [N, 1] cells, `label`
[N, 92] of 0 and 1, `attribute_eng` [92, 1] cells, `attribute_exp` [51, 1] cells (short names of the
first 51, the ones that are judged), and `partion` (so spelled) [5, 1] cells of structs: rows of
training and of test, from 1.

Version 2 (84,928 pictures), a struct of the same name with `name` [N, 1] cells, `data` [N, 152] of
0, 1 and 2, `attribute` [152, 1] cells, `selected_attribute` [1, 54] columns from 1 (the ones that
are judged), and `partition_attribute` cells of structs: rows of training, validation and test, from
1. 2 means that it cannot be told; it counts as not there (our choice: the authors' own scripts
leave such labels out, which records of true and false cannot say). Training and validation are
trained with, as usual.

Source: Li et al., "A Richly Annotated Pedestrian Dataset for Person Retrieval in Real Surveillance
Scenarios", TIP 2019; the read-me of version 1 as public documents quote it; public loaders. The
names of the fields of a division are documented for version 2 (`train_index`, `val_index`,
`test_index`), where they are read by name; of version 1 they are taken by place.
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
from gradsplit.tasksets.human.formats.folders import PICTURES, Layout, first, names_in
from gradsplit.tasksets.human.formats.mat import load_mat, member, record, texts
from gradsplit.tasksets.human.records import Parts

LAYOUT = Layout(
    name="RAP",
    tree="""\
  RAP/
    RAP_annotation/RAP_annotation.mat   (version 1 or 2; or beside the folders)
    RAP_dataset/                        CAM01_2014-02-15_..._line1.png ...
""",
    source=(
        "RAP comes from https://www.rapdataset.com; get it there yourself and keep to its terms."
    ),
)
_FIRST = ("imagesname", "label", "attribute_exp", "partion")
_SECOND = ("name", "data", "attribute", "partition_attribute", "selected_attribute")
_PARTS = ("train_index", "val_index", "test_index")


def read(folder: str | Path, *, division: int = 0) -> Parts:
    """Read RAP, whichever version lies in the folder.

    Args:
        folder: With `RAP_annotation/` and `RAP_dataset/`.
        division: Which of the five random divisions.

    Raises:
        TaskSetError: Something is missing, sizes or labels are not as they should be, or labelled
            pictures are absent; all at once.

    Cost: a listing and a file of some MB; seconds for the real size.
    """
    base = LAYOUT.opened(folder)
    problems: list[str] = []
    path = first(base, "RAP_annotation/RAP_annotation.mat", "RAP_annotation.mat")
    place = first(base, "RAP_dataset", "RAP_datasets")
    if path is None:
        problems.append("there is no file RAP_annotation/RAP_annotation.mat.")
    if place is None or not names_in(place, PICTURES):
        problems.append("there is no folder RAP_dataset/ with pictures.")
    if path is None or place is None or problems:
        raise LAYOUT.error(base, problems)
    try:
        images, names, labels, found = _table(path)
    except TaskSetError as error:
        raise LAYOUT.error(base, [str(error)]) from error
    problems += table_problems(labels, len(images), len(names), (0, 1, 2))
    problems += chosen(found, division, len(images))
    LAYOUT.refuse(base, problems)
    parts, problems = parts_of(place, images, labels == 1, names, found[division])
    LAYOUT.refuse(base, problems)
    return parts


def _table(
    path: Path,
) -> tuple[tuple[str, ...], tuple[str, ...], NDArray, list[list[NDArray[np.intp]]]]:
    """Names of the pictures and of the judged attributes, their labels, and the divisions.

    Raises:
        TaskSetError: The struct is of neither version, or a division of another form.
    """
    struct = record(load_mat(path, ["RAP_annotation"])["RAP_annotation"])
    there = () if struct is None else struct.dtype.names or ()
    fields = _SECOND if "data" in there else _FIRST
    values = [] if struct is None else [member(struct, name) for name in fields]
    lost = [name for name, value in zip(fields, values, strict=False) if value is None]
    if struct is None or lost:
        raise TaskSetError(
            f"RAP_annotation of {path.name} lacks {', '.join(lost or fields)}; "
            f"it has {', '.join(there) or 'nothing'}."
        )
    images, labels, names, cells = (np.asarray(value) for value in values[:4])
    if fields is _FIRST:
        kept = np.arange(min(names.size, labels.shape[1]))
        return texts(images), texts(names), labels[:, kept], divisions(cells)
    kept = np.asarray(values[4]).reshape(-1).astype(np.intp) - 1
    if kept.min() < 0 or kept.max() >= min(names.size, labels.shape[1]):
        raise TaskSetError(f"`selected_attribute` of {path.name} names columns that do not exist.")
    words = texts(names)
    chosen_names = tuple(words[one] for one in kept)
    return texts(images), chosen_names, labels[:, kept], divisions(cells, _PARTS)
