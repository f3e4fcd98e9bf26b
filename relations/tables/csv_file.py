"""CSV files as a header and numbered lines, whatever program wrote them.

What does not change the meaning is taken as it comes: the separator (comma, semicolon, tab, bar,
blanks), a byte order mark, blanks around cells, a decimal comma where the comma does not separate,
the row numbers that pandas and R write. What a number means is the business of whoever reads on.
"""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from relations.errors import TableError

Line = tuple[int, list[str]]  # line number and cells

_SEPARATORS = (",", ";", "\t", "|", " ")
_DECIMAL_COMMA = re.compile(r"^([+\-−]?\d*),(\d+\s*%?)$")
_ROW_NUMBERS = ("", "unnamed:_0", "x", "...1", "index", "row", "rownames")  # pandas, R, readr
_RULE = re.compile(r"^[|:\-\s]*-[|:\-\s]*$")
_FORMULA = re.compile(r"'*[=@+\-]")
_NUMBER = re.compile(r"[+\-][\d.]+(e[+\-]?\d+)?\s*%?(\s*±.*)?$")
_ESCAPED = re.compile(r"^'(?='*[=@+\-])")
_SEPARATOR_LINE = re.compile(r"^sep=(.)\s*$")


def read_csv(path: Path) -> tuple[list[str], list[Line]]:
    """Header and non-empty rows with their line numbers, cells stripped.

    Raises:
        TableError: It is not there, is no text, or has no line below a header.
    """
    lines = _bare(read_text(path).splitlines())
    given = _SEPARATOR_LINE.match(lines[0]) if lines else None
    try:
        rows = _rows(["", *lines[1:]], given[1]) if given else _separated(lines)
    except csv.Error as error:
        raise TableError(f"`{path}` cannot be read as CSV ({error}).") from error
    if len(rows) < 2:
        raise TableError(f"`{path}` must have a header and at least one more line.")
    header, rows = rows[0][1], rows[1:]
    if all(len(cells) == len(header) + 1 for _, cells in rows) and (
        _count(rows) or sorted(cells[0] for _, cells in rows) == sorted(header)
    ):
        header = ["", *header]  # R leaves out the name above its row names
    return header, rows


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 with its mark.

    Raises:
        TableError: It is not there, or is no text.
    """
    try:
        content = path.read_bytes()
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return content.decode(encoding)
    except FileNotFoundError as error:
        raise TableError(f"There is no file `{path}`.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(
            f"`{path}` cannot be read as a table ({error}). Save it as CSV in UTF-8."
        ) from error


def inert_row(cells: Iterable[object]) -> list[object]:
    r"""Cells of which no spreadsheet makes a formula: an apostrophe stands before one; it is text.

    `read_csv` takes it away again.

    Example:
        >>> inert_row(["=cmd|' /C calc'!A0", "-2.16", -0.01, "pose"])
        ["'=cmd|' /C calc'!A0", '-2.16', -0.01, 'pose']
    """
    return [
        f"'{cell}"
        if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.match(cell)
        else cell
        for cell in cells
    ]


def column_name(text: str) -> str:
    """A column's name as it is compared: without capitals, blanks as underscores.

    Example:
        >>> column_name(" Higher is better")
        'higher_is_better'
    """
    return "_".join(text.lower().split())


def without_row_numbers(header: list[str], rows: list[Line]) -> tuple[list[str], list[Line]]:
    """A table without a first column that counts the rows, as pandas and R add it.

    It has no name, or one that these programs give it when they read their own files.

    Example:
        >>> without_row_numbers(["", "pose"], [(2, ["0", "0.8"]), (3, ["1", "0.7"])])
        (['pose'], [(2, ['0.8']), (3, ['0.7'])])
    """
    # A matrix of tasks called 0, 1, ... looks the same, but its header has the same names.
    is_matrix = sorted(cells[0] for _, cells in rows) == sorted(header[1:])
    is_even = all(len(cells) == len(header) > 1 for _, cells in rows)
    if column_name(header[0]) not in _ROW_NUMBERS or is_matrix or not is_even or not _count(rows):
        return header, rows
    return header[1:], [(line, cells[1:]) for line, cells in rows]


def _bare(lines: list[str]) -> list[str]:
    """Lines without notes above the header (`# ...`) and without the frame of a Markdown table.

    Empty lines stand for what is left out, so that the others keep their numbers.
    """
    table = [line.strip() for line in lines if line.strip()]
    framed = all(line.startswith("|") and line.endswith("|") and len(line) > 1 for line in table)
    if framed:
        return ["" if _RULE.match(line) else line.strip()[1:-1] for line in lines]
    first = next((at for at, line in enumerate(lines) if line.strip()[:1] not in ("", "#")), 0)
    return [*("" for _ in lines[:first]), *lines[first:]]


def _count(rows: list[Line]) -> bool:
    """Whether the first cells are the numbers of the rows, from 0 or 1."""
    first = [cells[0] for _, cells in rows]
    return first in ([str(start + row) for row in range(len(rows))] for start in (0, 1))


def _separated(lines: list[str]) -> list[Line]:
    """The rows by the separator that gives all lines the same, largest number of cells.

    Blanks separate only where nothing else does: within quotes they may stand beside every cell.
    """
    best: list[Line] = []
    rank = (False, False, 0)
    for separator in _SEPARATORS:
        rows = _rows(lines, separator)
        widths = {len(cells) for _, cells in rows}
        even = len(widths) == 1 and widths != {1}
        width = len(rows[0][1]) if rows and (even or separator != " ") else 0
        rank_here = (even, separator != " ", width)
        if width and rank_here > rank:
            best, rank = rows, rank_here
    return best


def _rows(lines: list[str], separator: str) -> list[Line]:
    reader = csv.reader(
        (f"{line}\n" for line in lines), delimiter=separator, skipinitialspace=separator == " "
    )
    rows = [
        (reader.line_num, [_ESCAPED.sub("", cell.strip()) for cell in cells]) for cells in reader
    ]
    if separator != ",":
        rows = [(line, [_DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in row]) for line, row in rows]
    return [row for row in rows if any(row[1])]
