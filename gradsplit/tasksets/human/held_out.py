"""A part of the training data to be judged on, so that the test set is not used up by choices."""

import dataclasses
import hashlib
import re
from collections.abc import Sequence
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.records import Parts, PoseRecords, Records, ReidRecords

AnyRecords = TypeVar("AnyRecords", bound=Records)

Kin = Literal["picture", "prefix", "track"]
"""What of a file's name says that pictures belong together: the whole name; what comes before the
first underscore (the person of Market-1501, the photograph of LIP); or what comes before the frame
(the track of RAP)."""

# What records hold once for all samples.
_SHARED = ("names", "mirrored")


def held_out(parts: Parts, share: float, kin: Kin) -> Parts:
    """The training part alone, some of it to be judged on.

    Whole groups are held out: identities where they are known, pictures of one photograph, person
    or track where the files' names tell. Which ones depends on their names alone, so the same are
    held out wherever the data lie and in whatever order they are read.

    Args:
        parts: As read; the test part is not used.
        share: Of the training samples that is held out, about; at least two groups.
        kin: What pictures belong together, where the records do not say it.

    Raises:
        TaskSetError: Nothing would be left to train or to be judged on.
    """
    groups = _groups(parts.train, kin)
    names = sorted(set(groups), key=lambda name: hashlib.sha256(name.encode()).digest())
    sizes = dict(zip(*np.unique(groups, return_counts=True), strict=True))
    chosen: set[str] = set()
    count = 0
    wanted = round(share * len(groups), 9)  # 0.28 of 50 is 14, not a rounding error more
    for name in names:
        if len(chosen) >= 2 and count >= wanted:
            break
        chosen.add(name)
        count += int(sizes[name])
    if len(names) - len(chosen) < 2:
        raise TaskSetError(
            f"Too little to hold out a validation part: {len(names)} different people or "
            'pictures to train on. Give more data, or judge="test".'
        )
    aside = np.array([name in chosen for name in groups])
    train, rest = selected(parts.train, ~aside), selected(parts.train, aside)
    if not isinstance(rest, ReidRecords):
        return Parts(train, rest)
    # Queries stay in the gallery: what shows a query's identity from its camera does not count.
    return Parts(train, rest, selected(rest, _queries(rest)))


def selected(records: AnyRecords, rows: NDArray[np.bool_]) -> AnyRecords:
    """Some of the samples.

    Args:
        records: Of any task.
        rows: [N] which.
    """
    changes: dict[str, object] = {}
    for item in dataclasses.fields(records):
        value = getattr(records, item.name)
        if item.name in _SHARED:
            continue
        chosen = np.flatnonzero(rows).tolist()
        changes[item.name] = (
            tuple(value[row] for row in chosen) if isinstance(value, tuple) else value[rows]
        )
    return dataclasses.replace(records, **changes)  # pyright: ignore[reportArgumentType]


def _groups(records: Records, kin: Kin) -> Sequence[str]:
    """[N] a name of what each sample belongs to."""
    if isinstance(records, ReidRecords):
        return [str(identity) for identity in records.identities.tolist()]
    stems = [path.stem for path in records.images]
    if isinstance(records, PoseRecords) or kin == "picture":
        return stems
    if kin == "prefix":
        return [stem.split("_")[0] for stem in stems]
    return [re.split(r"[-_]frame", stem)[0] for stem in stems]


def _queries(people: ReidRecords) -> NDArray[np.bool_]:
    """[N] the first picture of each identity from each camera, as the benchmark chose its queries.

    Raises:
        TaskSetError: No identity was seen by two cameras.
    """
    pairs = list(zip(people.identities.tolist(), people.cameras.tolist(), strict=True))
    places = {pair: place for place, pair in reversed(list(enumerate(pairs)))}
    if len(places) == len({who for who, _ in places}):
        raise TaskSetError(
            "No identity of the validation part has pictures of two cameras, so none can be found "
            'again. Give a larger `held_out`, or judge="test".'
        )
    query = np.zeros(len(pairs), bool)
    query[list(places.values())] = True
    return query
