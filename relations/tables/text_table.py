"""Rows of texts as columns of equal width, for the terminal."""

from collections.abc import Sequence


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
