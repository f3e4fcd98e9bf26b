"""Finding the files of a data set, and one message for everything that is missing."""

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradsplit.errors import TaskSetError, all_problems, first_names

PICTURES = (".jpg", ".jpeg", ".png", ".bmp")
"""Endings of pictures, whatever their case."""

_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".rar", ".7z")


@dataclass(frozen=True)
class Layout:
    """What a data set's folder looks like, for messages.

    Attributes:
        name: Of the data set.
        tree: Its folders and files, a line each.
        source: Where it comes from and on what terms.
    """

    name: str
    tree: str
    source: str

    def opened(self, folder: str | Path) -> Path:
        """The folder, when there is one.

        Raises:
            TaskSetError: There is none.
        """
        path = Path(folder).expanduser()
        if not path.is_dir():
            what = "is a file, not a folder" if path.exists() else "does not exist"
            raise self.error(path, [f"it {what}."])
        return path

    def refuse(self, folder: Path, problems: Sequence[str]) -> None:
        """Raise one error with all problems, if there are any.

        Raises:
            TaskSetError: There is a problem.
        """
        if problems:
            raise self.error(folder, problems)

    def error(self, folder: Path, problems: Sequence[str]) -> TaskSetError:
        """One error with all problems, what the folder should look like, and where to get it."""
        archives = names_in(folder, _ARCHIVES)
        left = [f"not unpacked yet: {first_names(archives)}."] if archives else []
        message = all_problems(f"`{folder}` cannot be read as {self.name}", [*problems, *left])
        return TaskSetError(
            f"{message}\nThe folder should look like this:\n{self.tree.rstrip()}\n{self.source}"
        )


def names_in(folder: Path, endings: Collection[str]) -> tuple[str, ...]:
    """Sorted names of a folder's files with one of the endings; hidden files are left out.

    None where there is no folder. Cost: one listing of the folder, no file is opened.
    """
    if not folder.is_dir():
        return ()
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    wanted = tuple(endings)
    return tuple(sorted(n for n in names if not n.startswith(".") and n.lower().endswith(wanted)))


def first(root: Path, *choices: str) -> Path | None:
    """The first of several places below a folder that exists."""
    return next((root / choice for choice in choices if (root / choice).exists()), None)


def text_of(path: Path, problems: list[str]) -> str:
    """What a text file holds, whatever mark it begins with; "" with a problem of one that has none.

    Args:
        path: The file.
        problems: Grows where it is not in UTF-8, as lists that a spreadsheet saved may be.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as wrong:
        problems.append(f"{path.name} is no text in UTF-8 ({wrong}).")
        return ""


def absent(wanted: Iterable[str], folder: Path, there: Collection[str]) -> list[str]:
    """A sentence about labelled pictures that a folder has not, or nothing.

    Args:
        wanted: Names of files that the labels speak of.
        folder: Where they should be.
        there: Names of the files in it.
    """
    known = set(there)
    lost = [name for name in dict.fromkeys(wanted) if name not in known]
    if not lost:
        return []
    return [
        f"{len(lost)} labelled pictures are not in {folder.name}/, e.g. {first_names(lost)}; "
        f"it has {len(known)}. Unpack all of it."
    ]
