"""Attributes of RAP and PETA: one table, divided into training and test in five random ways."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import TaskSetError, first_names
from gradsplit.tasksets.human.formats.folders import PICTURES, absent, names_in
from gradsplit.tasksets.human.formats.mat import record
from gradsplit.tasksets.human.records import AttributeRecords, Parts


def divisions(cells: NDArray, fields: Sequence[str] = ()) -> list[list[NDArray[np.intp]]]:
    """The rows of each part of each division, counted from 0; the test last.

    Args:
        cells: Of structs whose fields are the parts, rows counted from 1.
        fields: Names of the fields in the order wanted, where they are documented. Otherwise they
            are taken by place, and a single one called `test...` as the last.

    Raises:
        TaskSetError: A division has other fields than the documented ones.
    """
    found = []
    for number, cell in enumerate(cells.reshape(-1)):
        division = record(cell)
        if division is None:
            continue
        there = division.dtype.names or ()
        if not set(fields) <= set(there):
            raise TaskSetError(
                f"division {number} must have the fields {', '.join(fields)}, got "
                f"{', '.join(there)}."
            )
        rows = [np.asarray(division[name]).reshape(-1) for name in fields or _test_last(there)]
        found.append([part.astype(np.intp) - 1 for part in rows])
    return found


def _test_last(names: Sequence[str]) -> list[str]:
    """Names of parts in their order, but for a single one of the test, which comes last."""
    test = [name for name in names if name.startswith("test")]
    if len(test) != 1:
        return list(names)
    return [*(name for name in names if name not in test), *test]


def table_problems(labels: NDArray, images: int, names: int, allowed: tuple[int, ...]) -> list[str]:
    """What is wrong with a table of labels [images, names]."""
    if labels.shape != (images, names):
        got = " x ".join(map(str, labels.shape))
        return [f"the labels must be {images} pictures x {names} attributes, got {got}."]
    wrong = np.unique(labels[~np.isin(labels, allowed)])
    if not len(wrong):
        return []
    words = " and ".join(map(str, allowed))
    return [f"the labels must be {words}, got {first_names([str(one) for one in wrong])}."]


def chosen(found: list[list[NDArray[np.intp]]], number: int, images: int) -> list[str]:
    """What is wrong with division `number` of those found."""
    if not 0 <= number < len(found):
        return [f"`division` must be 0 to {len(found) - 1}, got {number}."]
    parts = found[number]
    if len(parts) < 2 or not all(map(len, parts)):
        return [f"division {number} must have at least two parts with pictures."]
    rows = np.concatenate(parts)
    if rows.min() < 0 or rows.max() >= images:
        return [f"division {number} speaks of picture {rows.max() + 1}, but there are {images}."]
    both = np.intersect1d(np.concatenate(parts[:-1]), parts[-1])
    if len(both):
        return [f"division {number} has {len(both)} pictures in training and test."]
    return []


def parts_of(
    folder: Path,
    images: tuple[str, ...],
    labels: NDArray[np.bool_],
    names: tuple[str, ...],
    parts: list[NDArray[np.intp]],
) -> tuple[Parts, list[str]]:
    """Records of a division: its last part is the test, all others are trained with.

    Returns:
        The records, and a sentence about pictures that are not in the folder.
    """
    train, test = np.concatenate(parts[:-1]), parts[-1]
    learnt, judged = (
        AttributeRecords(tuple(folder / images[row] for row in rows), labels[rows], names)
        for rows in (train, test)
    )
    wanted = [images[row] for row in np.concatenate([train, test])]
    return Parts(learnt, judged), absent(wanted, folder, names_in(folder, PICTURES))
