"""Lines of a table that are wrong in the same way: the first of them, and how many more."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

MOST_ALIKE = 3
"""Lines wrong in the same way that are named."""

_LINE = re.compile(r"line \d+: ")
_CELLS = re.compile(r"(?<!\w)'[^']*'|`[^`]*`|\"[^\"]*\"|\[[^\[\]]*\]|(?<!\w)[-+.\d]+(?!\w)")


def first_of_alike(problems: Sequence[str], cells: Iterable[str] = ()) -> list[str]:
    """Problems, of those that differ only in the line and what stands in it the first three.

    Args:
        problems: One sentence each; those that begin with a line's number may be left out.
        cells: What may stand in lines without quotation marks, such as the tasks.

    Example:
        >>> wrong = [f"line {line}: the seed must be a whole number, got 'x'." for line in range(9)]
        >>> for problem in first_of_alike(wrong):
        ...     print(problem)
        line 0: the seed must be a whole number, got 'x'.
        line 1: the seed must be a whole number, got 'x'.
        line 2: the seed must be a whole number, got 'x'.
        and 6 more such lines
    """
    words = {word for cell in cells for word in re.split(r"[\s+,]+", cell)}
    kinds = [_kind(problem, words) for problem in problems]
    found, met = Counter(kinds), Counter[str]()
    told: list[str] = []
    for problem, kind in zip(problems, kinds, strict=True):
        met[kind] += 1
        left = found[kind] - MOST_ALIKE
        # One line more takes no more room than the sentence that would stand for it.
        if not _LINE.match(problem) or left <= 1 or met[kind] <= MOST_ALIKE:
            told.append(problem)
        if _LINE.match(problem) and left > 1 and met[kind] == MOST_ALIKE:
            told.append(f"and {left} more such lines")
    return told


def _kind(problem: str, cells: set[str]) -> str:
    """A problem without the line and what stands in it."""
    plain = _CELLS.sub(" ", _LINE.sub("", problem))
    return " ".join(word for word in re.split(r"[\s+,.:]+", plain) if word not in cells)
