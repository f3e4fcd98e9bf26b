"""Which tasks the rows of a matrix name: the sources or the targets. It is never guessed."""

import re
import warnings
from typing import Literal

from relations.errors import TableNote

Rows = Literal["source", "target"]

_WORDS: dict[Rows, str] = {
    "source": r"sources?|(co-?)?trained[ _](with|along|next|beside|on)|from",
    "target": r"targets?|(performance|score|metric)[ _]of|looked[ _]at|to|affected"
    r"|eval(uated)?([ _]on)?|tested([ _]on)?",
}


def rows_of(corner: str) -> Rows | None:
    r"""What the cell above the row names calls them; None when it says nothing of it.

    Example:
        >>> rows_of("target"), rows_of("source \\ target"), rows_of("to"), rows_of("x")
        ('target', 'source', 'target', None)
    """
    places: dict[Rows, int] = {}
    for rows, words in _WORDS.items():
        met = re.search(rf"(?<![a-z])({words})(?![a-z])", corner, re.IGNORECASE)
        if met:
            places[rows] = met.start()
    return min(places, key=places.__getitem__) if places else None


def is_turned(origin: str, corner: str, rows: Rows | None) -> bool:
    """Whether a matrix has its targets in the rows and must be turned.

    Args:
        origin: The file, for the note.
        corner: The cell above the row names.
        rows: What the user says; it wins over the corner.

    Warns:
        TableNote: The corner, and not the user, says that it must.
    """
    if rows is None and rows_of(corner) == "target":
        warnings.warn(
            f"`{origin}`: the cell above the row names says {corner!r}, so rows are taken as "
            "targets and columns as sources. If that is wrong, say --rows source.",
            TableNote,
            stacklevel=2,
        )
        return True
    return rows == "target"
