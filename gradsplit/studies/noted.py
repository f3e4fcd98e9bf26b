"""Notes that are given as warnings, kept for what is written."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from relations.errors import Note


@contextmanager
def noted() -> Iterator[list[str]]:
    """A list that holds, once the block is left, each note of it; all warnings go on as usual.

    Example:
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     with noted() as notes:
        ...         warnings.warn("Rows are sources.", Note)
        >>> notes
        ['Rows are sources.']
    """
    notes: list[str] = []
    told: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", Note)  # also of a table that is read again
            yield notes
    finally:  # what was understood explains an error, too
        for one in told:
            if issubclass(one.category, Note):
                notes.append(str(one.message))
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
