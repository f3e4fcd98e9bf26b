"""The 27 attributes of the people of Market-1501 (`market_attribute.mat`).

The file holds one struct, `market_attribute`, with the fields `train` and `test`, each a struct of
28 fields [1, identities]: 27 labels and `image_index`, cells of the identities as texts ("0002").
The fields of `train` and `test` come in different orders; they are read by name. 26 labels are 1
or 2, `age` is 1 to 4 (young, teenager, adult, old). Attributes are labelled by identity, not by
picture. Source: Lin et al., "Improving Person Re-identification by Attribute and Identity
Learning", Pattern Recognition 2019, and the README beside the file, which also says that the test
is on the 13,115 pictures of the gallery that are neither junk nor distractors.

How 27 columns of true and false come out: a label of two values is true for the second one (2):
gender female, hair long, sleeves short, lower clothes short, lower clothes pants (not a dress),
hat, backpack, bag, handbag and the 8 and 9 colours yes. `age` is true for adult and old (3, 4):
our choice, since young and old are too few to be columns of their own (14 and 8 of 751 training
identities). Public loaders disagree here: some make four columns of it, some a number.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import TaskSetError, first_names
from gradsplit.tasksets.human.formats import market1501
from gradsplit.tasksets.human.formats.folders import Layout, first
from gradsplit.tasksets.human.formats.mat import load_mat, member, record, texts
from gradsplit.tasksets.human.records import AttributeRecords, Parts, ReidRecords

_UPPER = ("black", "white", "red", "purple", "yellow", "gray", "blue", "green")
_LOWER = ("black", "white", "pink", "purple", "yellow", "gray", "blue", "green", "brown")

FIELDS = {
    "gender": "female",
    "hair": "long hair",
    "up": "short sleeves",
    "down": "short lower clothes",
    "clothes": "pants",
    "hat": "hat",
    "backpack": "backpack",
    "bag": "bag",
    "handbag": "handbag",
    "age": "adult or old",
    **{f"up{colour}": f"upper {colour}" for colour in _UPPER},
    **{f"down{colour}": f"lower {colour}" for colour in _LOWER},
}
"""Fields of the file, in the order of the columns, and what their column says when true."""

LAYOUT = Layout(
    name="Market-1501 with attributes",
    tree=market1501.LAYOUT.tree + "    market_attribute.mat  (or in attribute/)\n",
    source=(
        "market_attribute.mat comes from https://github.com/vana77/Market-1501_Attribute. "
        + market1501.LAYOUT.source
    ),
)
_PLACES = ("market_attribute.mat", "attribute/market_attribute.mat")
_PLACES += ("Market-1501_Attribute/market_attribute.mat",)


def read(folder: str | Path) -> Parts:
    """Read the attributes of Market-1501's pictures: `bounding_box_train` and `bounding_box_test`.

    Args:
        folder: Of Market-1501, with `market_attribute.mat` in it, in `attribute/`, or beside it.

    Returns:
        Training and test; 27 columns, named by the values of `FIELDS`.

    Raises:
        TaskSetError: Something is missing, a label has another value, or labels and pictures do
            not speak of the same people; all at once.

    Cost: two listings and a file of 10 kB; about 10 microseconds a picture.
    """
    given = LAYOUT.opened(folder)
    base = market1501.root(given)
    problems: list[str] = []
    train, test = (
        market1501.shots(base / name, problems) for name in (market1501.TRAIN, market1501.GALLERY)
    )
    tables: dict[str, tuple[NDArray[np.intp], NDArray[np.bool_]] | None] = {}
    path = first(base, *_PLACES) or first(given, *_PLACES)
    if path is None:
        problems.append("there is no file market_attribute.mat.")
    else:
        tables = _tables(path, problems)
    parts = [
        _labelled(shots, tables.get(name), name, problems)
        for shots, name in ((train, "train"), (test, "test"))
    ]
    LAYOUT.refuse(base, problems)
    return Parts(train=parts[0], test=parts[1])


def _tables(
    path: Path, problems: list[str]
) -> dict[str, tuple[NDArray[np.intp], NDArray[np.bool_]] | None]:
    """Identities and labels of each part of the file."""
    try:
        whole = record(load_mat(path, ["market_attribute"])["market_attribute"])
    except TaskSetError as error:
        problems.append(str(error))
        return {}
    names = whole.dtype.names if whole is not None and whole.dtype.names else ()
    missing = [name for name in ("train", "test") if name not in names]
    if whole is None or missing:
        problems.append(f"market_attribute.mat has no part {' and '.join(missing)}.")
        return {}
    return {name: _table(record(whole[name]), name, problems) for name in ("train", "test")}


def _table(
    part: np.void | None, name: str, problems: list[str]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]] | None:
    """Identities [N] and labels [N, 27] of one part of the file."""
    where = f"`{name}` of market_attribute.mat"
    columns = {} if part is None else {one: member(part, one) for one in (*FIELDS, "image_index")}
    lost = [one for one in (*FIELDS, "image_index") if columns.get(one) is None]
    if lost:
        problems.append(f"{where} lacks {', '.join(lost)}.")
        return None
    labels = {one: np.asarray(columns[one]).reshape(-1) for one in FIELDS}
    written = texts(np.asarray(columns["image_index"]))
    uneven = [one for one, column in labels.items() if len(column) != len(written)]
    if uneven:
        problems.append(f"{where} has {len(written)} identities, but not in {', '.join(uneven)}.")
        return None
    if not all(one.isdigit() for one in written):
        problems.append(f"`image_index` of {where} must hold numbers as texts, e.g. 0002.")
        return None
    for field, column in labels.items():
        most = 4 if field == "age" else 2
        wrong = sorted({str(value) for value in column if value not in range(1, most + 1)})
        if wrong:
            problems.append(f"`{field}` in {where} must be 1 to {most}, got {first_names(wrong)}.")
    table = [column >= (3 if field == "age" else 2) for field, column in labels.items()]
    return np.array([int(one) for one in written], np.intp), np.stack(table, axis=1)


def _labelled(
    shots: ReidRecords,
    table: tuple[NDArray[np.intp], NDArray[np.bool_]] | None,
    part: str,
    problems: list[str],
) -> AttributeRecords:
    """The pictures of known people with the labels of their identity."""
    known = np.flatnonzero(shots.identities > 0)
    people = shots.identities[known]
    rows = np.zeros((len(known), len(FIELDS)), bool)
    if table is not None and len(known):
        identities, labels = table
        order = np.argsort(identities)
        place = order[np.searchsorted(identities[order], people).clip(max=len(order) - 1)]
        problems += _strangers(people[identities[place] != people], part, "pictures", "labels")
        problems += _strangers(np.setdiff1d(identities, people), part, "labels", "pictures")
        rows = labels[place]
    return AttributeRecords(
        images=tuple(shots.images[one] for one in known),
        attributes=rows,
        names=tuple(FIELDS.values()),
    )


def _strangers(identities: NDArray[np.intp], part: str, have: str, lack: str) -> list[str]:
    """A sentence about identities that have one thing and lack the other."""
    alone = [str(one) for one in np.unique(identities)]
    if not alone:
        return []
    return [
        f"{len(alone)} identities of `{part}` have {have} but no {lack}, e.g. {first_names(alone)}."
    ]
