"""A comparison of methods as a section of the page: a method a row, what matters most first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from analysis.comparison.cells import p_text, per_cent, with_uncertainty
from analysis.comparison.numbers import change_column
from analysis.figures.labels import percent, score_digits
from relations.change_kinds import KIND_NAMES, RELATIVE, SHORT, KindName

Line = Mapping[str, str]
"""Column of the file -> text."""

_NOT_COSTS = (
    *("method", "n", "worst_task", "delta_m", "delta_m_se", "delta_m_log", "delta_m_log_se"),
    *("difference", "difference_se", "p_raw", "p_holm", "carried_by", "difference_without"),
)


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, and what stands small below it."""

    text: str
    below: str = ""


Columns = dict[str, list[Cell]]
"""Name of a column -> a cell for each method."""


@dataclass(frozen=True)
class Compared:
    """The table.

    Attributes:
        columns: Names of the columns after the method's.
        rows: A method each: its name and its cells.
        file: Where all numbers stand unrounded.
    """

    columns: list[str]
    rows: list[tuple[str, list[Cell]]]
    file: str


def compared_section(lines: Sequence[Sequence[str]] | None, file: str) -> Compared | None:
    """The table of a comparison's csv file; None where there is none.

    Args:
        lines: As `comparison_csv` writes them, the header first. Other columns stand as they are.
        file: Its name.
    """
    if lines is None:
        return None
    header, *rest = lines
    rows = [dict(zip(header, line, strict=True)) for line in rest]
    kinds = _kinds(header)
    tasks = {f"{task} [{SHORT[kind]}]": _task(rows, task, kind) for task, kind in kinds.items()}
    seeds = {"seeds": [Cell(row["n"]) for row in rows]} if "n" in header else {}
    columns = {**_gains(rows), **tasks, **seeds, **_others(rows, header, kinds)}
    names = [row[header[0]] for row in rows]
    body = [(name, [cells[at] for cells in columns.values()]) for at, name in enumerate(names)]
    return Compared(list(columns), body, file)


def _kinds(header: Sequence[str]) -> dict[str, KindName]:
    """Task -> the kind of its change, by the names of the columns."""
    return {
        name: kind
        for name in header
        for kind in KIND_NAMES
        if change_column(name, kind) in header and f"{name}_se" in header
    }


def _gains(rows: Sequence[Line]) -> Columns:
    """Delta_m, and the difference to the baseline with its p-value, where the file has them."""
    columns: Columns = {}
    if all("delta_m" in row for row in rows):
        columns["Δm [%]"] = [Cell(_in_percent(row, "delta_m", "delta_m_se")) for row in rows]
    if any(_number(row, "difference") is not None for row in rows):
        columns[_difference_name(rows)] = [_difference(row) for row in rows]
    return columns


def _difference_name(rows: Sequence[Line]) -> str:
    """Of which method: the one that moves against single-task training and has no difference."""
    without = [
        row["method"]
        for row in rows
        if _number(row, "difference") is None and _number(row, "delta_m") not in (None, 0.0)
    ]
    return f"− {without[0]} [points]" if len(without) == 1 else "difference [points]"


def _difference(row: Line) -> Cell:
    p = p_text(_or_nan(_number(row, "p_holm")))
    words = f"p {p}" if p.startswith("<") else f"p = {p}"
    return Cell(_in_percent(row, "difference", "difference_se"), words if p else "")


def _task(rows: Sequence[Line], task: str, kind: KindName) -> list[Cell]:
    """A task's change against training alone, with its score below."""
    scores = np.array([_or_nan(_number(row, task)) for row in rows])
    digits = score_digits(scores)
    cells = []
    for row, score in zip(rows, scores, strict=True):
        error = _or_nan(_number(row, f"{task}_se"))
        text = "" if isnan(score) else with_uncertainty(f"{score:.{digits}f}", error, digits)
        cells.append(Cell(_change(_number(row, change_column(task, kind)), kind), text))
    return cells


def _change(value: float | None, kind: KindName) -> str:
    if value is None:
        return "–"
    return percent(value) if kind == RELATIVE else f"{value + 0.0:+.3g}".replace("-", "−")


def _others(rows: Sequence[Line], header: Sequence[str], kinds: Mapping[str, str]) -> Columns:
    """Costs, and whatever else stands in the file: numbers with four figures, texts as they are."""
    known = {header[0], *_NOT_COSTS, *kinds, *(f"{task}_se" for task in kinds)}
    known |= {change_column(task, kind) for task in kinds for kind in KIND_NAMES}
    if all(_number(row, "diverged") == 0 for row in rows):
        known.add("diverged")
    return {
        name: [Cell(_rounded(row[name])) for row in rows] for name in header if name not in known
    }


def _in_percent(row: Line, name: str, error: str) -> str:
    """A fraction in per cent with its standard error, a dash where it is not known."""
    value, spread = _or_nan(_number(row, name)), _or_nan(_number(row, error))
    # Single-task training against itself has nothing that could vary.
    return per_cent(value, spread if value or spread else nan)


def _number(row: Line, name: str) -> float | None:
    """A number of the file; None where there is none."""
    try:
        value = float(row.get(name, ""))
    except ValueError:
        return None
    return None if isnan(value) else value


def _or_nan(value: float | None) -> float:
    return nan if value is None else value


def _rounded(cell: str) -> str:
    """A number with four figures; other texts as they are."""
    try:
        value = float(cell)
    except ValueError:
        return cell
    return cell if value.is_integer() else f"{value:.4g}"
