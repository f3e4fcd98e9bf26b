"""Where the data of the human task set come from: folders in the formats as they are published."""

import hashlib
import warnings
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import import_module
from inspect import signature
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradsplit.errors import DataNote, TaskSetError
from gradsplit.tasksets.human.faults import faults, pictures_of
from gradsplit.tasksets.human.held_out import Kin, held_out, selected
from gradsplit.tasksets.human.records import AttributeRecords, ParsingRecords, Parts, Records
from gradsplit.training.data_check import DataCheck

_THREADS = 4
_READERS = "gradsplit.tasksets.human.formats"


@dataclass(frozen=True)
class Source:
    """A published data set.

    Attributes:
        task: What it is labelled for.
        kin: How its pictures belong together where the records do not say it.
    """

    task: str
    kin: Kin = "picture"


class Part(NamedTuple):
    """What a task takes from a folder.

    Attributes:
        option: Key of `SOURCES`.
        folder: Absolute.
        held_out: Share of the training data to be judged on; None for the test part instead.
        skip_bad: Leave out what cannot be decoded.
    """

    option: str
    folder: Path
    held_out: float | None
    skip_bad: bool = False


SOURCES = {
    "market1501": Source("reid"),
    "market1501_attributes": Source("attribute", "prefix"),
    "pa100k": Source("attribute"),
    "rap": Source("attribute", "track"),
    "peta": Source("attribute"),
    "mpii": Source("pose"),
    "lip": Source("parsing", "prefix"),
    "lip_pose": Source("pose", "prefix"),
}
"""Option of the task set, and file of its reader in `formats` -> what lies in the folder."""


@lru_cache(maxsize=8)
def read(option: str, folder: Path) -> Parts:
    """The data of a folder; read once a process. See `read_people`."""
    reader: Callable[[Path], Parts] = import_module(f"{_READERS}.{option}").read
    return reader(folder)


@lru_cache(maxsize=8)
def listed(option: str, folder: Path) -> Parts:
    """The same without a look into single files; read once a process."""
    reader: Callable[..., Parts] = import_module(f"{_READERS}.{option}").read
    return reader(folder, look=False) if "look" in signature(reader).parameters else reader(folder)


def read_people(kind: str, folder: str | Path) -> Parts:
    """The records of a published data set of people, or of an export in its form.

    Args:
        kind: Which data set: an option of the task set `human`, e.g. "mpii" or "market1501".
        folder: Where it lies, as it is published; see docs/human-data.md.

    Returns:
        `train` and `test` (and `query`): paths of pictures and the labels of one task.

    Raises:
        TaskSetError: There is no reader of that name, or the folder is not what it should be; says
            what it should look like.
    """
    if kind not in SOURCES:
        raise TaskSetError(f"There is no reader {kind!r}; there are {', '.join(SOURCES)}.")
    return read(kind, Path(folder))


@lru_cache(maxsize=16)
def parts(part: Part) -> Parts:
    """The records to learn from and those to be judged on.

    Raises:
        TaskSetError: See `read` and `held_out`.
    """
    whole = whole_of(part)
    if part.held_out is None:
        return whole
    return held_out(whole, part.held_out, SOURCES[part.option].kin)


def whole_of(part: Part) -> Parts:
    """All data of a folder that are used, before a part is held out."""
    if not part.skip_bad:
        return read(part.option, part.folder)
    return decodable(part.option, part.folder)[0]


@lru_cache(maxsize=8)
def decodable(option: str, folder: Path) -> tuple[Parts, int]:
    """The data of a folder whose pictures and labels can be decoded, and how many were left out.

    Warns:
        DataNote: Some were left out.

    Cost: all of them are decoded, once a process; some milliseconds of one core a photograph.
    """
    whole = listed(option, folder)
    check = DataCheck(pictures_of(whole, SOURCES[option].task), faults)
    found = chain.from_iterable(check.findings(_THREADS))
    bad = {Path(one.file) for one in found if not one.usable}
    kept = {
        name: None if records is None else selected(records, ~_touches(records, bad))
        for name, records in vars(whole).items()
    }
    left_out = sum(
        int(_touches(records, bad).sum()) for records in vars(whole).values() if records is not None
    )
    if left_out:
        some = ", ".join(sorted(path.name for path in bad)[:3])
        warnings.warn(
            f"{left_out} samples of {SOURCES[option].task} are left out, as their files cannot be "
            f"decoded ({some}{', ...' if len(bad) > 3 else ''}): `gradsplit check` lists them.",
            DataNote,
            stacklevel=2,
        )
    return Parts(**kept), left_out  # pyright: ignore[reportArgumentType]


def _touches(records: Records, bad: Collection[Path]) -> NDArray[np.bool_]:
    """[N] whether the picture or the labels of a sample are among some files."""
    labels = records.labels if isinstance(records, ParsingRecords) else records.images
    return np.array(
        [image in bad or label in bad for image, label in zip(records.images, labels, strict=True)],
        bool,
    )


@lru_cache(maxsize=16)
def attribute_shares(part: Part) -> Tensor:
    """[attributes] share of the training samples that have each attribute."""
    records = parts(part).train
    assert isinstance(records, AttributeRecords)
    return torch.from_numpy(records.attributes.mean(axis=0).astype(np.float32))


@lru_cache(maxsize=8)
def digest(option: str, folder: Path, *, skip_bad: bool = False) -> str:
    """A digest of names and labels, the same wherever the folder lies. Pictures are not read.

    Cost: label maps are read, some seconds for 50,000 of them.
    """
    return digest_of(whole_of(Part(option, folder, None, skip_bad)))


def digest_of(whole: Parts) -> str:
    """A digest of records; see `digest`."""
    state = hashlib.sha256()
    for records in (whole.train, whole.test, whole.query):
        state.update(b"absent" if records is None else _digest(records))
    return state.hexdigest()[:16]


def _digest(records: Records) -> bytes:
    state = hashlib.sha256()
    for item in fields(records):
        value = getattr(records, item.name)
        state.update(f"{item.name}\x1f".encode())
        if isinstance(value, np.ndarray):
            state.update(f"{value.dtype.kind}{value.shape}".encode())
            state.update(np.ascontiguousarray(value).tobytes())
        else:
            names = (one.name if isinstance(one, Path) else one for one in value)
            state.update("\x1f".join(names).encode())
    if isinstance(records, ParsingRecords):
        with ThreadPoolExecutor(4) as readers:
            for content in readers.map(Path.read_bytes, records.labels):
                state.update(hashlib.sha256(content).digest())
    return state.digest()
