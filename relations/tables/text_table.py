"""Rows of texts as columns of equal width, for the terminal."""

from collections.abc import Sequence
from itertools import pairwise
from shutil import get_terminal_size

WIDTH = 120
"""Characters of a line where there is no terminal."""


def line_width() -> int:
    """Characters of a line of the terminal; `WIDTH` in files and pipes, COLUMNS where it is set."""
    return get_terminal_size((WIDTH, 0)).columns


def aligned(rows: Sequence[Sequence[str]], *, numbers: bool = True) -> list[str]:
    r"""Lines of columns of equal width, two blanks apart.

    Args:
        rows: As many cells each; the first column holds names and stands to the left.
        numbers: The other columns hold numbers and stand to the right.

    Example:
        >>> print(*aligned([["", "pose"], ["reid", "-0.02"]]), sep="\n")
               pose
        reid  -0.02
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column and numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def folded(
    rows: Sequence[Sequence[str]], width: int, starts: Sequence[int] = ()
) -> list[list[str]]:
    r"""Blocks of aligned lines, none wider than a screen where that is possible.

    Every block begins with the column of names.

    Args:
        rows: As many cells each.
        width: Of a line.
        starts: Columns that a block may begin with; a longer stretch that does not fit is broken
            anywhere, as everything is where none is given.

    Example:
        >>> rows = [["", "pose", "reid"], ["depth", "-0.02", "-0.03"]]
        >>> for block in folded(rows, 15):
        ...     print(*block, sep="\n")
                pose
        depth  -0.02
                reid
        depth  -0.03
    """
    widths = [max(len(row[column]) for row in rows) + 2 for column in range(len(rows[0]))]
    room = width - widths[0] + 2
    bounds = sorted({1, *starts, len(widths)})
    stretches = [list(range(*bound)) for bound in pairwise(bounds)]
    blocks: list[list[int]] = [[]]
    for stretch in stretches:
        if sum(widths[column] for column in blocks[-1] + stretch) > room and blocks[-1] and starts:
            blocks.append([])
        for column in stretch:
            if sum(widths[place] for place in [*blocks[-1], column]) > room and blocks[-1]:
                blocks.append([])
            blocks[-1].append(column)
    return [
        aligned([[row[0], *(row[column] for column in block)] for row in rows]) for block in blocks
    ]
