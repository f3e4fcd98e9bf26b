"""What papers write into a matrix beside its changes: a sign on the diagonal, rows of averages."""

import warnings
from collections.abc import Iterator, Sequence

from relations.errors import TableNote, argument
from relations.tables.arrows import parted_arrow
from relations.tables.csv_file import Line, column_name
from relations.tables.first_names import first_names
from relations.tables.stated_kinds import without_unit

_NOTHING = (
    "-",
    "--",
    "---",
    "–",
    "—",
    "−",
    "/",
    "\\",
    "x",
    "×",
    "n/a",
    "*",
    "·",
    ".",
    "ref",
    "ref.",
)
_MOST_NAMED = 5
_LIKELY = ("average", "avg", "avg.", "mean")
_AVERAGES = (
    *_LIKELY,
    *("ave", "ave.", "overall", "total", "sum", "all"),
    *("delta_m", "δm", "δ_m", "∆m", "∆_m", "δ"),
)


def is_no_cell(text: str) -> bool:
    """Whether a cell of the diagonal holds a sign that there is nothing.

    Example:
        >>> is_no_cell("—"), is_no_cell("x"), is_no_cell("0.5")
        (True, True, False)
    """
    return text.strip().lower() in _NOTHING


def is_average(name: str) -> bool:
    """Whether a row or column is called as one of averages, whatever its unit.

    Example:
        >>> is_average("Avg ↑ (%)"), is_average("a")
        (True, False)
    """
    return column_name(without_unit(parted_arrow(name)[0])) in _AVERAGES


def without_averages(
    path: object, header: list[str], lines: list[Line]
) -> tuple[list[str], list[Line]]:
    """A matrix without a row or column of averages, which is of no task.

    One that is there as a row and as a column may be a task; it stays.

    Args:
        path: The file, for the note.
        header: Corner and column names.
        lines: Row names and cells.

    Warns:
        TableNote: Something was left out, or stays that is called as an average.
    """
    rows = [cells[0] for _, cells in lines]
    if both := [name for name in header[1:] if column_name(name) in _LIKELY and name in rows]:
        warnings.warn(
            f"`{path}`: `{both[0]}` is read as a task; {argument('without', both[0])} leaves it "
            "out.",
            TableNote,
            stacklevel=3,
        )
    left_rows = _averages(rows, header[1:])
    left_columns = _averages(header[1:], rows)
    kept = [0, *(at for at, name in enumerate(header) if at and name not in left_columns)]
    # What stays must be a matrix, else these names are no evidence.
    if not (left_rows or left_columns) or len(kept) - 1 != len(rows) - len(left_rows):
        return header, lines
    warnings.warn(
        f"`{path}`: {', '.join(f'`{name}`' for name in [*left_rows, *left_columns])} is of no "
        "task and is left out.",
        TableNote,
        stacklevel=3,
    )
    even = [
        cells if len(cells) != len(header) else [cells[at] for at in kept] for _, cells in lines
    ]
    return [header[at] for at in kept], [
        (line, cells)
        for (line, (name, *_)), cells in zip(lines, even, strict=True)
        if name not in left_rows
    ]


def other_tasks(
    rows: Sequence[str], columns: Sequence[str], ends: tuple[str, str]
) -> Iterator[str]:
    r"""What is wrong where rows and columns do not name the same tasks, each once.

    Args:
        rows: What the rows name.
        columns: What the columns name.
        ends: What they are called.

    Example:
        >>> print(*other_tasks(["a", "b", "a"], ["a", "c"], ("sources", "targets")), sep="\n")
        sources and targets must be the same tasks: b is no target, c is no source.
        `a` is there more than once among the sources.
    """
    more = [name for name in dict.fromkeys(rows) if name not in columns]
    fewer = [name for name in dict.fromkeys(columns) if name not in rows]
    told = [
        f"{first_names(names, _MOST_NAMED)} {'is' if len(names) == 1 else 'are'} no "
        f"{end.removesuffix('s')}{'s' * (len(names) > 1)}"
        for names, end in ((more, ends[1]), (fewer, ends[0]))
        if names
    ]
    if told:
        yield f"{ends[0]} and {ends[1]} must be the same tasks: {', '.join(told)}."
    if twice := [name for name in dict.fromkeys(rows) if rows.count(name) > 1]:
        yield f"`{first_names(twice, _MOST_NAMED)}` is there more than once among the {ends[0]}."


def _averages(names: Sequence[str], others: Sequence[str]) -> list[str]:
    """Names of averages that are not among the others."""
    return [name for name in names if is_average(name) and name not in others]
